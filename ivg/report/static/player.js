"use strict";
// Plays a stretch of a video, if the video is there, and stops at its end.
ivgReport.player = (() => {
  const { el, load, span, say } = ivgReport;

  async function address(number) {
    try {
      const found = await load("local", 0, "local.js");
      return found[number] || null;
    } catch {
      return null;
    }
  }

  async function play(place, number, start, end) {
    const source = await address(number);
    if (!source) {
      place.replaceChildren(el("p", { class: "note" }, "This video is not at hand, so nothing can be played."));
      return;
    }
    const video = el("video", { controls: true, playsinline: true, preload: "auto", "aria-label": `Video, ${span(start, end)}` });
    video.src = `${source}#t=${start},${end}`;
    video.addEventListener("loadedmetadata", () => { video.currentTime = start; });
    video.addEventListener("timeupdate", () => {
      if (video.currentTime >= end && !video.paused) video.pause();
    });
    video.addEventListener("play", () => {
      if (video.currentTime >= end - 0.05 || video.currentTime < start - 0.05) video.currentTime = start;
    });
    video.addEventListener("error", () => {
      place.replaceChildren(el("p", { class: "note" }, "This browser can't play the file, or it is gone."));
    });
    place.replaceChildren(video, el("p", { class: "soft" }, `Plays ${span(start, end)} and stops.`));
    say(`Playing ${span(start, end)}`);
    video.play().catch(() => {}); // refused until the user clicks: the controls are there
  }

  return { play };
})();
