"""The line's own stages and a tiny model, with a trap in each; for `IVG_PACKAGES=faulty`.

Traps are files in the folder `FAULTS`: `arm-<stage>` holds the name of the video at which the
stage, its work on it done and not stored, writes its process id to `here-<stage>` and waits: for
the file to go, or for its end. Without the folder nothing happens and all is as in `ivg`.
"""

import itertools
import os
import time
from pathlib import Path

import numpy as np

from ivg.stages.caption import CaptionSegments
from ivg.stages.embed import Embed
from ivg.stages.export import Export
from ivg.stages.filter import Filter
from ivg.stages.ground import Ground
from ivg.stages.hygiene import Hygiene
from ivg.stages.judge_captions import JudgeCaptions
from ivg.stages.judge_frames import JudgeFrames
from ivg.stages.lineage import Lineage
from ivg.stages.merge import MergeScenes
from ivg.stages.quality import Quality
from ivg.stages.scan import Scan
from ivg.stages.score import Score
from ivg.stages.score_scenes import ScoreScenes
from ivg.stages.split import Split

GRID = 4
ODD = "ODD_ANSWERS"
"""The role of the model that answers grey pictures, and words on them, oddly; `all`: all of them.

Which answer it is depends on the shade of grey, `SHADE` of its 256 levels for each of `ANSWERS`.
"""
SHADE = 25
ANSWERS = {
    "nan": lambda rows: np.full_like(rows, np.nan),
    "inf": lambda rows: np.full_like(rows, np.inf),
    "flat": lambda rows: rows[0],
    "square": lambda rows: np.stack([rows, rows]),
    "none": lambda _: None,
    "text": lambda _: "an answer",
    "empty": lambda _: [" "],
}
CLOCK = "CLOCK_JUMPS"
DAY = 86_400.0


def jumping(kind: str):
    """A clock: seconds since 1970, by how often it was asked."""
    real, asked = time.time, itertools.count(1)
    return {
        "forward": lambda: real() + DAY * next(asked),
        "back": lambda: real() - DAY * next(asked),
        "to_and_fro": lambda: real() + DAY * 365 * (-1) ** next(asked),
        "1970": lambda: next(asked) / 1000,
    }[kind]


if CLOCK in os.environ:  # in the driver and in every worker: all of them import this module
    time.time = jumping(os.environ[CLOCK])
    time.time_ns = lambda: int(time.time() * 1e9)


def trap(stage: str, video: str) -> None:
    folder = Path(os.environ.get("FAULTS", "/nowhere"))
    armed = folder / f"arm-{stage}"
    if not armed.exists() or armed.read_text() != video:
        return
    (folder / f"tmp-{stage}").write_text(str(os.getpid()))
    (folder / f"tmp-{stage}").replace(folder / f"here-{stage}")
    while armed.exists():
        time.sleep(0.02)


class Trapped:
    """Mixed into a stage."""

    def process(self, video, context):
        outcome = super().process(video, context)
        if not self.questions_at_once:
            trap(self.name, video.name)
        return outcome

    def converse(self, video, context):
        outcome = yield from super().converse(video, context)
        trap(self.name, video.name)
        return outcome


STAGES = {
    stage.name: type(stage.__name__, (Trapped, stage), {"__module__": __name__})
    for stage in (
        *(Scan, Split, JudgeFrames, Embed, MergeScenes, CaptionSegments, JudgeCaptions, Score),
        *(ScoreScenes, Hygiene, Filter, Ground, Export, Lineage, Quality),
    )
}
globals().update({stage.__name__: stage for stage in STAGES.values()})


class Eyes:
    """Embedder, captioner, scorer and judge: means of colours on a grid, and words for them."""

    n_frames = 2
    frame_model = "eyes"

    def __init__(self, role: str = "embedder") -> None:
        self.role = role

    def setup(self, device):
        """Nothing to load."""

    def embed_images(self, images):
        return self._answered([seen(image) for image in images], map(colour, images))

    def project(self, features):
        return features

    def embed_texts(self, texts):
        rows = [np.tile(levels / 255 - 0.5, GRID * GRID) for levels in map(told, texts)]
        return self._answered(rows, map(told, texts))

    def caption(self, clips):
        colours = [colour(clip.frames[0]) for clip in clips]
        return self._answered([[said(one)] for one in colours], colours)

    def _answered(self, rows, colours):
        if os.environ.get(ODD) not in (self.role, "all"):
            return rows
        found = [(row, kind_of(levels)) for row, levels in zip(rows, colours, strict=True)]
        return [ANSWERS[kind](row) if kind else row for row, kind in found if kind != "fewer"]


def seen(image):
    """(48,) mean colours of 4 x 4 fields, grey at 0."""
    height, width = (side // GRID * GRID for side in image.shape[:2])
    fields = image[:height, :width].reshape(GRID, height // GRID, GRID, width // GRID, 3)
    return (fields.mean(axis=(1, 3)) / 255 - 0.5).astype(np.float32).reshape(-1)


def colour(image):
    return image.mean(axis=(0, 1)).round().astype(np.float32)


def said(levels):
    red, green, blue = levels.astype(int)
    return f"a wall painted {red} red {green} green {blue} blue"


def told(text):
    return np.array([float(word) for word in text.split() if word.isdigit()], np.float32)


def kind_of(levels):
    """How a picture of this mean colour is answered; None: rightly."""
    if np.ptp(levels):
        return None
    return [*ANSWERS, "fewer"][int(levels.mean()) // SHADE]


def grey(kind):
    """The shade that is answered so."""
    return [*ANSWERS, "fewer"].index(kind) * SHADE + SHADE // 2
