"""A tracker that breaks costs its log, never the run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ivg.books import Ledger
from ivg.pipeline import Line
from ivg.secrets import redacted_values
from ivg.tracking.tracker import Tracker

log = logging.getLogger(__name__)


class GuardedTracker:
    """Passes everything on to a tracker, and logs what goes wrong in it."""

    def __init__(self, tracker: Tracker) -> None:
        """Guard `tracker`."""
        self.tracker = tracker

    def start(self, config: Mapping[str, Any], run_dir: Path) -> None:
        """Open the log of a run."""
        with guarded():
            self.tracker.start(redacted_values(config), run_dir)

    def log_stage(self, ledger: Ledger) -> None:
        """Log the books of one stage."""
        with guarded():
            self.tracker.log_stage(ledger)

    def finish(self, line: Line, finished: bool) -> None:
        """Close the log."""
        with guarded():
            self.tracker.finish(line, finished)

    def log_sweep(self, sweep_dir: Path) -> None:
        """Log a sweep that has ended."""
        with guarded():
            self.tracker.log_sweep(sweep_dir)


@contextmanager
def guarded() -> Iterator[None]:
    """Turn an error of the tracker into a warning; the traceback goes to the log file."""
    try:
        yield
    except Exception as error:
        log.warning("tracker: %s: %s; the run goes on untracked", type(error).__name__, error)
        log.debug("tracker", exc_info=True)
