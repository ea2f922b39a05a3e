"use strict";
// The similarity of segments as a picture, with a crosshair for pointer and arrow keys.
ivgReport.matrix = (() => {
  const { el, byId } = ivgReport;
  const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

  function values(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
  }

  /** Viridis in five stops: a colour of a value from 0 to 1, whatever lies outside clipped. */
  function colour(value) {
    const place = Math.min(1, Math.max(0, value)) * (STOPS.length - 1);
    const low = Math.min(STOPS.length - 2, Math.floor(place));
    return STOPS[low].map((from, i) => from + (place - low) * (STOPS[low + 1][i] - from));
  }

  function painted(thousandths, n) {
    const picture = document.createElement("canvas");
    picture.width = picture.height = n;
    const context = picture.getContext("2d");
    const image = context.createImageData(n, n);
    thousandths.forEach((value, i) => {
      image.data.set([...colour(value / 1000), 255], 4 * i);
    });
    context.putImageData(image, 0, 0);
    return picture;
  }

  function view(video, row) {
    const n = video.n_matrix;
    if (!n) return el("p", { class: "soft" }, "There is no similarity of this video.");
    if (!video.matrix) return el("p", { class: "soft" }, `The similarity of ${n} segments is too large to be shown.`);
    const thousandths = values(video.matrix);
    const side = Math.max(240, Math.min(720, n * Math.max(1, Math.floor(720 / n))));
    const canvas = el("canvas", {
      class: "matrix", width: side, height: side, tabindex: "0", role: "img",
      "aria-label": `Similarity of ${n} segments; arrow keys read single values`, "aria-describedby": "matrix-value",
    });
    const out = el("output", { id: "matrix-value", class: "soft" }, "Point at a cell.");
    const state = { x: row ? row.start_scene : 0, y: row ? row.start_scene : 0, on: false };
    const picture = painted(thousandths, n);
    const draw = () => paint(canvas, picture, n, row, state);
    const at = (x, y) => {
      Object.assign(state, { x: clip(x, n), y: clip(y, n), on: true });
      out.textContent = `segments ${state.y + 1} and ${state.x + 1}: ${(thousandths[state.y * n + state.x] / 1000).toFixed(3)}`;
      draw();
    };
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      at(Math.floor(((event.clientX - box.left) / box.width) * n), Math.floor(((event.clientY - box.top) / box.height) * n));
    });
    canvas.addEventListener("pointerleave", () => { state.on = false; draw(); });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      at(state.x + step[0], state.y + step[1]);
    });
    draw();
    return el("div", { class: "matrix-box" }, canvas, el("div", {}, out, scale()));
  }

  const clip = (value, n) => Math.min(n - 1, Math.max(0, value));

  function paint(canvas, picture, n, row, state) {
    const context = canvas.getContext("2d");
    const cell = canvas.width / n;
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (row) {
      const first = row.start_scene * cell;
      const size = (row.end_scene - row.start_scene + 1) * cell;
      context.strokeStyle = "#ffffff";
      context.lineWidth = 2;
      context.strokeRect(0, first, canvas.width, size);
      context.strokeRect(first, 0, size, canvas.height);
    }
    if (state.on) {
      context.strokeStyle = "#ff5a5f";
      context.lineWidth = Math.max(2, canvas.width / 200);
      context.strokeRect(state.x * cell, state.y * cell, cell, cell);
    }
  }

  function scale() {
    const stops = STOPS.map((rgb) => `rgb(${rgb.join(",")})`).join(",");
    return el("div", { class: "scale", "aria-hidden": "true" }, "0", el("i", { style: `background:linear-gradient(to right,${stops})` }), "1");
  }

  return { view };
})();
