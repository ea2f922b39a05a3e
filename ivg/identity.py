"""What makes two results the same: a key from stage, class, version, config and upstream key.

The key is a short hash of canonical JSON. Every nested object counts with its class path, its
`VERSION` and the defaults of its signature, so a changed default or a new parameter recomputes
and never goes stale. Names in `RUNTIME` (device, workers, paths) do not count; names in
`CHECKPOINTS` and `FILES` count by what a local path holds.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivg.errors import ConfigError
from ivg.fingerprint import checkpoint_identity, file_identity
from ivg.ranges import is_finite
from ivg.targets import locate

KEY_LENGTH = 16


@dataclass(frozen=True)
class Identity:
    """The canonical description of one stage's result."""

    stage: str
    config: Mapping[str, Any]
    upstream: str

    @property
    def described(self) -> dict[str, Any]:
        """What is hashed, and written to the manifest beside the data."""
        return {"stage": self.stage, "config": dict(self.config), "upstream": self.upstream}

    @property
    def key(self) -> str:
        """The short hash, 16 hexadecimal digits."""
        text = json.dumps(self.described, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.blake2b(text.encode(), digest_size=KEY_LENGTH // 2).hexdigest()


def identify(stage: str, config: Mapping[str, Any], upstream: str) -> Identity:
    """The identity of a stage.

    Args:
        stage: The stage's name.
        config: Its resolved config, with `_target_`.
        upstream: The key of the stage before it; empty for the first.

    Raises:
        ConfigError: A value can't take part in a key (NaN, a callable), or an argument is unknown.
    """
    return Identity(stage, canonical(config, f"stages.{stage}"), upstream)


def canonical(value: Any, where: str) -> Any:
    """The value as plain JSON, in which `1` and `1.0` are one; `where` names it in errors."""
    if isinstance(value, Mapping):
        return (
            canonical_object(value, where) if "_target_" in value else canonical_items(value, where)
        )
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return canonical_number(value, where)
    if isinstance(value, Sequence):
        return [canonical(item, f"{where}[{i}]") for i, item in enumerate(value)]
    raise ConfigError(f"{where}: a {type(value).__name__} can't be part of a result's identity")


def canonical_items(value: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """A plain mapping, value by value."""
    return {str(name): canonical(item, f"{where}.{name}") for name, item in value.items()}


def canonical_number(value: float, where: str) -> float:
    """A finite number; integral floats become integers."""
    if not is_finite(value):
        raise ConfigError(f"{where}: {value} can't be part of a result's identity")
    return int(value) if value == int(value) else value


def canonical_object(config: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A nested object: class path, version, and all arguments that are not `RUNTIME`."""
    built = locate(str(config["_target_"]))
    given = {str(k): v for k, v in config.items() if not str(k).startswith("_")}
    arguments = {**signature_defaults(built), **given}
    unknown = sorted(given.keys() - inspect.signature(built).parameters.keys())
    if unknown:
        raise ConfigError(f"{where}.{unknown[0]}: {built.__qualname__} has no such argument")
    runtime: frozenset[str] = getattr(built, "RUNTIME", frozenset())
    by_content = dict.fromkeys(getattr(built, "CHECKPOINTS", ()), checkpoint_identity)
    by_content |= dict.fromkeys(getattr(built, "FILES", ()), file_identity)
    kept = {
        name: by_content[name](value) if name in by_content else value
        for name, value in arguments.items()
        if name not in runtime
    }
    return {
        "class": f"{built.__module__}.{built.__qualname__}",
        "version": getattr(built, "VERSION", 1),
        **canonical_items(kept, where),
    }


def signature_defaults(built: Callable[..., Any]) -> dict[str, Any]:
    """The default of every argument that has one."""
    parameters = inspect.signature(built).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def differences(new: Any, old: Any, where: str = "") -> list[str]:
    """The fields in which two described identities differ, as `captioner.prompt: 'a' -> 'b'`."""
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        names = sorted(new.keys() | old.keys())
        return [
            line
            for name in names
            for line in differences(new.get(name), old.get(name), f"{where}.{name}".lstrip("."))
        ]
    return [] if new == old else [f"{where}: {old!r} -> {new!r}"]
