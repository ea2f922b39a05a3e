"""The model's answers as tables and a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scale_costs import DAY, TB, Cluster, Costs, Models, Workload
from scale_model import Answer, predict

GPUS = (8, 16, 32, 64, 128, 256, 512, 1024)
CORES = (4, 8, 16, 32)
GBIT = (1, 10, 40)
DRIVERS = (1, 4, 64)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left."""
    every = [list(head), *map(list, rows)]
    wide = [max(len(row[i]) for row in every) for i in range(len(head))]
    lines = [
        "| "
        + " | ".join(
            c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, wide, strict=True))
        )
        + " |"
        for row in every
    ]
    rule = "|" + "|".join("-" * (w + 1) + (":" if i else "-") for i, w in enumerate(wide)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def answer_table(load: Workload, answer: Answer) -> str:
    """Everything about one run."""
    spread = table(
        ("machines", "days alone", "busy"),
        [(k, f"{secs / DAY:.1f}", f"{answer.busy[k]:.0%}") for k, secs in answer.seconds.items()],
    )
    work = {f"GPU hours, {k}": v for k, v in answer.gpu_hours.items()}
    work |= {f"CPU core hours, {k}": v for k, v in answer.cpu_hours.items()}
    stored = {f"TB stored, {k}": v / TB for k, v in answer.stored.items()}
    rest = {
        "TB downloaded": answer.downloaded / TB,
        "objects written, millions": answer.puts / 1e6,
        "objects read, millions": answer.gets / 1e6,
    }
    paid = {f"USD, {k}": v for k, v in answer.usd.items()}
    return (
        f"{load.videos:,} videos, {load.hours:,.0f} video-hours: {answer.days:.1f} days; "
        f"{answer.bottleneck} are the bottleneck\n"
        f"whole-set stages at the end: {answer.dataset / DAY:.2f} days\n"
        f"cores that keep a GPU fed: {answer.cores_per_gpu:.1f}\n\n"
        + spread
        + "\n"
        + table(
            ("what", "how much"), [(k, amount(v)) for k, v in (work | stored | rest | paid).items()]
        )
    )


def amount(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def sweep_table(load: Workload, costs: Costs, models: Models, cluster: Cluster) -> str:
    """Days and bottleneck by GPUs and cores a GPU; then by downloads and drivers."""
    first = [
        (
            f"{n} GPUs",
            *(said(load, costs, models, replace(cluster, gpus=n, cores_per_gpu=c)) for c in CORES),
        )
        for n in GPUS
    ]
    second = [
        (
            f"{n} GPUs, {g} Gbit/s",
            *(
                said(load, costs, models, replace(cluster, gpus=n, gbit_s=g, drivers=d))
                for d in DRIVERS
            ),
        )
        for n in (64, 256, 1024)
        for g in GBIT
    ]
    return (
        table(("days", *(f"{c} cores a GPU" for c in CORES)), first)
        + "\n"
        + table(("days", *(f"{d} drivers" for d in DRIVERS)), second)
    )


def said(load: Workload, costs: Costs, models: Models, cluster: Cluster) -> str:
    """`12.3 GPUs`."""
    answer = predict(load, costs, models, cluster)
    return f"{answer.days:.1f} {answer.bottleneck}"


def plot(load: Workload, costs: Costs, models: Models, cluster: Cluster, path: Path) -> None:
    """Days against GPUs, a line a number of cores; and the four kinds of machines alone."""
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(10, 4), layout="constrained")
    left, right = canvas.subplots(1, 2)
    for cores in CORES:
        days = [
            predict(load, costs, models, replace(cluster, gpus=n, cores_per_gpu=cores)).days
            for n in GPUS
        ]
        left.plot(GPUS, days, marker="o", ms=3, label=f"{cores} cores a GPU")
    for name, secs in alone(load, costs, models, cluster).items():
        right.plot(GPUS, [one / DAY for one in secs], marker="o", ms=3, label=name)
    titles = ("days of the run", f"days of each alone, {cluster.cores_per_gpu:g} cores a GPU")
    for panel, title in zip((left, right), titles, strict=True):
        panel.set(xscale="log", yscale="log", xlabel="GPUs", title=title, xticks=GPUS)
        panel.set_xticks(GPUS, [str(n) for n in GPUS])
        panel.grid(alpha=0.3)
        panel.legend(fontsize=8)
    canvas.savefig(path, dpi=110, metadata={"Software": ""})


def alone(
    load: Workload, costs: Costs, models: Models, cluster: Cluster
) -> Mapping[str, list[float]]:
    """Seconds of each kind of machine, by the number of GPUs."""
    found = [predict(load, costs, models, replace(cluster, gpus=n)).seconds for n in GPUS]
    return {name: [one[name] for one in found] for name in found[0]}
