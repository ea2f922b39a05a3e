"""Checks of numbers that come from a config."""

from __future__ import annotations

import math

from ivg.errors import ConfigError


def number_within(key: str, value: float, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` if it is a finite number in [low, high].

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        raise ConfigError(f"{key} must be {wanted(low, high)}, got {value!r}")
    return value


def wanted(low: float, high: float) -> str:
    """The allowed range in words."""
    if math.isinf(low):
        return "a finite number" if math.isinf(high) else f"at most {high:g}"
    return f"at least {low:g}" if math.isinf(high) else f"a number from {low:g} to {high:g}"


def flag(key: str, value: bool) -> bool:
    """Return `value` if it is true or false.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false, got {value!r}")
    return value
