"use strict";
// Which view is shown, and the buttons of the review file.
(() => {
  const { byId, charts, table, marks, say } = ivgReport;
  let drawn = false;

  function route() {
    const wanted = location.hash === "#annotations" ? "annotations" : "overview";
    for (const name of ["overview", "annotations"]) byId(name).hidden = name !== wanted;
    document.querySelectorAll("[data-view]").forEach((link) => {
      if (link.dataset.view === wanted) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.body.dataset.view = wanted;
    if (wanted === "annotations") table.show();
    else if (!drawn) {
      drawn = true;
      charts.all();
    }
    scrollTo(0, 0);
  }

  async function load(event) {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    try {
      const count = await marks.load(file);
      say(`${count} marks loaded`);
      byId("tally").classList.remove("bad");
    } catch (error) {
      byId("tally").textContent = `${file.name} was not loaded: ${error.message}`;
      byId("tally").classList.add("bad");
      say(byId("tally").textContent);
    }
  }

  byId("save").addEventListener("click", marks.save);
  byId("load").addEventListener("change", load);
  byId("clear").addEventListener("click", () => {
    if (marks.size() && confirm(`Take all ${marks.size()} marks off?`)) marks.clear();
  });
  addEventListener("hashchange", route);
  marks.tell();
  // after the first paint: the numbers of the overview are in the page already
  requestAnimationFrame(() => setTimeout(route, 0));
})();
