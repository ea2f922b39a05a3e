"""Which classes a config may name, and how they are built.

A config comes with a release or from a stranger, so `_target_` is not trusted: only packages in
`known_packages` are imported. `IVG_PACKAGES=mylab,other` in the environment adds the user's own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from ivg.errors import ConfigError

FORBIDDEN = ("_partial_", "_args_")


def known_packages() -> frozenset[str]:
    """Top-level packages whose classes a config may build."""
    own = os.environ.get("IVG_PACKAGES", "").split(",")
    return frozenset({"ivg", *(name.strip() for name in own if name.strip())})


def locate(target: str) -> type:
    """The class that a `_target_` names.

    Raises:
        ConfigError: The package is not known, or holds no such class of its own.
    """
    module, _, name = target.rpartition(".")
    if module.partition(".")[0] not in known_packages():
        raise ConfigError(
            f"_target_: {target} is outside the known packages {sorted(known_packages())}; "
            "if it is yours, set IVG_PACKAGES=<its package>"
        )
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"_target_: {target} can't be imported: {error}") from error
    home = str(getattr(found, "__module__", "")).partition(".")[0]
    if not isinstance(found, type) or home not in known_packages():
        raise ConfigError(f"_target_: {target} is no class of a known package")
    return found


def build(config: Mapping[str, Any]) -> Any:
    """Instantiate a config by Hydra, after every `_target_` in it was checked.

    Raises:
        ConfigError: A target is unknown or refuses its arguments, or a text holds `${`.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    for target in targets(config):
        locate(target)
    refuse_interpolations(config)
    try:
        return instantiate(config, _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, ConfigError):
            raise error.__cause__ from None
        raise ConfigError(f"{config.get('_target_')}: {error.__cause__ or error}") from error


def targets(config: Any) -> Iterator[str]:
    """Every `_target_` in a config, at any depth."""
    if isinstance(config, Mapping):
        if "_target_" in config:
            yield str(config["_target_"])
            refuse(config)
        for value in config.values():
            yield from targets(value)
    elif isinstance(config, Sequence) and not isinstance(config, str):
        for value in config:
            yield from targets(value)


def refuse(config: Mapping[str, Any]) -> None:
    """Refuse Hydra's ways to build something that the key would not see."""
    for name in FORBIDDEN:
        if name in config:
            raise ConfigError(f"{config['_target_']}: {name} is not allowed in ivg configs")


def refuse_interpolations(config: Any) -> None:
    """Refuse `${` in a config that is resolved: Hydra would resolve it again, unchecked.

    Raises:
        ConfigError: A text at any depth holds one.
    """
    if isinstance(config, str) and "${" in config:
        raise ConfigError(f"{config!r}: ${{ can't be part of a value, not even as \\${{")
    items = config.values() if isinstance(config, Mapping) else config
    if isinstance(items, Iterable) and not isinstance(items, str):
        for item in items:
            refuse_interpolations(item)
