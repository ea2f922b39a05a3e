"use strict";
// The annotations: all rows in memory, the few in sight in the page.
ivgReport.table = (() => {
  const { el, byId, get, load, secs, sim, marks, detail } = ivgReport;
  const SIGNS = { keep: "\u2713 kept", reject: "\u2717 rejected", edit: "\u270e edited" };
  const stacked = matchMedia("(max-width: 900px)"); // the detail lies below the table
  let rows = [];
  let table = null;
  let order = []; // ids as the table has them now
  let chosen = null;
  let starting = null;

  /** Columns of the shards as objects; `i` is the place in the file. */
  function unpack(part, index) {
    for (let k = 0; k < part.v.length; k += 1) {
      const [s, e, ns, ne] = [part.s[k], part.e[k], part.ns[k], part.ne[k]];
      rows.push({
        i: rows.length, v: part.v[k], k: part.k[k], s, e, ns, ne, c: part.c[k], q: part.q[k], b: part.b[k], o: part.o[k],
        video: index.names[part.v[k]], len: e - s, span: ne - ns, context: s - ns + (ne - e), r: 0,
      });
    }
  }

  function captionOf(row) {
    const [start_sec, end_sec, caption] = row.o || [row.s, row.e, row.c];
    return { video_id: get("index-0").ids[row.v], start_sec, end_sec, caption };
  }

  async function start() {
    const [index] = await Promise.all([load("index"), ...shards()]);
    for (let n = 0; n < get("meta-0").row_shards; n += 1) unpack(get(`rows-${n}`), index);
    ivgReport.forget("rows", 0);
    await new Promise((resolve) => { make(resolve); });
    filters();
  }

  const shards = () => Array.from({ length: get("meta-0").row_shards }, (_, n) => load("rows", n));

  function text(cell, value) {
    cell.getElement().textContent = value;
    return cell.getElement().firstChild || "";
  }

  const numbers = (field, title, show, more = {}) => ({
    field, title, sorter: "number", hozAlign: "right", width: 84, formatter: (cell) => text(cell, show(cell.getValue())), ...more,
  });

  function columns() {
    return [
      { field: "c", title: "caption", minWidth: 150, widthGrow: 4, responsive: 0, sorter: "string", formatter: (cell) => text(cell, said(cell.getData())) },
      numbers("q", "clip_sim", sim, { responsive: 0, sorterParams: { alignEmptyValues: "bottom" } }),
      { field: "mark", title: "mark", width: 96, responsive: 1, headerSort: false, formatter: sign },
      numbers("s", "start", secs, { responsive: 2 }),
      numbers("len", "length", secs, { responsive: 3, width: 78 }),
      numbers("context", "context", secs, { responsive: 4, width: 86 }),
      numbers("b", "bound", sim, { responsive: 6, width: 78, sorterParams: { alignEmptyValues: "bottom" } }),
      { field: "video", title: "video", minWidth: 110, widthGrow: 1, responsive: 5, sorter: "string", formatter: (cell) => text(cell, cell.getValue()) },
    ];
  }

  function said(row) {
    const found = marks.size() ? marks.of(captionOf(row)) : null;
    return found && found.mark === "edit" ? found.text : row.c;
  }

  function sign(cell) {
    const found = marks.size() ? marks.of(captionOf(cell.getData())) : null;
    cell.getElement().dataset.mark = found ? found.mark : "";
    return text(cell, found ? SIGNS[found.mark] : "");
  }

  function make(ready) {
    table = new Tabulator(byId("table"), {
      data: rows,
      index: "i",
      columns: columns(),
      columnDefaults: { resizable: "header" }, // a handle in a row would swallow its click
      layout: "fitColumns",
      responsiveLayout: "hide",
      height: "100%",
      rowHeight: 34,
      renderVerticalBuffer: 400,
      placeholder: "No annotation is left by these filters.",
      selectableRows: false,
      rowFormatter: (row) => {
        const own = row.getData().i === chosen;
        row.getElement().classList.toggle("chosen", own);
        row.getElement().setAttribute("aria-selected", String(own));
      },
    });
    table.on("rowClick", async (_, row) => {
      await choose(row.getData().i);
      if (stacked.matches) byId("detail").scrollIntoView();
    });
    table.on("dataFiltered", (_, found) => count(found.length));
    table.on("dataSorted", () => { order = null; });
    table.on("tableBuilt", ready);
  }

  function count(n) {
    order = null;
    const all = rows.length === n ? "" : ` of ${rows.length.toLocaleString("en")}`;
    byId("count").textContent = `${n.toLocaleString("en")}${all} annotations`;
  }

  function ids() {
    if (!order) order = table.getData("active").map((row) => row.i);
    return order;
  }

  function choose(i, scroll = false) {
    const before = chosen;
    chosen = i;
    for (const one of [before, i]) {
      const row = one === null ? false : table.getRow(one);
      if (row) row.reformat();
    }
    if (scroll) table.scrollToRow(i, "nearest", false).catch(() => {});
    return detail.open(rows[i].v, rows[i].k);
  }

  /** Go to the next row or the one before, in the order of the table. */
  function step(by) {
    const found = ids();
    if (!found.length) return null;
    const at = chosen === null ? -1 : found.indexOf(chosen);
    const next = at < 0 ? 0 : Math.min(found.length - 1, Math.max(0, at + by));
    return choose(found[next], true);
  }

  function select(video, place) {
    const found = rows.find((row) => row.v === video && row.k === place);
    if (found) choose(found.i, ids().includes(found.i));
    else detail.open(video, place); // not in the sample
  }

  /** Numbers that look random and are the same for the same seed (mulberry32). */
  function shuffle(seed) {
    let state = seed >>> 0;
    rows.forEach((row) => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      row.r = (t ^ (t >>> 14)) >>> 0;
    });
  }

  function wanted() {
    const value = (id) => (byId(id) ? byId(id).value : "");
    const number = (id) => (value(id) === "" ? null : Number(value(id)));
    const [search, kind, least, most, split] = [value("search").trim().toLowerCase(), value("marks"), number("least"), number("most"), value("split")];
    const { splits } = get("index-0");
    return (row) => {
      if (search && !row.c.toLowerCase().includes(search) && !row.video.toLowerCase().includes(search)) return false;
      if (least !== null && !(row.q !== null && row.q >= least)) return false;
      if (most !== null && !(row.q !== null && row.q <= most)) return false;
      if (split && splits[row.v] !== split) return false;
      if (!kind) return true;
      const found = marks.of(captionOf(row));
      return kind === "none" ? !found : Boolean(found) && found.mark === kind;
    };
  }

  function apply() {
    const how = byId("order").value;
    const keeps = wanted();
    document.querySelectorAll(".for-random").forEach((one) => { one.hidden = how !== "random"; });
    if (how === "random") {
      shuffle(Number(byId("seed").value) || 0);
      const size = Math.max(1, Number(byId("size").value) || 1);
      const sorted = rows.filter(keeps).sort((a, b) => a.r - b.r || a.i - b.i).slice(0, size);
      const drawn = new Set(sorted.map((row) => row.i));
      table.setFilter((row) => drawn.has(row.i));
    } else {
      table.setFilter(keeps);
    }
    const sorters = { file: ["i", "asc"], random: ["r", "asc"], sim: ["q", "asc"], context: ["context", "asc"], bound: ["b", "desc"] };
    return sorters[how];
  }

  function sort() {
    const [field, dir] = apply();
    if (field === "i" || field === "r") byHand(field);
    else table.setSort(field, dir);
  }

  /** An order that no column shows: of the file, or a random one. */
  function byHand(field) {
    table.clearSort();
    table.replaceData([...rows].sort((a, b) => a[field] - b[field] || a.i - b.i));
  }

  function filters() {
    let timer = 0;
    const later = () => { clearTimeout(timer); timer = setTimeout(apply, 120); };
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("filters").addEventListener("input", (event) => {
      if (["order", "size", "seed"].includes(event.target.id)) sort();
      else later();
    });
    marks.onChange(() => {
      const there = table.getRows("visible");
      there.forEach((row) => row.reformat());
    });
    count(rows.length);
  }

  /** Made when it is first looked at, so that the overview is there at once. */
  function show() {
    if (!starting) {
      starting = start().catch((error) => { byId("count").textContent = `The annotations can't be shown: ${error.message}`; });
    } else if (table) {
      table.redraw();
    }
    return starting;
  }

  return { show, step, select, sort, ready: () => table !== null };
})();
