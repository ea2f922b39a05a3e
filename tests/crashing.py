"""A stage that dies on the video `crash`, as a codec or the out-of-memory killer would make it."""

import os

from ivg.errors import MissingDependencyError
from ivg.stage import Outcome, Stage


class Crash(Stage):
    name = "split"

    def __init__(self, setup_error: bool = False) -> None:
        self.setup_error = setup_error

    def setup(self, context):
        if self.setup_error:
            raise MissingDependencyError("captioner.model: no checkpoint")

    def process(self, video, context):
        if video.name == "crash":
            os._exit(9)
        return Outcome({})
