"""Log a sweep that has ended where its jobs were logged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivg.errors import ConfigError
from ivg.sweep.jobs import Job, plain
from ivg.targets import build
from ivg.tracking.guarded import GuardedTracker

CONFIG = "config.yaml"


def track_sweep(jobs: Sequence[Job], sweep_dir: Path) -> None:
    """Hand the sweep's folder, its summary written, to the tracker of its first job.

    Jobs that could not start have left no config; a sweep of such jobs alone is not logged.
    """
    for job in jobs:
        try:
            tracker = plain(job.folder / CONFIG, {}).get("tracker")
        except ConfigError:
            continue
        if tracker:
            GuardedTracker(build(tracker)).log_sweep(sweep_dir)
            return
