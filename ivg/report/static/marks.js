"use strict";
// What the reviewer says of captions; kept in this browser under the identity of the dataset.
ivgReport.marks = (() => {
  const { byId } = ivgReport;
  const KINDS = ["keep", "reject", "edit"];
  const store = `ivg-review:${ivgReport.get("meta-0").identity}`;
  const listeners = [];
  let marks = read();
  let fails = false;

  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(store) || "[]");
      return new Map(found.map((mark) => [key(mark), mark]));
    } catch {
      return new Map();
    }
  }

  /** A caption is known by its video, its own times and its text. */
  function key(one) {
    return JSON.stringify([one.video_id, one.start_sec.toFixed(3), one.end_sec.toFixed(3), one.caption]);
  }

  function write() {
    try {
      localStorage.setItem(store, JSON.stringify([...marks.values()]));
      fails = false;
    } catch {
      fails = true;
    }
    tell();
    listeners.forEach((listener) => listener());
  }

  function tell() {
    const count = (kind) => [...marks.values()].filter((one) => one.mark === kind).length;
    const [kept, rejected, edited] = KINDS.map(count);
    const words = `${kept} kept, ${rejected} rejected, ${edited} edited`;
    byId("tally").textContent = fails ? `${words}; this browser keeps nothing: save the file` : words;
  }

  function of(caption) {
    return caption ? marks.get(key(caption)) : undefined;
  }

  function set(caption, mark, text) {
    const { video_id, start_sec, end_sec } = caption;
    const made = { video_id, start_sec, end_sec, caption: caption.caption, mark };
    if (mark === "edit") made.text = text;
    if (mark) marks.set(key(made), made);
    else marks.delete(key(made));
    write();
  }

  const before = (a, b) => (a < b ? -1 : Number(a > b));

  function lines() {
    const sorted = [...marks.values()].sort(
      (a, b) => before(a.video_id, b.video_id) || a.start_sec - b.start_sec || a.end_sec - b.end_sec || before(a.caption, b.caption),
    );
    return sorted.map((mark) => `${JSON.stringify(mark)}\n`).join("");
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines()], { type: "application/jsonl" }));
    link.download = "review.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function parsed(line, number) {
    let one = null;
    try {
      one = JSON.parse(line);
    } catch {
      throw new Error(`line ${number} is no JSON`);
    }
    const texts = one && [one.video_id, one.caption, one.mark].every((value) => typeof value === "string");
    const times = one && [one.start_sec, one.end_sec].every(Number.isFinite);
    if (!texts || !times || !KINDS.includes(one.mark)) throw new Error(`line ${number} is no mark`);
    if (one.mark === "edit" && typeof one.text !== "string") throw new Error(`line ${number} is an edit without a text`);
    return one;
  }

  /** Take the marks of a file: all of them, or none if a line is broken. */
  async function load(file) {
    const rows = (await file.text()).split("\n").map((line, i) => [line, i + 1]);
    const found = rows.filter(([line]) => line.trim()).map(([line, number]) => parsed(line, number));
    found.forEach((mark) => marks.set(key(mark), mark));
    write();
    return found.length;
  }

  function clear() {
    marks = new Map();
    write();
  }

  return { of, set, save, load, clear, lines, tell, size: () => marks.size, onChange: (f) => listeners.push(f) };
})();
