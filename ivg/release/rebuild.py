"""`ivg rebuild`: run the config of a release again, and compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ivg.build import build
from ivg.errors import ConfigError, DatasetError
from ivg.hydra_node import guard, guard_reading
from ivg.overrides import quoted
from ivg.plan import GROUPS
from ivg.release.compare import Comparison, compare
from ivg.release.layout import CONFIG, PINS, REVIEW
from ivg.release.manifest import read_sealed
from ivg.release.neutral import neutral, relinked
from ivg.release.pins import EXPERIMENT
from ivg.release.publish import publish
from ivg.release.settings import ReleaseSettings
from ivg.release.verify import verify

OPEN = (*GROUPS, "judge", "benchmark")
STORE = "store.dir"


def rebuild(folder: Path, overrides: Sequence[str], out: Path) -> Comparison:
    """Build a release again and say what differs.

    Args:
        folder: The release.
        overrides: As of `ivg build`: where the videos are, how many workers, ...
        out: A new folder for the store (unless `store.dir` is given), the run and the release.

    Raises:
        ConfigError: An override can't be used, or a value is missing (`source.path`, say).
        DatasetError: The release is damaged, so that there is nothing to compare with.
        RunFailedError: The run could not finish.
    """
    bad = [problem for check in verify(folder) for problem in check.problems]
    if bad:
        raise DatasetError(f"{folder} is damaged, see `ivg verify`: {bad[0]}")
    settings = settings_of(read_sealed(folder), out / "release")
    given = [*default_store(overrides, out), *own_marks(folder, overrides)]
    config = pinned_config(folder, [*given, *overrides])
    build(config, out / "run", brief=True)
    return compare(folder, publish(out / "run", settings, experiment_of(folder)))


def experiment_of(folder: Path) -> str | None:
    """The `experiment=` that a release was built with, if its pins say."""
    found = OmegaConf.select(loaded(folder / PINS), f"defaults[0].{EXPERIMENT}")
    return None if found is None else str(found)


def loaded(path: Path) -> Any:
    """A YAML of a release.

    Raises:
        ConfigError: It can't be read.
    """
    guard_reading()
    try:
        return OmegaConf.load(path)
    except (OSError, OmegaConfBaseException, YAMLError) as error:
        raise ConfigError(f"{path} can't be read: {error}") from error


def default_store(overrides: Sequence[str], out: Path) -> list[str]:
    """A store of its own, so that everything is computed anew."""
    if any(override.lstrip("+").startswith(f"{STORE}=") for override in overrides):
        return []
    return [quoted(f"{STORE}={out / 'store'}")]


def own_marks(folder: Path, overrides: Sequence[str]) -> list[str]:
    """The reviewer's marks that the release brings, unless it is to be filtered otherwise."""
    marks = folder / REVIEW
    if not marks.is_file() or "filter" in groups_of(overrides):
        return []
    return [quoted(f"filter.file={marks}")]


def settings_of(manifest: Mapping[str, Any], out: Path) -> ReleaseSettings:
    """The settings that a release was made with; what was refused then is no matter now.

    Raises:
        DatasetError: The manifest does not say.
    """
    release, splits = manifest["release"], manifest["splits"]
    try:
        return ReleaseSettings(
            release["name"],
            release["version"],
            str(out),
            force=True,
            licence=release["licence"],
            language=release["language"],
            salt=splits["salt"],
            **splits["ratios"],
        )
    except (KeyError, TypeError) as error:
        raise DatasetError(f"the manifest does not say with what it was made: {error}") from error


def pinned_config(folder: Path, overrides: Sequence[str]) -> DictConfig:
    """The config of a release with overrides; a group may be chosen anew (`source=local`).

    Servers, devices and the permission to read pickles are never taken from a release.

    Raises:
        ConfigError: Hydra can't read an override, or knows no such choice or key.
    """
    pinned = OmegaConf.to_container(loaded(folder / CONFIG))
    if not isinstance(pinned, dict):
        raise ConfigError(f"{folder / CONFIG} is no config")
    chosen = groups_of(overrides)
    kept = relinked(neutral({str(name): value for name, value in pinned.items()}))
    left_out = {*chosen, "defaults", "hydra"}
    body = {name: value for name, value in kept.items() if name not in left_out}
    defaults = ["_self_", *({group: None} for group in OPEN)]
    with TemporaryDirectory() as place:
        text = OmegaConf.to_yaml(OmegaConf.create({"defaults": defaults, **body}))
        (Path(place) / "pinned.yaml").write_text(text, encoding="utf-8")
        return composed_in(Path(place), overrides)


def groups_of(overrides: Sequence[str]) -> set[str]:
    """The groups that the overrides choose anew.

    Raises:
        ConfigError: Hydra can't read an override.
    """
    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
    except HydraException as error:
        raise ConfigError(str(error).strip()) from error
    return {one.key_or_group for one in parsed} & {*OPEN}


def composed_in(place: Path, overrides: Sequence[str]) -> DictConfig:
    """Compose `pinned.yaml` in a folder with the groups of ivg.

    Raises:
        ConfigError: Hydra can't.
    """
    guard()
    where = "hydra.searchpath=[pkg://ivg.conf]"
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(place), version_base="1.3"):
            found = compose("pinned", [where, *overrides], return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, YAMLError, TypeError, ValueError) as error:
        raise ConfigError(str(error).strip()) from error
    HydraConfig.instance().set_config(found)
    return DictConfig({k: v for k, v in found.items_ex(resolve=False) if k != "hydra"})
