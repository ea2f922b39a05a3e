"""What a tracker must offer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ivg.books import Ledger
from ivg.pipeline import Line


class Tracker(Protocol):
    """Logs a run somewhere. It never asks, never hangs, and never changes a result."""

    def start(self, config: Mapping[str, Any], run_dir: Path) -> None:
        """Open the log of a run."""

    def log_stage(self, ledger: Ledger) -> None:
        """Log the books of one stage, as soon as it is through."""

    def finish(self, line: Line, finished: bool) -> None:
        """Log histograms and examples, and close the log; called even if the run failed."""

    def log_sweep(self, sweep_dir: Path) -> None:
        """Log table, plots and page of a sweep that has ended, in a log of their own."""
