"""What two datasets were made with, and where that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivg.dataset import Dataset
from ivg.errors import ConfigError
from ivg.identity import differences, signature_defaults
from ivg.targets import locate

OTHER_CODE = "the config is the same, its key is not: another version of ivg, of a model or a file"


@dataclass(frozen=True)
class Made:
    """How one dataset was made.

    Attributes:
        keys: Of each stage.
        stages: The config of each stage, without what makes no difference to data.
        environment: Versions of packages and models.
    """

    keys: Mapping[str, str]
    stages: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, Any]

    def value(self, stage: str, *path: str) -> Any:
        """A value of a stage's config, None where there is none."""
        found: Any = self.stages.get(stage)
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


def made(dataset: Dataset) -> Made:
    """Read config and manifest.

    Raises:
        DatasetError: One is missing or broken.
    """
    manifest = dataset.manifest()
    config = dataset.config()
    stages = {name: pruned(stage) for name, stage in config.get("stages", {}).items()}
    told = {**manifest.get("environment", {}), "models": manifest.get("models", {})}
    return Made(dict(manifest.get("keys", {})), stages, told)


def pruned(config: Any) -> Any:
    """A config without the arguments that make no difference to data, with its defaults.

    What `ivg.identity.canonical_object` does, but that local checkpoints need not be here and
    classes may be unknown: those are taken as they stand.
    """
    if isinstance(config, list):
        return [pruned(item) for item in config]
    if not isinstance(config, Mapping):
        return config
    given = {str(name): pruned(value) for name, value in config.items()}
    try:
        built = locate(str(config["_target_"])) if "_target_" in config else None
    except ConfigError:
        built = None
    if built is None:
        return given
    runtime: frozenset[str] = getattr(built, "RUNTIME", frozenset())
    every = {**signature_defaults(built), **given}
    return {name: value for name, value in every.items() if name not in runtime}


def changed_stages(a: Made, b: Made) -> dict[str, list[str]]:
    """By stage, the fields that differ as `rule.threshold: 0.66 -> 0.6`; A's value stands first.

    Only stages whose keys differ are looked at. Where keys differ from the first stage on and no
    config says why, that stage says so.
    """
    found: dict[str, list[str]] = {}
    for stage in list(dict.fromkeys([*a.stages, *b.stages])):
        if a.keys.get(stage) == b.keys.get(stage):
            continue
        # a part of another class is another one: that its arguments differ follows
        lines = without_defaults(differences(b.stages.get(stage), a.stages.get(stage)))
        if lines or not found:
            found[stage] = lines or [OTHER_CODE]
    return found


def without_defaults(lines: list[str]) -> list[str]:
    """Without the arguments of a part whose class differs."""
    parts = [line.partition("_target_: ")[0] for line in lines if "_target_: " in line]
    return [
        line
        for line in lines
        if "_target_: " in line or not any(line.startswith(part) for part in parts)
    ]
