"""A stage that logs what it does, as library code under `ivg` would."""

import logging

from ivg.stage import Outcome, Stage

log = logging.getLogger("ivg.talking")


class Talk(Stage):
    name = "split"

    def process(self, video, context):
        for level in (logging.DEBUG, logging.WARNING):
            log.log(level, "talk about %s: %s", video.name, logging.getLevelName(level))
        return Outcome({})


class OddError(Exception):
    """Can be pickled, and not unpickled."""

    def __init__(self, *, what: str) -> None:
        super().__init__(f"no {what}")


class Unready(Talk):
    """Can't be set up."""

    def setup(self, context):
        raise OddError(what="licence")
