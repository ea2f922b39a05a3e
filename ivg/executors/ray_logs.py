"""What stages log inside actors comes to the driver with the videos, and goes to its log."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from logging.handlers import QueueHandler
from queue import SimpleQueue

PACKAGE = "ivg"


class Ear(QueueHandler):
    """Keeps what `ivg` logs in this process until it is taken."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: SimpleQueue[logging.LogRecord] = SimpleQueue()
        super().__init__(self._kept)
        self.addFilter(logging.Filter(PACKAGE))

    def taken(self) -> tuple[logging.LogRecord, ...]:
        """What was logged since the last time."""
        return tuple(self._kept.get() for _ in range(self._kept.qsize()))


def listening() -> Ear:
    """An ear at the root logger, where those of worker processes listen too."""
    ear = Ear()
    logging.getLogger().addHandler(ear)
    logging.getLogger(PACKAGE).setLevel(logging.DEBUG)
    return ear


def told(records: Iterable[logging.LogRecord]) -> None:
    """Log here what was logged elsewhere, as far as the levels let it through."""
    for record in records:
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
