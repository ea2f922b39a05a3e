"use strict";
// Scenes, segments, captions and the chosen negative span of one video over one axis of time.
ivgReport.timeline = (() => {
  const { el, span, sim, clock, words } = ivgReport;
  const THUMB = { width: 128, height: 72, columns: 20, shown: 54 };
  const ROW = 22;
  let zoom = 1;

  /** `left` and `width` of a stretch of time, in percent of the axis. */
  function placed(start, end, duration) {
    const per = (value) => `${(100 * value) / duration}%`;
    return `left:${per(start)};width:${per(Math.max(0, end - start))}`;
  }

  function lane(name, height, ...children) {
    const plot = el("div", { class: "plot", style: `height:${height}px` }, ...children);
    return el("div", { class: `lane lane-${name}`, role: "group", "aria-label": name }, el("span", { class: "label" }, name), plot);
  }

  function axis(duration) {
    const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
    const step = steps.find((one) => duration / one <= 8 * zoom) || 7200;
    const ticks = [];
    for (let at = 0; at <= duration; at += step) {
      ticks.push(el("span", { class: "tick", style: `left:${(100 * at) / duration}%` }, clock(at)));
    }
    return el("div", { class: "lane lane-axis", "aria-hidden": "true" }, el("span", { class: "label" }, ""), el("div", { class: "plot" }, ...ticks));
  }

  /** One picture of the sheet, in the middle of its scene. */
  function thumb(video, place) {
    const wide = (THUMB.width * THUMB.shown) / THUMB.height;
    const left = -(place % THUMB.columns) * wide;
    const top = -Math.floor(place / THUMB.columns) * THUMB.shown;
    const whole = Math.min(video.scenes.length, THUMB.columns) * wide;
    const style = `background-image:url("thumbnails/${video.sheet}");background-position:${left}px ${top}px;background-size:${whole}px auto`;
    return el("i", { class: "thumb", style });
  }

  function scenes(video) {
    const parts = video.scenes.map(([start, end], i) =>
      el(
        "div",
        { class: "scene", style: placed(start, end, video.duration), role: "img", "aria-label": `scene ${i + 1}, ${span(start, end)}`, title: `scene ${i + 1}: ${span(start, end)}` },
        video.sheet ? thumb(video, i) : null,
      ),
    );
    const dropped = video.dropped_scenes.map(([start, end]) =>
      el("div", { class: "scene dropped", style: placed(start, end, video.duration), role: "img", "aria-label": `dropped scene, ${span(start, end)}`, title: `dropped: ${span(start, end)}` }),
    );
    return lane("scenes", video.sheet ? THUMB.shown : ROW, ...parts, ...dropped);
  }

  function segments(video, row, play) {
    const parts = video.segments.map(([start, end], i) => {
      const own = row && i >= row.start_scene && i <= row.end_scene;
      const bound = row && (i === row.neg_start_scene || i === row.neg_end_scene);
      return el(
        "button",
        {
          type: "button",
          class: `segment${own ? " own" : ""}${bound ? " bound" : ""}`,
          style: placed(start, end, video.duration),
          "aria-label": `segment ${i + 1}, ${span(start, end)}${own ? ", the positive" : ""}${bound ? ", bounds the span" : ""}: play`,
          title: `segment ${i + 1}: ${span(start, end)}`,
          onclick: () => play(start, end),
        },
        String(i + 1),
      );
    });
    return lane("segments", ROW + 4, ...parts);
  }

  /** Captions that overlap go below each other. */
  function stacked(captions) {
    const ends = [];
    return captions.map((caption) => {
      let level = ends.findIndex((end) => end <= caption.start_sec + 1e-6);
      if (level < 0) level = ends.push(0) - 1;
      ends[level] = caption.end_sec;
      return level;
    });
  }

  function captions(video, row, choose) {
    const levels = stacked(video.captions);
    const deepest = Math.max(0, ...levels) + 1;
    const parts = video.captions.map((caption, i) => {
      const chosen = row && row.caption_index === i;
      const place = `${placed(caption.start_sec, caption.end_sec, video.duration)};top:${levels[i] * ROW}px`;
      const told = `${caption.caption} (${sim(caption.clip_sim)}, ${words.fate(caption.fate)})`;
      const attributes = { class: `caption ${caption.fate}${chosen ? " chosen" : ""}`, style: place, title: told, "aria-label": told };
      if (caption.fate !== "annotation") return el("div", { ...attributes, role: "img" }, sim(caption.clip_sim));
      return el("button", { ...attributes, type: "button", "aria-pressed": String(Boolean(chosen)), onclick: () => choose(i) }, sim(caption.clip_sim));
    });
    return lane("captions", ROW * deepest + 2, ...parts);
  }

  function negative(video, row) {
    if (!row) return lane("span", ROW);
    const told = `negative span ${span(row.neg_start_sec, row.neg_end_sec)} around the positive ${span(row.start_sec, row.end_sec)}`;
    return lane(
      "span",
      ROW,
      el("div", { id: "negative", class: "negative", style: placed(row.neg_start_sec, row.neg_end_sec, video.duration), role: "img", "aria-label": told, title: told }),
      el("div", { id: "positive", class: "positive", style: placed(row.start_sec, row.end_sec, video.duration), "aria-hidden": "true" }),
    );
  }

  function view(video, row, play, choose) {
    const inner = el(
      "div",
      { class: "lanes" },
      axis(video.duration),
      scenes(video),
      segments(video, row, play),
      captions(video, row, choose),
      negative(video, row),
    );
    inner.style.width = `${100 * zoom}%`;
    const scroller = el("div", { class: "timeline", tabindex: "0", role: "region", "aria-label": "Timeline" }, inner);
    const by = (factor) => {
      zoom = Math.min(64, Math.max(1, zoom * factor));
      inner.style.width = `${100 * zoom}%`;
      inner.replaceChild(axis(video.duration), inner.firstChild);
      if (row) scroller.scrollLeft = (row.start_sec / video.duration) * inner.scrollWidth - scroller.clientWidth / 3;
    };
    const buttons = el(
      "div",
      { class: "zoom" },
      el("button", { type: "button", "aria-label": "Zoom out", onclick: () => by(0.5) }, "\u2212"),
      el("button", { type: "button", "aria-label": "Zoom in", onclick: () => by(2) }, "+"),
    );
    return el("div", { class: "timeline-box" }, buttons, scroller);
  }

  return { view };
})();
