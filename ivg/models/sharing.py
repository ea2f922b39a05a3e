"""One copy of equal weights in a process, for as long as anything uses it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

_alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()


def shared(key: Hashable, load: Callable[[], T]) -> T:
    """What `load` returns, or what it returned for an equal key if that is still in use.

    Nothing is kept for its own sake: a sweep over models must not pile up their weights.
    """
    found: T | None = _alive.get(key)
    if found is None:
        found = load()
        _alive[key] = found
    return found
