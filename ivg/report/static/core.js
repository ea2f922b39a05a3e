"use strict";
// The one global: data scripts call `take`, the other scripts hang their parts on it.
const ivgReport = (() => {
  const taken = new Map();
  const loading = new Map();

  function take(kind, number, value) {
    taken.set(`${kind}-${number}`, value);
  }

  /** A value of `data/`, loaded on demand: a page from disk may add scripts, but not fetch. */
  function load(kind, number = 0, file = `${kind}-${number}.js`) {
    const name = `${kind}-${number}`;
    if (taken.has(name)) return Promise.resolve(taken.get(name));
    if (!loading.has(name)) loading.set(name, added(name, file));
    return loading.get(name);
  }

  function added(name, file) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `data/${file}`;
      script.onload = () => {
        script.remove();
        loading.delete(name);
        if (taken.has(name)) resolve(taken.get(name));
        else reject(new Error(`data/${file} holds nothing`));
      };
      script.onerror = () => {
        loading.delete(name);
        reject(new Error(`data/${file} can't be read`));
      };
      document.head.append(script);
    });
  }

  /** Videos are large: of those seen only the last few shards stay in memory. */
  function forget(kind, most) {
    const names = [...taken.keys()].filter((name) => name.startsWith(`${kind}-`));
    names.slice(0, Math.max(0, names.length - most)).forEach((name) => taken.delete(name));
  }

  /** An element; texts go in as text, never as HTML. */
  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "class") made.className = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const byId = (id) => document.getElementById(id);
  const secs = (value) => value.toFixed(2);
  const span = (start, end) => `${secs(start)}\u2013${secs(end)} s`;
  const sim = (value) => (value === null || value === undefined ? "\u2013" : value.toFixed(3));

  function clock(value) {
    const whole = Math.floor(value / 60);
    const rest = value - 60 * whole;
    const shown = Number.isInteger(rest) ? String(rest) : rest.toFixed(1);
    return `${whole}:${rest < 10 ? "0" : ""}${shown}`;
  }

  function say(text) {
    byId("said").textContent = text;
  }

  return { take, load, forget, el, byId, secs, span, sim, clock, say, get: (name) => taken.get(name) };
})();
