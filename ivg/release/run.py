"""What `ivg release` reads of a finished run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ivg.dataset import Dataset, open_dataset
from ivg.errors import ConfigError, DatasetError
from ivg.hydra_node import guard_reading
from ivg.plan import plan_steps
from ivg.release.layout import CONFIG, MANIFEST, VIDEOS
from ivg.release.neutral import neutral
from ivg.step import Step
from ivg.summary import Summary, read_summary
from ivg.targets import locate

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        dataset: Its rows.
        manifest: Its `manifest.json`.
        summary: Its books.
        config: Its resolved config.
        experiment: The choice that it was built with, where that is known.
    """

    dataset: Dataset
    manifest: Mapping[str, Any]
    summary: Summary
    config: Mapping[str, Any]
    experiment: str | None

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.dataset.folder

    @property
    def ids(self) -> dict[str, str]:
        """Video name to content id."""
        return dict(self.manifest["videos"])

    @property
    def marks(self) -> Path | None:
        """The marks of a reviewer that the run was filtered by; None: by none.

        Raises:
            ConfigError: They are not where the run had them, or the rule is of no known class.
        """
        rule = self.config["stages"].get("filter", {}).get("rule") or {}
        if not rule or not getattr(locate(rule["_target_"]), "REVIEWS", False):
            return None
        path = Path(rule["file"]).expanduser()
        if not path.is_file():
            raise ConfigError(
                f"filter.file={path}: the marks that the run was filtered by are not here; bring "
                "them back, or release from the folder that the run was built in"
            )
        return path

    @property
    def neutral_config(self) -> dict[str, Any]:
        """The config without what belongs to the machine.

        Raises:
            ConfigError: The config names a class that is not there.
        """
        return neutral(self.config)

    @property
    def steps(self) -> list[Step]:
        """The stages with what their keys are made of.

        Raises:
            ConfigError: This ivg gives the config other keys than the run had: it is another
                version, or a file that a key depends on is not here.
        """
        found = list(plan_steps(self.config["stages"]))
        keys = {step.stage.name: step.identity.key for step in found}
        moved = [name for name, key in keys.items() if self.manifest["keys"].get(name) != key]
        if moved:
            raise ConfigError(
                f"{self.folder / CONFIG}: stages.{moved[0]} would now have another key than in "
                "the run, so ivg or a file was changed since: build the run again"
            )
        return found


def read_run(run_dir: Path, experiment: str | None = None) -> Run:
    """Read what a run left; `experiment` is taken where it does not say how it was built.

    Raises:
        ConfigError: It has no books or no config.
        DatasetError: It is no run, or one of an older ivg.
    """
    dataset = open_dataset(run_dir)
    if dataset.kind != "run":
        raise DatasetError(f"{run_dir} is a release already; give the run")
    manifest, summary = dataset.manifest(), read_summary(run_dir)
    missing = [name for name in ("keys", "environment", "models", "videos") if name not in manifest]
    if missing:
        raise DatasetError(f"{run_dir / MANIFEST}: there is no {missing[0]!r}")
    guard_reading()
    try:
        config = OmegaConf.to_container(OmegaConf.load(run_dir / CONFIG))
        choices = choices_of(run_dir)
    except (OSError, ValueError, YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"{run_dir / CONFIG} can't be read: {error}") from error
    if not isinstance(config, dict):
        raise ConfigError(f"{run_dir / CONFIG} is no config of a run")
    plain = {str(name): value for name, value in config.items()}
    return Run(dataset, manifest, summary, plain, choices.get("experiment", experiment))


def choices_of(run_dir: Path) -> dict[str, Any]:
    """Which YAML of each group Hydra composed; empty where the run was not started by it."""
    path = run_dir / ".hydra" / "hydra.yaml"
    if not path.is_file():
        return {}
    found = OmegaConf.select(OmegaConf.load(path), "hydra.runtime.choices")
    return dict(found) if found else {}


def known_videos(run: Run) -> dict[str, dict[str, Any]]:
    """Name to content id and duration in seconds, of every video that was on the line.

    Raises:
        DatasetError: `videos.jsonl` and the manifest speak of other videos.
    """
    ids = run.ids
    durations = {row["video"]: row["duration"] for row in run.dataset.videos()}
    if durations.keys() != ids.keys():
        name = min(durations.keys() ^ ids.keys())
        raise DatasetError(f"{run.folder}: only one of {VIDEOS} and {MANIFEST} knows {name!r}")
    return {name: {"id": ids[name], "duration": durations[name]} for name in sorted(ids)}
