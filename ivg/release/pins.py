"""`conf/release/*.yaml`: the keys that a build must have, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from omegaconf import OmegaConf

from ivg.errors import ConfigError
from ivg.identity import differences
from ivg.release.neutral import literal
from ivg.shown import shown
from ivg.step import Step

EXPERIMENT = "override /experiment"
HEADER = """\
# @package _global_
# Pins of {name} {version}: with release=<this file's name> a build runs only with these keys.
# Written by ivg; put it into conf/release/, or into the folder release/ of a --config-dir.
# It brings the experiment along; whatever else the run was given has to be given again.
"""


class Named(Protocol):
    """What a release is called."""

    name: str
    version: str


def pins_yaml(named: Named, steps: Iterable[Step], experiment: str | None) -> str:
    """The YAML that pins a release.

    Args:
        named: Name and version of the release.
        steps: Its stages with their keys.
        experiment: The choice of `experiment=` that it was built with, which comes with it.
    """
    kept = list(steps)
    release = {
        "name": named.name,
        "version": named.version,
        "keys": {step.stage.name: step.identity.key for step in kept},
        "stages": {step.stage.name: dict(step.identity.config) for step in kept},
    }
    defaults = {"defaults": [{EXPERIMENT: experiment}]} if experiment else {}
    text = OmegaConf.to_yaml(OmegaConf.create({**defaults, "release": literal(release)}))
    return HEADER.format(name=named.name, version=named.version) + text


def check_pins(config: Mapping[str, Any], steps: Sequence[Step]) -> None:
    """Refuse a run whose results are not those that `release=NAME` pins.

    Args:
        config: The resolved config; without `release` there is nothing to check.
        steps: The stages that are to run.

    Raises:
        ConfigError: A key is another one; the message shows the fields that differ.
    """
    pinned = config.get("release")
    if pinned is None:
        return
    if not isinstance(pinned, Mapping) or not isinstance(pinned.get("keys"), Mapping):
        raise ConfigError("release must be a choice of its group, with the keys that it pins")
    found = {step.stage.name: step for step in steps}
    if told := list(departures(pinned, found)):
        label = shown(f"{pinned.get('name')} {pinned.get('version')}")
        raise ConfigError(
            f"release: this config gives other results than {label}; nothing was computed:\n  "
            + "\n  ".join(told)
        )


def departures(pinned: Mapping[str, Any], steps: Mapping[str, Step]) -> Iterator[str]:
    """What differs, one line each, in the order of the stages; causes, not consequences."""
    keys, stages = pinned["keys"], pinned.get("stages") or {}
    moved = [name for name in keys if name in steps and steps[name].identity.key != keys[name]]
    causes = [line for name in moved for line in fields(name, steps[name], stages.get(name))]
    yield from (f"stages.{name}: pinned, but no part of this run" for name in keys.keys() - steps)
    yield from (f"stages.{name}: runs, but is not pinned" for name in steps.keys() - keys)
    yield from causes
    if moved and not causes:
        key = steps[moved[0]].identity.key
        yield f"stages.{moved[0]}: key {keys[moved[0]]} is pinned, this run has {key}"


def fields(name: str, step: Step, pinned: Any) -> list[str]:
    """The fields of one stage's config that differ from the pinned ones."""
    return differences(step.identity.config, pinned, f"stages.{name}") if pinned else []
