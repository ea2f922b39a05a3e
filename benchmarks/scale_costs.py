"""What the model of a big run is fed: the videos, measured costs, assumptions, the machines.

Measured figures come from `scale_costs.json` (`python benchmarks/scale.py measure`). What could not
be measured, GPUs above all, is an assumption, with its source beside it; each can be changed on the
command line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COSTS = Path(__file__).with_name("scale_costs.json")
HOUR, DAY = 3600.0, 86400.0
GB, TB = 1e9, 1e12


@dataclass(frozen=True)
class Workload:
    """The videos. Assumed, but for the mean, which is InternVid's (arXiv 2307.06942)."""

    videos: int = 10_000_000
    mean_secs: float = 351.9
    sigma: float = field(default=1.0, metadata={"help": "of the log of a video's length"})
    height: int = field(default=720, metadata={"help": "720 or 360, the heights measured"})
    mbit_s: float = field(default=2.0, metadata={"help": "of the files"})
    scenes_a_minute: float = 10.0
    frames_a_scene: int = field(default=3, metadata={"help": "split.frames_per_scene"})
    segments_a_scene: float = 0.75
    frames_a_segment: int = field(default=1, metadata={"help": "captioner.n_frames"})

    @property
    def hours(self) -> float:
        """Video-hours in all."""
        return self.videos * self.mean_secs / HOUR

    @property
    def scenes(self) -> float:
        """Scenes an hour."""
        return 60 * self.scenes_a_minute

    @property
    def frames(self) -> float:
        """Kept frames an hour."""
        return self.scenes * self.frames_a_scene

    @property
    def segments(self) -> float:
        """Segments an hour, a caption each."""
        return self.scenes * self.segments_a_scene


@dataclass(frozen=True)
class Captioner:
    """A model that writes, by its size.

    Attributes:
        vision_flops: Of the image tower, a frame.
        prefill: Parameters times tokens that are read before the first word.
        decoder: Parameters that each word has to be multiplied with.
        tokens: Words of an answer.
        batch: Answers written at a time (`captioner.batch_size`).
    """

    vision_flops: float
    prefill: float
    decoder: float
    tokens: float
    batch: int


CAPTIONERS = {
    # ViT-g 1.0e9 x 257 tokens; T5 encoder 4.8e9 x 40 tokens (32 queries, prompt); T5 decoder 6.5e9
    "blip2": Captioner(2 * 1.0e9 * 257, 4.8e9 * 40, 6.5e9, 20, 8),
    # ViT-L/14 at 336 px; 7e9 x (576 picture tokens, prompt)
    "llava": Captioner(2 * 174.7e9, 7.0e9 * 610, 7.0e9, 25, 4),
}
EMBEDDERS = {"ViT-L-14": 2 * 77.8e9, "ViT-L-14-336": 2 * 174.7e9}
"""FLOPs a frame: twice the multiply-adds that https://huggingface.co/deepghs/clip_onnx lists."""
TEXT_FLOPS = 2 * 85e6 * 77
"""Of CLIP's text tower, a caption: parameters times tokens."""


@dataclass(frozen=True)
class Models:
    """What runs on the GPUs, and how well it uses them. All of it assumed.

    An A100 of 80 GB by its data sheet (312 TFLOP/s dense in 16 bit, 2.0 TB/s), and shares of it
    that well-batched PyTorch reaches.
    """

    embedder: str = "ViT-L-14"
    captioner: str = "blip2"
    tflop_s: float = 312.0
    tb_s: float = 2.0
    compute_use: float = field(default=0.4, metadata={"help": "share of the FLOP/s reached"})
    memory_use: float = field(default=0.6, metadata={"help": "share of the bandwidth reached"})
    step_secs: float = field(default=0.025, metadata={"help": "least time of a word (launches)"})

    def compute(self, flops: float) -> float:
        """GPU seconds of so many FLOPs."""
        return flops / (self.tflop_s * TB * self.compute_use)

    @property
    def secs_a_frame(self) -> float:
        """GPU seconds to embed a frame."""
        return self.compute(EMBEDDERS[self.embedder])

    def secs_a_caption(self, frames: int) -> float:
        """GPU seconds to write a caption: it is read at once, written a word at a time."""
        known = CAPTIONERS[self.captioner]
        read = self.compute(frames * (known.vision_flops + 2 * known.prefill))
        word = max(self.step_secs, 2 * known.decoder / (self.tb_s * TB * self.memory_use))
        return read + known.tokens * word / known.batch

    @property
    def secs_a_text(self) -> float:
        """GPU seconds to score a caption; its frames are those embedded already."""
        return self.compute(TEXT_FLOPS)


@dataclass(frozen=True)
class Cluster:
    """The machines; prices in USD are list prices of S3 Standard in us-east-1."""

    gpus: int = 64
    cores_per_gpu: float = field(default=8.0, metadata={"help": "more than 1"})
    gbit_s: float = field(default=10.0, metadata={"help": "of the downloads, all together"})
    drivers: int = field(default=1, metadata={"help": "shards: `ivg build` commands at a time"})
    failures: float = field(default=0.01, metadata={"help": "share of tries that fail"})
    part_bytes: float = field(default=8e6, metadata={"help": "of a part of a table"})
    part_secs: float = field(
        default=10.0, metadata={"help": "after which a part is written anyway"}
    )
    frame_copies: int = field(default=2, metadata={"help": "1 in a folder, which has links"})
    gb_month: float = 0.023
    usd_per_1000_puts: float = 0.005
    usd_per_1000_gets: float = 0.0004
    usd_per_gb_out: float = 0.09

    @property
    def feeding(self) -> float:
        """Cores that decode and prepare; each GPU has another for the process that drives it."""
        return self.gpus * (self.cores_per_gpu - 1)


@dataclass(frozen=True)
class Costs:
    """What was measured, by unit.

    Attributes:
        decode: CPU seconds a video-hour of scan and split, by height.
        prepare: CPU seconds to make a kept frame ready for a model.
        driver: CPU seconds a video of the one process that keeps the books.
        dataset: CPU seconds a caption of the stages that see the whole set.
        frame_bytes: Of a kept frame.
        feature_bytes: Of a vector in the table of embed.
        hour_bytes: Of the table of scan, a video-hour.
        scene_bytes: Of all other tables, a scene.
        row_bytes: Of the run folder, a caption.
    """

    decode: dict[int, float]
    prepare: float
    driver: float
    dataset: float
    frame_bytes: float
    feature_bytes: float
    hour_bytes: float
    scene_bytes: float
    row_bytes: float


WIDTH_RATIO = 768 / 1280
"""Numbers of a vector of ViT-L/14 over those of the small embedder, which was measured."""


def read_costs(path: Path = COSTS) -> Costs:
    """The measured costs, from what `measure` wrote."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    hour = found["video_hour"]["720"]
    counts, sizes = hour["counts"], hour["bytes"]
    frames, scenes = counts["embed frame"], counts["split scene"]
    small = sum(sizes[name] for name in ("split", "merge", "caption", "score"))
    return Costs(
        {int(k): one["cpu_secs"]["decode"] for k, one in found["video_hour"].items()},
        found["prepare"]["secs_per_frame"],
        found["driver"]["secs_per_video"],
        found["whole_set"]["secs_per_caption"],
        sizes["frames"] / frames,
        sizes["embed"] / frames * WIDTH_RATIO,
        sizes["scan"],
        small / scenes,
        sizes["run files"] / counts["caption caption"],
    )
