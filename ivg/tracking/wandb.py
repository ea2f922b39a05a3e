"""Weights & Biases: offline unless logged in; never asks, never hangs."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from ivg.books import Ledger
from ivg.errors import IvgError
from ivg.objective import YIELD
from ivg.pipeline import Line
from ivg.quality.figures import read_figures
from ivg.records import Annotation, Caption, Image, Video
from ivg.statistics import distributions
from ivg.summary import examples
from ivg.tracking.wandb_sweep import JOB_TYPE, shown_in_wandb
from ivg.video.sampling import nearest

log = logging.getLogger(__name__)

BINS = 64
INIT_TIMEOUT_SECS = 30
FINISH_TIMEOUT_SECS = 60
"""W&B's own default is to wait for ever for a server that has gone away."""


class WandbTracker:
    """Logs config, books, drop reasons, seconds, histograms and example annotations."""

    def __init__(
        self,
        project: str = "ivg",
        name: str | None = None,
        group: str | None = None,
        tags: list[str] | None = None,
        mode: str | None = None,
        n_examples: int = 20,
    ) -> None:
        """Set how the run is logged.

        Args:
            project: W&B project.
            name: Run name; None lets W&B choose.
            group: Runs of one sweep share it; None: in a sweep, the name of its folder.
            tags: Tags of the run.
            mode: `online`, `offline` or `disabled`; None: `WANDB_MODE`, else online if logged in.
            n_examples: Rows of the table of example annotations.
        """
        self.project = project
        self.name = name
        self.group = group
        self.tags = tags
        self.mode = mode
        self.n_examples = n_examples
        self._run: Any = None
        self._run_dir = Path()

    def start(self, config: Mapping[str, Any], run_dir: Path) -> None:
        """Open the W&B run; its files go to the run folder."""
        self._run_dir = run_dir
        self._run = self._opened(dir=str(run_dir), config=dict(config), name=self.name)

    def log_stage(self, ledger: Ledger) -> None:
        """Log in, out, drop reasons, failures and seconds of one stage."""
        if self._run:
            self._run.log(numbers(ledger))

    def finish(self, line: Line, finished: bool) -> None:
        """Log figures, histograms and examples, and close the run whatever happens."""
        if not self._run:
            return
        try:
            self._run.summary.update(figures(line, self._run_dir))
            self._run.log(histograms(line.videos))
            self._run.log({"examples": self._examples(line)})
        finally:
            self._run.finish(exit_code=0 if finished else 1)

    def log_sweep(self, sweep_dir: Path) -> None:
        """Log table, plots and page as a run of type `sweep-summary` in the group of the jobs."""
        where = sweep_dir.absolute()
        run = self._opened(dir=str(where), group=self.group or where.name, job_type=JOB_TYPE)
        try:
            run.log(shown_in_wandb(where))
        finally:
            run.finish()

    def _opened(self, **given: Any) -> Any:
        import wandb

        mode = self.mode or os.environ.get("WANDB_MODE") or ("online" if logged_in() else "offline")
        try:
            run = self._init(mode, **given)
        except wandb.Error as error:
            log.warning("tracker: W&B can't be reached (%s); logging offline", error)
            run = self._init("offline", **given)
        where = run.url or f"offline; send it by `wandb sync {Path(run.dir).parent}`"
        log.info("tracker: W&B run %s: %s", run.name or run.id, where)
        return run

    def _init(self, mode: Any, **given: Any) -> Any:
        import wandb

        told = {"group": self.group or sweep_name(), **given}
        return wandb.init(
            project=self.project,
            tags=self.tags,
            mode=mode,
            reinit="finish_previous",
            settings=wandb.Settings(
                console="off", silent=True, save_code=False, **patience(wandb.Settings.model_fields)
            ),
            **told,
        )

    def _examples(self, line: Line) -> Any:
        import wandb

        own = [field.name for field in fields(Annotation)]
        table = wandb.Table(columns=["frame", "clip_sim", *own])
        for video, row in examples(line, self.n_examples):
            picture = thumbnail(line, video, row)
            shown = wandb.Image(picture) if picture is not None else None
            table.add_data(shown, clip_sim_of(video, row), *asdict(row).values())
        return table


def patience(known: Container[str]) -> dict[str, Any]:
    """How long to wait for the server; what it did not get, `wandb sync` sends later.

    Args:
        known: Settings of the installed version; the older ones have no limit at the end.
    """
    limits = {"init_timeout": INIT_TIMEOUT_SECS, "finish_timeout": FINISH_TIMEOUT_SECS}
    return {name: float(secs) for name, secs in limits.items() if name in known}


def logged_in() -> bool:
    """Whether W&B knows a key, without asking for one."""
    import wandb

    return bool(wandb.login(prompt=False))


def sweep_name() -> str | None:
    """The name of the sweep's folder, inside a job of a sweep."""
    if not HydraConfig.initialized() or HydraConfig.get().mode is not RunMode.MULTIRUN:
        return None
    return Path(str(HydraConfig.get().sweep.dir)).absolute().name


def figures(line: Line, run_dir: Path) -> dict[str, float]:
    """The annotations and every figure that was measured, with the ends of its interval."""
    found = {YIELD: float(line.annotations.sum())}
    for one in read_figures(run_dir):
        ends = {one.name: one.value, f"{one.name}/low": one.low, f"{one.name}/high": one.high}
        found |= {name: value for name, value in ends.items() if value is not None}
    return found


def numbers(ledger: Ledger) -> dict[str, float]:
    """The books of a stage as flat metrics: `caption/segment/dropped/too_short`."""
    found: dict[str, float] = {f"{ledger.stage}/seconds": ledger.seconds}
    for line in ledger.lines:
        where = f"{ledger.stage}/{line.unit}"
        found |= {f"{where}/in": line.n_in, f"{where}/out": line.n_out}
        found |= {f"{where}/dropped/{reason}": n for reason, n in line.dropped.items()}
        found |= {f"{where}/failed/{error}": n for error, n in line.failed.items()}
    return found


def histograms(videos: Sequence[Video]) -> dict[str, Any]:
    """One W&B histogram a distribution that has any values."""
    import wandb

    return {
        f"distribution/{name}": wandb.Histogram(np_histogram=np.histogram(values, bins=BINS))
        for name, values in distributions(videos).items()
        if len(values) and np.isfinite(values).all()
    }


def clip_sim_of(video: Video, row: Annotation) -> float | None:
    """The score of the annotation's caption; None where captions came without one.

    Of equal sentences it is the one that the row overlaps most: a row may be longer than its
    caption.
    """
    alike = [i for i, caption in enumerate(video.captions) if caption.text == row.caption]
    if not alike or not len(video.clip_sim):
        return None
    best = max(alike, key=lambda i: shared_secs(video.captions[i], row))
    value = float(video.clip_sim[best])
    return value if math.isfinite(value) else None


def shared_secs(caption: Caption, row: Annotation) -> float:
    """Seconds of the caption inside the row; negative where they lie apart."""
    return min(caption.end_sec, row.end_sec) - max(caption.start_sec, row.start_sec)


def thumbnail(line: Line, video: Video, row: Annotation) -> Image | None:
    """The frame in the middle of an annotation, if the frame store has it."""
    if not len(video.frame_times):
        return None
    middle = (row.start_sec + row.end_sec) / 2
    index = nearest(video.frame_times, [middle], row.start_sec, row.end_sec)
    try:
        return line.context.frames.read(video, index)[0]
    except IvgError as error:
        log.warning("tracker: no thumbnail of %s: %s", video.name, error)
        return None
