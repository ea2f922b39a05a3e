"""Tells the command line where a sweep is, whatever becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from ivg.sweep.errors import forget_jobs


class SweepFolder(Callback):
    """Remembers the folder of the sweep that this process has started.

    Hydra's own `on_multirun_end` is left out when a job fails, so the summary is no callback.

    Attributes:
        started: The folder; None while no sweep was started here.
    """

    started: ClassVar[Path | None] = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Keep the folder's name, and clear away an earlier sweep in it."""
        SweepFolder.started = Path(str(config.hydra.sweep.dir)).absolute()
        forget_jobs(SweepFolder.started)
