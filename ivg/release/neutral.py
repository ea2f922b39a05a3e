"""The config of a run without what belongs to a machine, so that another one can run it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ivg.fingerprint import local
from ivg.identity import signature_defaults
from ivg.limits import Limits
from ivg.summary import Summary
from ivg.targets import locate

Config = dict[str, Any]
MISSING = "???"
"""OmegaConf's word for a value that must be given: here, by who rebuilds."""

MACHINE: Mapping[str, Any] = {
    "executor": {"_target_": "ivg.executors.local.LocalExecutor", "workers": None},
    "tracker": {"_target_": "ivg.tracking.nothing.NoTracker"},
    "store": {"dir": "store", "local": None, "options": {}},
    "device": "auto",
    "limits": asdict(Limits()),
    "on_error": "continue",
    "objective": None,
}
"""Keys of the config that change no result, and the value that says nothing of the machine."""

WANTED = frozenset({"role", "hint", "verify", "batch_size"})
"""Names that are in some `RUNTIME` and still shape a run: a batch, the stages that are idle.

`allow_pickle` is not among them: whom to trust is for who rebuilds to say.
"""


def neutral(config: Mapping[str, Any]) -> Config:
    """The resolved config of a run, fit to be published.

    What is in a class's `RUNTIME` (paths, devices, servers, workers) gets its default again, and a
    path that a key knows by its content (`CHECKPOINTS`, `FILES`) is left to who rebuilds: `???`.
    The stages keep their keys and their order; the groups are in that of the alphabet.

    Raises:
        ConfigError: The config names a class that is not there.
    """
    kept = {name: value for name, value in config.items() if name not in ("release", *MACHINE)}
    found = {**{name: without_machine(value) for name, value in kept.items()}, **MACHINE}
    return dict(sorted(found.items()))  # a group chosen anew comes last, and says nothing by it


def without_machine(value: Any) -> Any:
    """A value of the config, at any depth."""
    if isinstance(value, Mapping):
        plain = {str(name): without_machine(item) for name, item in value.items()}
        return object_without_machine(plain) if "_target_" in plain else plain
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [without_machine(item) for item in value]
    return value


def object_without_machine(config: Config) -> Config:
    """A nested object; its arguments are neutral already."""
    built = locate(str(config["_target_"]))
    defaults = signature_defaults(built)
    runtime: frozenset[str] = getattr(built, "RUNTIME", frozenset())
    by_content = {*getattr(built, "CHECKPOINTS", ()), *getattr(built, "FILES", ())}
    for name in config.keys() & (runtime - WANTED):
        config[name] = without_machine(defaults.get(name, MISSING))
    for name in config.keys() & by_content:
        if is_path(config[name]):
            config[name] = MISSING
    return config


def is_path(value: Any) -> bool:
    """Whether a value names a file or folder of this machine, be it there or not."""
    absolute = isinstance(value, str) and (value.startswith("~") or Path(value).is_absolute())
    return absolute or local(value) is not None


def relinked(config: Mapping[str, Any]) -> Config:
    """The config with `${embedder}` again wherever a part stands that was resolved from there.

    So one override (`embedder.pretrained=...`) reaches every stage, as it does in `ivg build`.
    """
    plain: Config = literal(config)
    groups = {
        name: value
        for name, value in plain.items()
        if isinstance(value, Mapping) and "_target_" in value
    }
    return {name: linked(value, groups, name) for name, value in plain.items()}


def linked(value: Any, groups: Mapping[str, Any], within: str) -> Any:
    """A value with links to the groups; not to the one that it is a part of."""
    if isinstance(value, Mapping):
        for name, group in groups.items():
            if name != within and value == group:
                return f"${{{name}}}"
        return {name: linked(item, groups, within) for name, item in value.items()}
    return [linked(item, groups, within) for item in value] if isinstance(value, list) else value


def literal(value: Any) -> Any:
    """A value whose texts OmegaConf takes as they stand, `${` too."""
    if isinstance(value, Mapping):
        return {str(name): literal(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [literal(item) for item in value]
    return value.replace("${", r"\${") if isinstance(value, str) else value


def neutral_books(summary: Summary) -> Config:
    """`summary.json` of a release: the books, without how long this machine took over them."""
    plain = asdict(summary)
    lines = [{**line, "seconds": 0.0, "computed": 0} for line in plain["lines"]]
    return {**plain, "seconds": 0.0, "lines": lines, "message": ""}
