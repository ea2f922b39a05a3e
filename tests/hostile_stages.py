"""A stage that videos do bad things to, as a decoder would let them."""

import os
import re

import numpy as np

from ivg.limits import Limits
from ivg.stage import Outcome, Stage

TIGHT = Limits(secs_per_video=3.0, memory_mb=200)
"""Enough for what does nothing, also on a busy machine."""


class Hostile(Stage):
    name = "scan"
    decodes = True
    produces = ("duration",)

    def process(self, video, context):
        if video.name.startswith("hang"):
            re.match(r"(a+)+$", "a" * 64 + "b")  # never returns to the interpreter
        if video.name.startswith("eat"):
            np.ones(10**9)
        if video.name.startswith("crash"):
            os._exit(9)
        return Outcome({"duration": float(len(video.name))})
