"use strict";
// Review without a mouse.
ivgReport.keys = (() => {
  const { byId, table, detail } = ivgReport;

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  let last = Promise.resolve();

  function judge(kind) {
    if (!detail.isOpen()) return null;
    detail.mark(kind);
    return kind ? table.step(1) : null;
  }

  const ACTIONS = {
    j: () => table.step(1),
    ArrowDown: () => table.step(1),
    k: () => table.step(-1),
    ArrowUp: () => table.step(-1),
    a: () => judge("keep"),
    r: () => judge("reject"),
    u: () => judge(null),
    e: () => detail.edit(),
    p: () => detail.playChosen(),
    "/": () => byId("search").focus(),
  };

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?") {
      event.preventDefault();
      byId("help").showModal();
    } else if (Object.hasOwn(ACTIONS, event.key) && !byId("annotations").hidden && table.ready()) {
      event.preventDefault();
      // one after the other: a mark must not meet the row before, whose successor still loads
      last = last.then(ACTIONS[event.key]);
    }
  }

  document.addEventListener("keydown", pressed);
  byId("help-open").addEventListener("click", () => byId("help").showModal());
  byId("help-close").addEventListener("click", () => byId("help").close());
  return {};
})();
