"""How to download; shared by the sources that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ivg.errors import ConfigError
from ivg.ranges import flag, number_within, text, whole_within

COUNTS = {"workers": 1, "max_attempts": 1, "retries": 0}
SECONDS = ("sleep_interval", "backoff_secs", "max_backoff_secs")
LIMITS = ("max_mb", "max_secs")
ABOVE_ZERO = ("rate_limit", "timeout_secs", *LIMITS)
OPTIONAL = ("rate_limit", "max_sleep_interval", *LIMITS)


@dataclass(frozen=True, kw_only=True)
class DownloadSettings:
    """How to download.

    Args:
        videos_dir: Where the videos are kept; what is there is not fetched again. Permanent
            failures are remembered in its `failed.jsonl`.
        workers: Downloads at a time.
        format_sort: yt-dlp's `-S`: which of the offered formats is best.
        cookies: A `cookies.txt` file (Netscape format); it is read, never written.
        rate_limit: Bytes a second, of each worker; None: no limit.
        sleep_interval: Seconds to wait before each download.
        max_sleep_interval: If given, the wait is drawn between `sleep_interval` and this.
        retries: How often one attempt takes up a broken connection where it broke off.
        timeout_secs: Seconds without an answer after which a connection counts as broken.
        max_attempts: Attempts at one video when the site limits the rate or the network fails.
        backoff_secs: Wait after the first of these attempts; doubles each time, with jitter.
        max_backoff_secs: The longest such wait.
        max_mb: MiB of one file beyond which its download is broken off; None: no limit.
        max_secs: Seconds of the longest video that is downloaded; None: no limit.
        allow_private: Whether addresses of this machine and of the local network are allowed.

    Raises:
        ConfigError: A value is out of range.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset(
        {"videos_dir", "cookies", "allow_private", *COUNTS, *SECONDS, *ABOVE_ZERO, *OPTIONAL}
    )

    videos_dir: str = "videos"
    workers: int = 4
    format_sort: Sequence[str] = ("+res:720", "fps")
    cookies: str | None = None
    rate_limit: float | None = None
    sleep_interval: float = 0.0
    max_sleep_interval: float | None = None
    retries: int = 3
    timeout_secs: float = 30.0
    max_attempts: int = 5
    backoff_secs: float = 5.0
    max_backoff_secs: float = 300.0
    max_mb: float | None = 20_000.0
    max_secs: float | None = 86_400.0
    allow_private: bool = False

    def __post_init__(self) -> None:
        text("source.videos_dir", self.videos_dir)
        flag("source.allow_private", self.allow_private)
        for name, least in COUNTS.items():
            whole_within(f"source.{name}", getattr(self, name), least)
        for name in (*SECONDS, *ABOVE_ZERO, *OPTIONAL):
            self._check_number(name, getattr(self, name))
        if self.max_sleep_interval is not None and self.max_sleep_interval < self.sleep_interval:
            raise ConfigError(
                f"source.max_sleep_interval must be at least source.sleep_interval="
                f"{self.sleep_interval}, got {self.max_sleep_interval}"
            )
        if isinstance(self.format_sort, str) or not isinstance(self.format_sort, Sequence):
            raise ConfigError(f"source.format_sort must be a list, got {self.format_sort!r}")

    def _check_number(self, name: str, value: float | None) -> None:
        if value is None and name in OPTIONAL:
            return
        number = number_within(f"source.{name}", value, 0)  # type: ignore[arg-type]
        if name in ABOVE_ZERO and not number:
            raise ConfigError(f"source.{name} must be > 0, got {value}")
