"""How to download; shared by the sources that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ivg.errors import ConfigError

AT_LEAST = {
    "workers": 1,
    "max_attempts": 1,
    "retries": 0,
    "sleep_interval": 0,
    "max_sleep_interval": 0,
    "backoff_secs": 0,
    "max_backoff_secs": 0,
}
ABOVE_ZERO = ("rate_limit", "timeout_secs")


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

    Raises:
        ConfigError: A value is out of range.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset(
        {
            "videos_dir",
            "workers",
            "cookies",
            "rate_limit",
            "sleep_interval",
            "max_sleep_interval",
            "retries",
            "timeout_secs",
            "max_attempts",
            "backoff_secs",
            "max_backoff_secs",
        }
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

    def __post_init__(self) -> None:
        for name, least in AT_LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ConfigError(f"source.{name} must be at least {least}, got {value}")
        for name in ABOVE_ZERO:
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigError(f"source.{name} must be > 0, got {value}")
        if self.max_sleep_interval is not None and self.max_sleep_interval < self.sleep_interval:
            raise ConfigError(
                f"source.max_sleep_interval must be at least source.sleep_interval="
                f"{self.sleep_interval}, got {self.max_sleep_interval}"
            )
        if isinstance(self.format_sort, str):
            raise ConfigError(f"source.format_sort must be a list, got {self.format_sort!r}")
