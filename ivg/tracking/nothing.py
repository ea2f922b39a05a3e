"""No tracking."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivg.books import Ledger
from ivg.pipeline import Line


class NoTracker:
    """Logs nothing; the run folder still holds everything."""

    def start(self, config: Mapping[str, Any], run_dir: Path) -> None:
        """Do nothing."""

    def log_stage(self, ledger: Ledger) -> None:
        """Do nothing."""

    def finish(self, line: Line, finished: bool) -> None:
        """Do nothing."""

    def log_sweep(self, sweep_dir: Path) -> None:
        """Do nothing."""
