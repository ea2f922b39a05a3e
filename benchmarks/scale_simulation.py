"""The same pipeline as events: queues that fill up, batches, lengths that differ, tries that fail.

Downloaders, decoders and GPUs take videos from bounded queues and block when the next one is full,
as the executors do. The closed form knows none of that; where both agree, it doesn't matter.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import simpy
from scale_costs import HOUR, Cluster, Costs, Models, Workload
from scale_model import Hour, hour

Event = Generator[Any, Any, Any]
QUEUE_PER_WORKER = 16
"""Videos that may wait before a stage, a worker: `IN_FLIGHT_PER_WORKER` of the local executor."""
BUNCH = 16
"""Most videos that a model is asked about at a time."""
CALL_SECS = 0.05
"""Of a bunch, whatever is in it: the first and last batches are not full."""
TRIES = 3


@dataclass
class Result:
    """What a simulated run came to.

    Attributes:
        seconds: From the first byte to the last row.
        mean_secs: Of the videos drawn.
        done: Videos that came through.
        lost: Videos that failed at every try.
        busy: Seconds of work by kind of machine.
    """

    seconds: float
    mean_secs: float
    done: int
    lost: int
    busy: dict[str, float]


class Run:
    """One simulated run; `ended` says what it came to."""

    def __init__(
        self, load: Workload, costs: Costs, models: Models, cluster: Cluster, seed: int = 0
    ) -> None:
        """Draw the videos and set up the machines.

        Args:
            load: The videos; their lengths are lognormal.
            costs: Measured.
            models: Of the GPUs.
            cluster: The machines; whole cores.
            seed: Of lengths and failures.
        """
        self.env = simpy.Environment()
        self.random = np.random.default_rng(seed)
        self.one: Hour = hour(load, costs, models)
        self.load, self.costs, self.cluster = load, costs, cluster
        mu = np.log(load.mean_secs) - load.sigma**2 / 2
        self.lengths = self.random.lognormal(mu, load.sigma, load.videos)
        self.done = self.lost = 0
        self.busy = dict.fromkeys(("download", "cores", "GPUs", "driver"), 0.0)

    def ended(self) -> Result:
        """Run to the end."""
        n_cores = max(1, round(self.cluster.feeding))
        self.cores = simpy.PriorityResource(self.env, n_cores)
        links = max(1, self.cluster.gpus)
        room = [QUEUE_PER_WORKER * n for n in (links, n_cores, self.cluster.gpus, 1, 1)]
        queues = [simpy.Store(self.env, capacity) for capacity in (self.load.videos, *room)]
        for secs in self.lengths:
            queues[0].put(secs)
        self.start(links, self.download, *queues[0:2])
        self.start(n_cores, self.decode, *queues[1:3])
        self.start(n_cores, self.prepare, *queues[2:4])
        for _ in range(self.cluster.gpus):
            self.env.process(self.model(*queues[3:5]))
        self.start(self.cluster.drivers, self.keep_books, *queues[4:6])
        self.over = self.env.event()
        self.env.run(until=self.over)
        mean = float(self.lengths.mean())
        return Result(self.env.now, mean, self.done, self.lost, self.busy)

    def start(
        self,
        n_workers: int,
        work: Callable[[float], Event],
        before: simpy.Store,
        after: simpy.Store,
    ) -> None:
        """Workers that take a video, work on it, and hand it on."""
        for _ in range(n_workers):
            self.env.process(self.through(work, before, after))

    def through(self, work: Callable[[float], Event], before: Any, after: Any) -> Event:
        """One worker, for ever."""
        while True:
            secs = yield before.get()
            if (yield self.env.process(work(secs))) and self.done + self.lost < self.load.videos:
                yield after.put(secs)

    def tries(self, secs: float, kind: str) -> tuple[list[float], bool]:
        """How long each try takes, and whether the last one succeeds."""
        took: list[float] = []
        for _ in range(TRIES):
            well = bool(self.random.random() >= self.cluster.failures)
            took.append(secs if well else secs * self.random.random())
            self.busy[kind] += took[-1]
            if well:
                return took, True
        self.count(lost=1)
        return took, False

    def count(self, done: int = 0, lost: int = 0) -> None:
        """Book videos that are through, or given up; the last one ends the run."""
        self.done, self.lost = self.done + done, self.lost + lost
        if self.done + self.lost == self.load.videos:
            self.over.succeed()

    def download(self, secs: float) -> Event:
        """Over one of the links, which share the bandwidth."""
        rate = self.cluster.gbit_s * 1e9 / max(1, self.cluster.gpus)
        took, well = self.tries(secs * self.load.mbit_s * 1e6 / rate, "download")
        yield self.env.timeout(sum(took))
        return well

    def decode(self, secs: float) -> Event:
        """On a core; what a GPU waits for goes first."""
        return (yield from self.on_core(secs / HOUR * self.one.decode, 1))

    def prepare(self, secs: float) -> Event:
        """On a core, before all decoding."""
        return (yield from self.on_core(secs / HOUR * self.one.prepare, 0))

    def on_core(self, secs: float, priority: int) -> Event:
        """Hold a core for the tries."""
        took, well = self.tries(secs, "cores")
        for one in took:
            with self.cores.request(priority) as core:
                yield core
                yield self.env.timeout(one)
        return well

    def model(self, before: simpy.Store, after: simpy.Store) -> Event:
        """A GPU, with a core of its own: all videos that wait, up to a bunch, in one call."""
        while True:
            bunch = [(yield before.get())]
            while before.items and len(bunch) < BUNCH:
                bunch.append((yield before.get()))
            yield self.env.timeout(CALL_SECS)
            for secs in bunch:
                took, well = self.tries(secs / HOUR * self.one.gpu, "GPUs")
                yield self.env.timeout(sum(took))
                if well:
                    yield after.put(secs)

    def keep_books(self, _: float) -> Event:
        """One row after the other."""
        self.busy["driver"] += self.costs.driver
        yield self.env.timeout(self.costs.driver)
        self.count(done=1)
        return False


def simulate(
    load: Workload, costs: Costs, models: Models, cluster: Cluster, seed: int = 0
) -> tuple[Result, Workload]:
    """A run, and the workload with the mean length of the videos drawn, to ask the model about."""
    found = Run(load, costs, models, cluster, seed).ended()
    return found, replace(load, mean_secs=found.mean_secs)
