"use strict";
// Histograms, redrawn when the colours of the system change.
ivgReport.charts = (() => {
  const { el, byId } = ivgReport;
  const drawn = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function told(one) {
    const unit = one.unit ? ` ${one.unit}` : "";
    return `median ${one.median}${unit}, 5 to 95 %: ${one.low} to ${one.high}${unit}`;
  }

  const whole = (one) => one.edges.every((edge, i) => edge === one.edges[0] + i);

  function draw(one) {
    const canvas = el("canvas", { role: "img", "aria-label": `${one.title}: ${told(one)}` });
    const figure = el(
      "figure",
      {},
      el("figcaption", {}, el("b", {}, one.title), " ", el("span", { class: "soft" }, told(one))),
      el("div", { class: "chart" }, canvas),
    );
    byId("charts").append(figure);
    const digits = whole(one) ? 0 : one.edges[one.edges.length - 1] - one.edges[0] < 5 ? 2 : 1;
    const labels = one.counts.map((_, i) => one.edges[i].toFixed(digits));
    drawn.push(
      new Chart(canvas, {
        type: "bar",
        data: {
          labels,
          datasets: [{ data: one.counts, backgroundColor: colour("--accent"), categoryPercentage: 1, barPercentage: 0.92 }],
        },
        options: options(one),
      }),
    );
  }

  function options(one) {
    const axis = { ticks: { color: colour("--soft"), maxRotation: 0, autoSkipPadding: 14 }, border: { color: colour("--line") } };
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            title: ([item]) => whole(one) ? `${one.edges[item.dataIndex]} ${one.unit}` : `${one.edges[item.dataIndex]} to ${one.edges[item.dataIndex + 1]} ${one.unit}`,
            label: (item) => `${item.raw} rows`,
          },
        },
      },
      scales: {
        x: { ...axis, grid: { display: false } },
        y: { ...axis, grid: { color: colour("--line") }, beginAtZero: true, ticks: { ...axis.ticks, precision: 0, maxTicksLimit: 5 } },
      },
    };
  }

  function all() {
    drawn.splice(0).forEach((chart) => chart.destroy());
    byId("charts").replaceChildren();
    const spread = ivgReport.get("meta-0").distributions;
    if (spread.length) spread.forEach(draw);
    else byId("charts").append(el("p", { class: "soft" }, "There are no annotations."));
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  return { all };
})();
