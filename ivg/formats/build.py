"""The format that a name and overrides choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from ivg.errors import ConfigError


def names() -> list[str]:
    """All formats, sorted."""
    found = (path.name for path in files("ivg.conf.format").iterdir())
    return sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml"))


def format_config(name: str, overrides: Sequence[str]) -> dict[str, Any]:
    """The YAML of a format with `format.key=value` applied.

    Raises:
        ConfigError: There is no such format or key.
    """
    from ivg.compose import composed
    from ivg.overrides import quote_where_needed
    from ivg.plan import resolved

    if name not in names():
        raise ConfigError(f"format={name}: there is none; the formats are {', '.join(names())}")
    config = resolved(
        composed([f"format={name}", *quote_where_needed(list(overrides))], primary="export")
    )
    return dict(config["format"])


def build_format(config: Mapping[str, Any]) -> Any:
    """The object, of a known package.

    Raises:
        ConfigError: A value can't be used.
    """
    from ivg.targets import build

    return build(config)
