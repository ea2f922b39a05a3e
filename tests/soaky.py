"""The line's stages, each failing some of its videos at random; for `IVG_PACKAGES=faulty,soaky`.

Chance is a hash of stage and video, so that a test can tell beforehand what will happen. Without
`SOAK` in the environment nothing does.
"""

import hashlib
import multiprocessing
import os
import signal
import time
from dataclasses import replace

import faulty
import numpy as np
from faulty import ODD, grey

SOAK = "SOAK"
SHARE = 0.05
KINDS = (*["exception"] * 4, *["nan"] * 3, *["memory"] * 2, *["slow"] * 2, "kill")
SLOW_SECS = 0.2
ERRORS = {
    "exception": "OSError",
    "memory": "MemoryError",
    "nan": "BadModelOutputError",
    "kill": "WorkerCrashedError",
}
"""What each kind costs the video; slow ones cost nothing."""
IN_WORKERS = ("scan", "split")
"""Stages that ask no model: they have processes of their own, which may be killed."""


def error_of(kind: str, stage: str) -> str:
    """The error by which a video is lost; the memory of decoding is limited."""
    limited = kind == "memory" and stage in IN_WORKERS
    return "VideoMemoryLimitError" if limited else ERRORS[kind]


def fault_at(stage: str, video_id: str, asks_a_model: bool) -> str | None:
    digest = hashlib.blake2b(f"{stage} {video_id}".encode(), digest_size=8).digest()
    chance = int.from_bytes(digest, "big") / 2**64 / SHARE
    if chance >= 1:
        return None
    kind = KINDS[int(chance * len(KINDS))]
    fits = {"kill": stage in IN_WORKERS, "nan": asks_a_model}
    return kind if fits.get(kind, True) else "exception"


def befall(kind: str | None) -> None:
    if kind == "exception":
        raise OSError("the device is not ready")
    if kind == "memory":
        raise MemoryError("that was too much")
    if kind == "slow":
        time.sleep(SLOW_SECS)
    if kind == "kill":
        assert multiprocessing.parent_process(), "this is the driver"
        os.kill(os.getpid(), signal.SIGKILL)


def odd(question):
    """A question of the same sort that the model answers with NaN."""
    shade = grey("nan")
    picture = np.full((64, 96, 3), shade, np.uint8)
    if isinstance(question, str):
        return f"a wall painted {shade} red {shade} green {shade} blue"
    if isinstance(question, np.ndarray):
        return picture
    return replace(question, frames=(picture,) * len(question.frames))


class Soaked:
    """Mixed into a stage."""

    def process(self, video, context):
        if not self.questions_at_once:
            befall(self._fault(video))
        return super().process(video, context)

    def converse(self, video, context):
        kind, answers = self._fault(video), None
        befall(kind)
        talk = super().converse(video, context)
        try:
            while True:
                questions = talk.send(answers)
                answers = yield [odd(one) for one in questions] if kind == "nan" else questions
        except StopIteration as end:
            return end.value

    def _fault(self, video):
        if SOAK not in os.environ:
            return None
        return fault_at(self.name, video.id, bool(self.questions_at_once))


for _stage in faulty.STAGES.values():
    _made = type(_stage.__name__, (Soaked, _stage), {"__module__": __name__})
    globals()[_stage.__name__] = _made
ENV = {SOAK: "1", ODD: "all"}
