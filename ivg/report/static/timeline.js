"use strict";
// Scenes, segments, captions and the chosen negative span of one video over one axis of time.
ivgReport.timeline = (() => {
  const { el, byId, span, sim, clock, words } = ivgReport;
  const THUMB = { width: 128, height: 72, columns: 20, shown: 54 };
  const ROW = 22;
  const LEAST = 24; // pixels of the positive
  const MOST_ZOOM = 1024;
  let now = null; // what is drawn: { video, row, play, choose, zoom, from, to, inner, scroller }

  /** `left` and `width` of a stretch of time, in percent of the axis. */
  function placed(start, end, duration) {
    const per = (value) => `${(100 * value) / duration}%`;
    return `left:${per(start)};width:${per(Math.max(0, end - start))}`;
  }

  function lane(name, height, ...children) {
    const plot = el("div", { class: "plot", style: `height:${height}px` }, ...children);
    return el("div", { class: `lane lane-${name}`, role: "group", "aria-label": name }, el("span", { class: "label" }, name), plot);
  }

  function axis(duration, zoom) {
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
    const step = steps.find((one) => duration / one <= 8 * zoom) || 7200;
    const ticks = [];
    for (let at = Math.ceil(now.from / step) * step; at <= Math.min(now.to, duration); at += step) {
      ticks.push(el("span", { class: "tick", style: `left:${(100 * at) / duration}%` }, clock(Math.round(10 * at) / 10)));
    }
    return el("div", { class: "lane lane-axis", "aria-hidden": "true" }, el("span", { class: "label" }, ""), el("div", { class: "plot" }, ...ticks));
  }

  /** Elements of those that are in sight or near it, each made with its index. */
  function seen(list, times, make) {
    const made = [];
    list.forEach((one, i) => {
      const [start, end] = times(one);
      if (end >= now.from && start <= now.to) made.push(make(one, i));
    });
    return made;
  }

  const pair = (one) => one;
  const own = (caption) => [caption.start_sec, caption.end_sec];

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
    const parts = seen(video.scenes, pair, ([start, end], i) =>
      el(
        "div",
        { class: "scene", style: placed(start, end, video.duration), role: "img", "aria-label": `scene ${i + 1}, ${span(start, end)}`, title: `scene ${i + 1}: ${span(start, end)}` },
        video.sheet ? thumb(video, i) : null,
      ),
    );
    const dropped = seen(video.dropped_scenes, pair, ([start, end]) =>
      el("div", { class: "scene dropped", style: placed(start, end, video.duration), role: "img", "aria-label": `dropped scene, ${span(start, end)}`, title: `dropped: ${span(start, end)}` }),
    );
    return lane("scenes", video.sheet ? THUMB.shown : ROW, ...parts, ...dropped);
  }

  function segments(video, row, play) {
    const parts = seen(video.segments, pair, ([start, end], i) => {
      const mine = row && i >= row.start_scene && i <= row.end_scene;
      const bound = row && (i === row.neg_start_scene || i === row.neg_end_scene);
      return el(
        "button",
        {
          type: "button",
          class: `segment${mine ? " own" : ""}${bound ? " bound" : ""}`,
          style: placed(start, end, video.duration),
          "aria-label": `segment ${i + 1}, ${span(start, end)}${mine ? ", the positive" : ""}${bound ? ", bounds the span" : ""}: play`,
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
    const parts = seen(video.captions, own, (caption, i) => {
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

  function lanes() {
    const { video, row } = now;
    return [axis(video.duration, now.zoom), scenes(video), segments(video, row, now.play), captions(video, row, now.choose), negative(video, row)];
  }

  /** Draw what is in sight and as much again on either side; the focus stays where it was. */
  function fill(start) {
    const { video, inner, zoom } = now;
    const seconds = video.duration / zoom;
    Object.assign(now, { from: start - seconds, to: start + 2 * seconds });
    const focused = inner.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    inner.replaceChildren(...lanes());
    if (focused) {
      const again = [...inner.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === focused);
      if (again) again.focus({ preventScroll: true });
    }
  }

  function scrolled() {
    const { video, scroller, inner, zoom } = now;
    const start = (video.duration * scroller.scrollLeft) / (inner.clientWidth || 1);
    const outside = start < Math.max(0, now.from) || start + video.duration / zoom > Math.min(video.duration, now.to) + 1e-6;
    if (zoom > 1 && outside) fill(start);
  }

  /** So large that the positive can be seen. */
  function fitting(video, row) {
    const width = Math.max(200, byId("detail").clientWidth - 40);
    const pixels = (width * (row.end_sec - row.start_sec)) / video.duration;
    return pixels >= LEAST ? 1 : Math.min(MOST_ZOOM, 2 ** Math.ceil(Math.log2(LEAST / pixels)));
  }

  function to(zoom) {
    now.zoom = Math.min(MOST_ZOOM, Math.max(1, zoom));
    settle();
  }

  /** Once it is in the page: scroll to the positive, and draw. */
  function settle() {
    const { video, row, scroller, inner, zoom } = now;
    inner.style.width = `${100 * zoom}%`;
    const start = (row.start_sec + row.end_sec - video.duration / zoom) / 2;
    fill(Math.max(0, start)); // first: what is empty can't be scrolled
    scroller.scrollLeft = (start / video.duration) * inner.clientWidth;
  }

  function legend() {
    const part = (style, text) => el("span", {}, el("i", { style }), text);
    return el(
      "div",
      { class: "legend", "aria-hidden": "true" }, // the lanes say it themselves
      part("background:#1a7f37", "positive"),
      part("background:var(--neg)", "negative span"),
      part("background:#b3262d", "what bounds it"),
      part("border:1px dashed var(--soft)", "dropped caption"),
    );
  }

  function view(video, row, play, choose) {
    const inner = el("div", { class: "lanes" });
    const scroller = el("div", { class: "timeline", tabindex: "0", role: "region", "aria-label": "Timeline", onscroll: scrolled }, inner);
    const zoom = now && now.video === video ? Math.max(now.zoom, fitting(video, row)) : fitting(video, row);
    now = { video, row, play, choose, zoom, from: 0, to: 0, inner, scroller };
    const buttons = el(
      "div",
      { class: "zoom" },
      legend(),
      el("button", { type: "button", "aria-label": "Zoom out", onclick: () => to(now.zoom / 2) }, "\u2212"),
      el("button", { type: "button", "aria-label": "Zoom in", onclick: () => to(now.zoom * 2) }, "+"),
    );
    return el("div", { class: "timeline-box" }, buttons, scroller);
  }

  return { view, settle };
})();
