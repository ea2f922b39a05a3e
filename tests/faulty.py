"""The line's own stages and a tiny model, with a trap in each; for `IVG_PACKAGES=faulty`.

Traps are files in the folder `FAULTS`: `arm-<stage>` holds the name of the video at which the
stage, its work on it done and not stored, writes its process id to `here-<stage>` and waits: for
the file to go, or for its end. Without the folder nothing happens and all is as in `ivg`.
"""

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
BRIGHT = 250
"""Pictures that are brighter get the answer that `ODD` names."""
ODD = "ODD_ANSWER"
ANSWERS = {
    "nan": lambda rows: np.full_like(rows, np.nan),
    "inf": lambda rows: np.full_like(rows, np.inf),
    "flat": lambda rows: float(rows[0]),
    "square": lambda rows: np.stack([rows, rows]),
    "none": lambda _: None,
    "text": lambda _: "a vector",
}


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
        return self._answered([seen(image) for image in images], map(is_bright, images))

    def project(self, features):
        return features

    def embed_texts(self, texts):
        rows = [heard(text) for text in texts]
        return self._answered(rows, ("bright" in text for text in texts))

    def caption(self, clips):
        bright = [is_bright(clip.frames[0]) for clip in clips]
        return self._answered([[said(clip.frames[0])] for clip in clips], bright)

    def _answered(self, rows, bright):
        who, _, kind = os.environ.get(ODD, "").partition(":")
        if who != self.role:
            return rows
        odd = ANSWERS.get(kind, {"empty": lambda _: [" "]}.get(kind))
        return [odd(row) if one else row for row, one in zip(rows, bright, strict=True)]


def seen(image):
    """(48,) mean colours of 4 x 4 fields, grey at 0."""
    height, width = (side // GRID * GRID for side in image.shape[:2])
    fields = image[:height, :width].reshape(GRID, height // GRID, GRID, width // GRID, 3)
    return (fields.mean(axis=(1, 3)) / 255 - 0.5).astype(np.float32).reshape(-1)


def said(image):
    red, green, blue = (int(part) for part in image.mean(axis=(0, 1)))
    shade = "bright" if is_bright(image) else "plain"
    return f"a {shade} wall painted {red} red {green} green {blue} blue"


def heard(text):
    colour = [float(word) for word in text.split() if word.isdigit()]
    return np.tile(np.array(colour, np.float32) / 255 - 0.5, GRID * GRID)


def is_bright(image):
    return image.mean() > BRIGHT
