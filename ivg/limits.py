"""What one video may cost: time, memory, frames, pixels and streams.

Videos come from strangers. Their frames, pixels and streams are counted wherever a video is opened;
time and memory are kept by the kernel, in processes apart (`ivg.apart`).
"""

from __future__ import annotations

import resource
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ivg.errors import ConfigError, VideoMemoryLimitError
from ivg.ranges import number_within, whole_within

MEBI = 2**20
MOST = 10**12
"""Of any limit: what the kernel takes. No limit at all is null."""


@dataclass(frozen=True)
class Limits:
    """What one video may cost; None: no limit.

    Attributes:
        secs_per_video: Seconds of wall time of one pass over a video, above 0.
        memory_mb: MiB that a pass may take beyond what its process had before, at least 1. Only
            Linux keeps it.
        frames: Pictures of a video, at least 1.
        pixels: Width times height of a picture, at least 1.
        streams: Streams of a file, at least 1.
    """

    secs_per_video: float | None = 3600
    memory_mb: int | None = 4096
    frames: int | None = 2_000_000
    pixels: int | None = 35_389_440
    streams: int | None = 64

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: One is out of range; the message names its key.
        """
        if self.secs_per_video is not None:
            number_within("limits.secs_per_video", self.secs_per_video, 0.001, MOST)
        for name in ("memory_mb", "frames", "pixels", "streams"):
            if (value := getattr(self, name)) is not None:
                whole_within(f"limits.{name}", value, 1, MOST)

    @property
    def guarded(self) -> bool:
        """Whether videos have to be decoded in processes apart."""
        return self.secs_per_video is not None or self.memory_mb is not None


NO_LIMITS = Limits(None, None, None, None, None)


def limits_of(config: Mapping[str, Any]) -> Limits:
    """The limits that a config gives; those that it does not name have their defaults.

    Raises:
        ConfigError: A key is unknown or its value out of range.
    """
    given = config.get("limits", {})
    if given is None:
        return NO_LIMITS
    known = {field.name for field in fields(Limits)}
    if not isinstance(given, Mapping) or (set(given) - known):
        raise ConfigError(f"limits must be a group with keys among {sorted(known)}, got {given!r}")
    return Limits(**given)


_in_force = [Limits()]
_confined = threading.Event()
_kept: dict[str, int] = {}


def use(limits: Limits) -> None:
    """Let these limits hold in this process from here on, in all its threads."""
    _in_force[:] = [limits]


def in_force() -> Limits:
    """The limits that hold in this process."""
    return _in_force[0]


def is_confined() -> bool:
    """Whether the kernel keeps the memory of this process within `limits.memory_mb` now."""
    return _confined.is_set()


def has_swollen() -> bool:
    """Whether this process keeps over a quarter of `limits.memory_mb` more than when first asked.

    Each pass is limited by what the process has before it, so that what passes keep adds up.
    """
    mib = in_force().memory_mb
    if mib is None or sys.platform != "linux":
        return False
    now = _data_bytes()
    _kept.setdefault("bytes", now)
    return now - _kept["bytes"] > mib * MEBI // 4


def out_of_memory(name: str) -> VideoMemoryLimitError:
    """The error of a video that was refused memory."""
    return VideoMemoryLimitError(
        f"{name}: needs more memory than limits.memory_mb={in_force().memory_mb}: the file may be "
        "made to fill it; raise the limit if it is only big"
    )


@contextmanager
def confined(limits: Limits, name: str) -> Iterator[None]:
    """Let the kernel keep time and memory; past the time it ends this process by SIGALRM.

    A signal's default action needs no interpreter, so that code which never returns ends too.

    Raises:
        VideoMemoryLimitError: The video `name` needs more memory.
    """
    use(limits)
    if limits.secs_per_video is not None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limits.secs_per_video)
    try:
        with _memory(limits.memory_mb):
            yield
    except MemoryError as error:
        raise out_of_memory(name) from error
    finally:
        if limits.secs_per_video is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _memory(mib: int | None) -> Iterator[None]:
    """Let allocations fail beyond what the process has now and so many MiB."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    if mib is None or sys.platform != "linux":
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + mib * MEBI, before[1]))
    _confined.set()
    try:
        yield
    finally:
        _confined.clear()
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int:
    """What the kernel counts against RLIMIT_DATA now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))
