"""The closed form: how long a run takes, what it stores and asks, and which machine is the last.

All stages overlap, so each kind of machine is busy with its own work at the same time, and the one
with the most work for its number says how long the run takes. What one after the other has to do
(the stages that see the whole set) comes on top.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scale_costs import DAY, GB, HOUR, Cluster, Costs, Models, Workload

TABLES = ("scan", "split", "embed", "merge", "caption", "score")
READS_OF_FRAMES = 2
"""Stages that fetch kept frames of a video: embed and caption; score has the vectors."""


@dataclass(frozen=True)
class Hour:
    """Seconds of work that a video-hour makes.

    Attributes:
        decode: CPU.
        prepare: CPU.
        embed: GPU.
        caption: GPU.
        score: GPU.
    """

    decode: float
    prepare: float
    embed: float
    caption: float
    score: float

    @property
    def gpu(self) -> float:
        """GPU seconds."""
        return self.embed + self.caption + self.score

    @property
    def cpu(self) -> float:
        """Core seconds, beside the core that each GPU has for the process that drives it."""
        return self.decode + self.prepare


def hour(load: Workload, costs: Costs, models: Models) -> Hour:
    """What a video-hour costs."""
    pictures = load.frames + load.segments * load.frames_a_segment
    return Hour(
        costs.decode[load.height],
        costs.prepare * pictures,
        models.secs_a_frame * load.frames,
        models.secs_a_caption(load.frames_a_segment) * load.segments,
        models.secs_a_text * load.segments,
    )


def wasted(failures: float) -> float:
    """How much work is done for a unit that counts: a try that fails has done half on average."""
    return 1 + 0.5 * failures / (1 - failures)


@dataclass(frozen=True)
class Answer:
    """The run.

    Attributes:
        seconds: Wall seconds that each kind of machine alone would need, by its name.
        dataset: Wall seconds of the stages that see the whole set.
        gpu_hours: By stage.
        cpu_hours: By stage.
        cores_per_gpu: Cores that keep a GPU fed, its own included.
        stored: Bytes by what they are.
        downloaded: Bytes.
        puts: Requests that write an object.
        gets: Requests that read one.
        usd: By what they are paid for.
    """

    seconds: dict[str, float]
    dataset: float
    gpu_hours: dict[str, float]
    cpu_hours: dict[str, float]
    cores_per_gpu: float
    stored: dict[str, float]
    downloaded: float
    puts: float
    gets: float
    usd: dict[str, float]

    @property
    def bottleneck(self) -> str:
        """The machine that the others wait for."""
        return max(self.seconds, key=lambda name: self.seconds[name])

    @property
    def days(self) -> float:
        """Wall days of the run."""
        return (max(self.seconds.values()) + self.dataset) / DAY

    @property
    def busy(self) -> dict[str, float]:
        """The share of the run that each kind of machine works."""
        return {name: secs / (self.days * DAY) for name, secs in self.seconds.items()}


def predict(load: Workload, costs: Costs, models: Models, cluster: Cluster) -> Answer:
    """The run of `load` on `cluster`."""
    one, more = hour(load, costs, models), wasted(cluster.failures)
    downloaded = load.hours * HOUR * load.mbit_s * 1e6 / 8
    seconds = {
        "download": downloaded * 8 * more / (cluster.gbit_s * 1e9),
        "cores": load.hours * one.cpu * more / cluster.feeding,
        "GPUs": load.hours * one.gpu * more / cluster.gpus,
        "driver": load.videos * costs.driver / cluster.drivers,
    }
    # one process, also after shards: `ivg merge-runs` does it over all videos
    dataset = load.hours * load.segments * costs.dataset
    stored = bytes_stored(load, costs, cluster)
    puts, gets = requests(load, cluster, stored, max(seconds.values()))
    return Answer(
        seconds,
        dataset,
        {k: load.hours * more * getattr(one, k) / HOUR for k in ("embed", "caption", "score")},
        {k: load.hours * more * getattr(one, k) / HOUR for k in ("decode", "prepare")},
        1 + one.cpu / one.gpu,
        stored,
        downloaded,
        puts,
        gets,
        prices(cluster, stored, puts, gets),
    )


def bytes_stored(load: Workload, costs: Costs, cluster: Cluster) -> dict[str, float]:
    """Bytes of the whole run, by what they are."""
    return {
        "kept frames": load.hours * load.frames * costs.frame_bytes * cluster.frame_copies,
        "vectors": load.hours * load.frames * costs.feature_bytes,
        "scan table": load.hours * costs.hour_bytes,
        "other tables": load.hours * load.scenes * costs.scene_bytes,
        "run folder": load.hours * load.segments * costs.row_bytes,
    }


def requests(
    load: Workload, cluster: Cluster, stored: dict[str, float], secs: float
) -> tuple[float, float]:
    """Objects written, and read while the run goes on: the files of frames, and the tables' parts.

    A part is written when it is full or has waited `part_secs`, whichever comes first.
    """
    tables = stored["vectors"] + stored["scan table"] + stored["other tables"]
    waiting = len(TABLES) * cluster.drivers * secs / cluster.part_secs
    parts = min(math.ceil(tables / cluster.part_bytes) + waiting, len(TABLES) * load.videos)
    puts = load.videos * cluster.frame_copies + parts
    return puts, load.videos * READS_OF_FRAMES + parts


def prices(
    cluster: Cluster, stored: dict[str, float], puts: float, gets: float
) -> dict[str, float]:
    """USD: a month of storage, the requests, and all of it taken out of the cloud once."""
    total = sum(stored.values()) / GB
    return {
        "storage, a month": total * cluster.gb_month,
        "requests": puts / 1000 * cluster.usd_per_1000_puts
        + gets / 1000 * cluster.usd_per_1000_gets,
        "egress of the store": total * cluster.usd_per_gb_out,
        "egress of the run folder": stored["run folder"] / GB * cluster.usd_per_gb_out,
    }
