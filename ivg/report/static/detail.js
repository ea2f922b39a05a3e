"use strict";
// The chosen annotation: what it says, why it is so, its video, and what the reviewer thinks of it.
ivgReport.detail = (() => {
  const { el, byId, get, load, forget, span, secs, sim, words, marks, timeline, matrix, player } = ivgReport;
  const KEPT_SHARDS = 4;
  const LISTED = 100;
  let shown = null; // { number, video, place }
  let asked = 0;

  async function videoOf(number) {
    const shard = get("index-0").shards[number];
    const found = await load("videos", shard);
    const first = get("index-0").shards.indexOf(shard);
    const video = found[number - first];
    forget("videos", KEPT_SHARDS);
    return video;
  }

  async function open(number, place) {
    asked += 1;
    const mine = asked;
    try {
      const video = shown && shown.number === number ? shown.video : await videoOf(number);
      if (mine !== asked) return; // another row was chosen meanwhile
      const same = shown && shown.number === number && shown.place === place;
      shown = { number, video, place };
      if (!same) render();
    } catch (error) {
      byId("detail").replaceChildren(el("p", { class: "note" }, `This video can't be shown: ${error.message}`));
    }
  }

  function row() {
    return shown ? shown.video.rows[shown.place] : null;
  }

  /** The caption that the chosen row was made of, as marks know it. */
  function caption() {
    const one = row();
    if (!one) return null;
    const made = one.caption_index === null ? one : shown.video.captions[one.caption_index];
    return { video_id: shown.video.video_id, start_sec: made.start_sec, end_sec: made.end_sec, caption: made.caption };
  }

  function play(start, end) {
    player.play(byId("player"), shown.number, start, end);
  }

  function choose(index) {
    const place = shown.video.rows.findIndex((one) => one.caption_index === index);
    if (place >= 0) ivgReport.table.select(shown.number, place);
  }

  function render() {
    const { video } = shown;
    const one = row();
    byId("detail").replaceChildren(
      heading(video, one),
      el("div", { id: "player" }),
      timeline.view(video, one, play, choose),
      lineage(one),
      el("div", { class: "two" }, captionList(video, one), el("section", {}, el("h4", {}, "Similarity of segments"), matrix.view(video, one))),
    );
    timeline.settle();
    const line = byId("detail").querySelector("tr.chosen");
    if (line) line.closest(".tall").scrollTop = line.offsetTop - 120;
    marked();
  }

  function heading(video, one) {
    return el(
      "div",
      { class: "heading" },
      el("p", { class: "soft" }, `${video.video}, ${secs(video.duration)} s${video.split ? `, ${video.split}` : ""}`),
      el("h3", { id: "caption" }, one.caption),
      el(
        "div",
        { class: "verdict", role: "group", "aria-label": "Review" },
        button("a", "Keep", "keep", () => mark("keep")),
        button("r", "Reject", "reject", () => mark("reject")),
        button("e", "Edit", "edit", edit),
        button("p", "Play", "", () => play(one.start_sec, one.end_sec)),
      ),
      el("div", { id: "editor" }),
    );
  }

  function button(key, text, kind, act) {
    const state = kind ? { "aria-pressed": "false", "data-mark": kind } : {};
    return el("button", { type: "button", ...state, onclick: act }, text, " ", el("kbd", {}, key));
  }

  function lineage(one) {
    const meta = get("meta-0");
    const part = (name, text) => el("div", {}, el("dt", {}, name), el("dd", {}, text));
    return el(
      "dl",
      { class: "lineage" },
      part("Segment", `${span(one.start_sec, one.end_sec)}. ${words.merged(one, meta)}`),
      part("Kept", words.kept(one)),
      part("Span", words.spanned(one, meta)),
    );
  }

  /** The captions around the chosen one: a long video has thousands. */
  function captionList(video, one) {
    const at = one.caption_index || 0;
    const first = Math.max(0, Math.min(at - LISTED / 2, video.captions.length - LISTED));
    const some = video.captions.slice(first, first + LISTED);
    const lines = some.map((made, i) =>
      el(
        "tr",
        { class: one.caption_index === first + i ? "chosen" : null },
        el("td", {}, secs(made.start_sec)),
        el("td", { class: "text" }, made.rewritten || made.caption),
        el("td", {}, sim(made.clip_sim)),
        el("td", { class: `text fate ${made.fate}` }, words.fate(made.fate)),
      ),
    );
    const head = ["start", "caption", "clip_sim", "fate"].map((name) => el("th", { scope: "col" }, name));
    const all = some.length === video.captions.length;
    const title = all ? "All captions of the video" : `Captions ${first + 1} to ${first + some.length} of ${video.captions.length}`;
    return el(
      "section",
      {},
      el("h4", {}, title),
      el("div", { class: "wide tall", tabindex: "0", role: "region", "aria-label": title }, el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...lines))),
    );
  }

  /** Show the mark of the chosen row. */
  function marked() {
    const found = marks.of(caption());
    byId("detail").querySelectorAll("[data-mark]").forEach((one) => {
      one.setAttribute("aria-pressed", String(Boolean(found && found.mark === one.dataset.mark)));
    });
    const one = row();
    if (byId("caption")) byId("caption").textContent = found && found.mark === "edit" ? found.text : one.caption;
  }

  function mark(kind, text) {
    if (!row()) return;
    marks.set(caption(), kind, text);
    marked();
    ivgReport.say(kind ? `Marked: ${kind}` : "Mark taken off");
  }

  function edit() {
    if (!row()) return;
    const found = marks.of(caption());
    const input = el("textarea", { id: "edit-text", rows: "2", maxlength: "2000", "aria-label": "New caption" });
    input.value = found && found.mark === "edit" ? found.text : row().caption;
    const keep = () => {
      const text = input.value.split(/\s+/).filter(Boolean).join(" ");
      byId("editor").replaceChildren();
      if (text) mark("edit", text);
      byId("detail").focus({ preventScroll: true });
    };
    const leave = () => {
      byId("editor").replaceChildren();
      byId("detail").focus({ preventScroll: true });
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); keep(); }
      if (event.key === "Escape") { event.preventDefault(); leave(); }
    });
    byId("editor").replaceChildren(input, el("button", { type: "button", onclick: keep }, "Keep the text"), el("button", { type: "button", onclick: leave }, "Leave it"));
    input.focus();
    input.select();
  }

  marks.onChange(() => shown && byId("caption") && marked());
  return { open, mark, edit, playChosen: () => row() && play(row().start_sec, row().end_sec), isOpen: () => Boolean(shown) };
})();
