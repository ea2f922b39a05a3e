"""Checks of values that come from a config."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TypeGuard

from ivg.errors import ConfigError


def number_within(key: str, value: float, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` if it is a finite number in [low, high].

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if not is_finite(value) or not low <= value <= high:
        raise ConfigError(f"{key} must be {wanted(low, high)}, got {value!r}")
    return value


def is_finite(value: object) -> TypeGuard[float]:
    """Whether `value` is a number that a float can hold, and neither infinite nor a NaN."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -sys.float_info.max <= value <= sys.float_info.max  # type: ignore[operator]


def whole_within(key: str, value: int, low: float = -math.inf, high: float = math.inf) -> int:
    """Return `value` if it is a whole number in [low, high]; 3.0 is one.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    number = number_within(key, value, low, high)
    if number != int(number):
        raise ConfigError(f"{key} must be a whole number, got {value!r}")
    return int(number)


def optional_whole_within(
    key: str, value: int | None, low: float, high: float = math.inf
) -> int | None:
    """Return `value` if it is None or a whole number in [low, high].

    Raises:
        ConfigError: It is neither; the message names `key`.
    """
    return None if value is None else whole_within(key, value, low, high)


def one_of(key: str, value: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if value not in choices:
        raise ConfigError(f"{key} must be {' or '.join(choices)}, got {value!r}")
    return value


def wanted(low: float, high: float) -> str:
    """The allowed range in words."""
    if math.isinf(low):
        return "a finite number" if math.isinf(high) else f"at most {high:g}"
    return f"at least {low:g}" if math.isinf(high) else f"a number from {low:g} to {high:g}"


def text(key: str, value: str) -> str:
    """Return `value` if it is a text that is not empty; no system takes a NUL in one.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(f"{key} must be a text, got {value!r}")
    return value


def optional_text(key: str, value: str | None) -> str | None:
    """Return `value` if it is None or a text that is not empty.

    Raises:
        ConfigError: It is neither; the message names `key`.
    """
    return None if value is None else text(key, value)


def texts(key: str, value: str | Sequence[str]) -> str | list[str]:
    """Return `value` if it is a text or a list of texts, none of them empty.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if isinstance(value, list | tuple) and value:
        return [text(key, item) for item in value]
    return text(key, value)  # type: ignore[arg-type]


def flag(key: str, value: bool) -> bool:
    """Return `value` if it is true or false.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false, got {value!r}")
    return value


def span_within(
    key: str, value: Sequence[float], low: float = -math.inf, high: float = math.inf
) -> tuple[float, float]:
    """Return `value` as a pair if it is two finite numbers in [low, high], the lower first.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise ConfigError(f"{key} must be two numbers like [1,2], got {value!r}")
    first, second = (number_within(key, item, low, high) for item in value)
    if first > second:
        raise ConfigError(f"{key} must have its lower number first, got {list(value)!r}")
    return first, second


def whole_span_within(
    key: str, value: Sequence[int], low: float = -math.inf, high: float = math.inf
) -> tuple[int, int]:
    """Return `value` as a pair if it is two whole numbers in [low, high], the lower first.

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    first, second = span_within(key, value, low, high)
    return whole_within(key, first, low, high), whole_within(key, second, low, high)  # type: ignore[arg-type]
