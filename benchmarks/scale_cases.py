"""Cases in which the closed form and the simulation are compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scale_costs import Cluster, Costs, Models, Workload, read_costs
from scale_model import predict
from scale_simulation import simulate
from scale_tables import table

TOLERANCE = 0.05
"""Between simulated and predicted seconds, where one kind of machine has most of the work."""
MARGIN = 1.3
"""How much more work the busiest kind of machine must have than the next, to count as that."""


@dataclass(frozen=True)
class Case:
    """One comparison."""

    name: str
    load: Workload
    cluster: Cluster
    models: Models = field(default_factory=Models)


def cases() -> list[Case]:
    """A bottleneck of each kind, then where none dominates."""
    even, wild = Workload(videos=8000, sigma=0.5), Workload(videos=4000, sigma=1.0)
    fast = Cluster(gpus=8, cores_per_gpu=32, gbit_s=50, failures=0)
    tiny = Workload(videos=20_000, mean_secs=6, sigma=0.5)
    return [
        Case("GPUs", even, fast),
        Case("cores", even, replace(fast, cores_per_gpu=3)),
        Case("download", even, replace(fast, gbit_s=0.5)),
        Case("driver", tiny, replace(fast, gpus=32, cores_per_gpu=32)),
        Case("GPUs, failures 5 %", even, replace(fast, failures=0.05)),
        Case("GPUs, llava", even, fast, Models(captioner="llava")),
        Case("balance", even, replace(fast, cores_per_gpu=balance(even))),
        Case("long videos at the end", wild, replace(fast, cores_per_gpu=3)),
        Case("few videos", Workload(videos=100), fast),
    ]


def balance(load: Workload) -> int:
    """The cores a GPU with which decoding takes as long as the GPUs."""
    return round(predict(load, read_costs(), Models(), Cluster(failures=0)).cores_per_gpu)


def compared(case: Case, costs: Costs, seed: int = 0) -> tuple[float, float, str, float]:
    """Hours simulated, hours predicted for the lengths drawn, the bottleneck, and its margin."""
    found, drawn = simulate(case.load, costs, case.models, case.cluster, seed)
    seconds = predict(drawn, costs, case.models, case.cluster).seconds
    first, second = sorted(seconds.values(), reverse=True)[:2]
    name = max(seconds, key=lambda one: seconds[one])
    return found.seconds / 3600, first / 3600, name, first / second


def cases_table(costs: Costs, seed: int = 0) -> tuple[str, bool]:
    """The comparison, and whether all that should agree do."""
    rows, well = [], True
    for case in cases():
        simulated, predicted, name, margin = compared(case, costs, seed)
        off = simulated / predicted - 1
        held = case.name.startswith(name)
        well &= not held or (abs(off) <= TOLERANCE and margin >= MARGIN)
        rows.append(
            (
                case.name,
                name,
                f"{margin:.1f}",
                f"{predicted:.2f}",
                f"{simulated:.2f}",
                f"{off:+.1%}",
                f"{TOLERANCE:.0%}" if held else "none",
            )
        )
    head = ("case", "bottleneck", "margin", "model, h", "simulated, h", "off", "tolerance")
    return table(head, rows), well
