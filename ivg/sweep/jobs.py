"""The jobs of a sweep, read back from their folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ivg.errors import ConfigError
from ivg.hydra_node import guard_reading
from ivg.objective import chosen
from ivg.quality.figures import Figure, read_figures
from ivg.summary import SUMMARY, StageLine, Summary, read_summary
from ivg.sweep.errors import ERROR, HYDRA, job_folders

KILLED = f"no {SUMMARY}: the job is still running or was killed; its log may say more"


@dataclass(frozen=True)
class Job:
    """One job: what it was told and what came of it.

    Attributes:
        name: Its folder, below that of the sweep.
        folder: The folder's path.
        overrides: As typed: `filter.threshold=0.5`.
        status: `finished` or `failed`.
        message: Why it failed.
        summary: None if the job wrote none.
        figures: What was measured.
        objective: The figure that the config names; None if the job failed.
    """

    name: str
    folder: Path
    overrides: tuple[str, ...]
    status: str
    message: str
    summary: Summary | None
    figures: tuple[Figure, ...]
    objective: Figure | None

    @property
    def values(self) -> dict[str, str]:
        """Key to value of each override, both as text; a deletion `~key` has none."""
        parts = (override.partition("=") for override in self.overrides)
        return {key: value for key, _, value in parts}

    @property
    def stages(self) -> list[StageLine]:
        """The line of each stage's videos; `computed` counts those not taken from the store."""
        lines = self.summary.lines if self.summary else ()
        return [line for line in lines if line.tally.unit == "video"]


def read_jobs(sweep_dir: Path) -> list[Job]:
    """All jobs of a sweep.

    Raises:
        ConfigError: The folder is not there, or holds no job of a sweep.
    """
    if not sweep_dir.is_dir():
        raise ConfigError(f"{sweep_dir}: there is no such folder")
    jobs = [read_job(folder, sweep_dir) for folder in job_folders(sweep_dir)]
    if not jobs:
        raise ConfigError(
            f"{sweep_dir}: holds no job of a sweep; give the folder that `ivg build -m` has made"
        )
    return jobs


def read_job(folder: Path, sweep_dir: Path) -> Job:
    """One job; whatever can't be read makes it a failed one, with the reason as its message."""
    name, summary, figures, objective = str(folder.relative_to(sweep_dir)), None, [], None
    overrides: tuple[str, ...] = ()
    message = told(folder)
    try:
        overrides = tuple(str(one) for one in plain(folder / HYDRA / "overrides.yaml", []))
        summary = read_summary(folder) if (folder / SUMMARY).is_file() else None
        figures = read_figures(folder)
        if summary and summary.status == "finished" and not message:
            wanted = plain(folder / HYDRA / "config.yaml", {}).get("objective")
            objective = chosen(wanted, figures, summary.n_annotations)
    except ConfigError as error:
        message = message or str(error)
    message = message or (summary.message if summary else KILLED)
    status = "failed" if message or not summary else summary.status
    return Job(name, folder, overrides, status, message, summary, tuple(figures), objective)


def told(folder: Path) -> str:
    """The error that the job has written down, if any."""
    path = folder / ERROR
    return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""


def plain(path: Path, empty: Any) -> Any:
    """A YAML file of Hydra's as plain values, interpolations left as text.

    Args:
        path: The file.
        empty: What a missing file stands for; the file must be of its type.

    Raises:
        ConfigError: It can't be read.
    """
    import yaml

    if not path.is_file():
        return empty
    guard_reading()
    try:
        found = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except (OSError, ValueError, yaml.YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"{path}: {error}") from error
    return found if isinstance(found, type(empty)) else empty


def swept(jobs: list[Job]) -> list[str]:
    """The keys whose values differ between jobs, in the order in which they were typed."""
    values: list[Mapping[str, str]] = [job.values for job in jobs]
    keys = dict.fromkeys(key for one in values for key in one)
    return [key for key in keys if len({one.get(key) for one in values}) > 1]
