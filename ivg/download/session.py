"""One YoutubeDL, used by one thread at a time."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor
from yt_dlp.utils import DownloadCancelled

from ivg.download.addresses import only_public
from ivg.download.pages import BoundedYoutubeDL
from ivg.download.settings import DownloadSettings
from ivg.download.target import Target
from ivg.download.tools import ffmpeg_path, js_runtimes
from ivg.errors import (
    NotMediaError,
    UnknownDownloadError,
    VideoError,
    VideoTooLargeError,
    VideoTooLongError,
)
from ivg.sources.paths import VIDEO_EXTENSIONS

log = logging.getLogger(__name__)

LOCAL_ONLY = ["-protocol_whitelist", "file,pipe"]
"""For ffmpeg, before each input: it joins files here and asks nobody for anything."""
LIVE = ("is_live", "is_upcoming", "post_live")


class Quiet:
    """yt-dlp's logger: all of it for debugging only; the downloader reports failures, typed."""

    debug = warning = error = staticmethod(log.debug)


class Session:
    """Downloads one target after the other.

    Args:
        settings: How to download.
        cookies: The text of the cookies file; each session has a copy, so none writes to it.
        stop: Set when the run ends early.
    """

    def __init__(self, settings: DownloadSettings, cookies: str, stop: threading.Event) -> None:
        self.stop = stop
        self.settings = settings
        self.ydl = BoundedYoutubeDL(
            {
                **options(settings),
                "cookiefile": io.StringIO(cookies) if cookies else None,
                "progress_hooks": [self.check_stop, self.check_size],
            }
        )

    def fetch(self, target: Target, folder: Path) -> Path:
        """Download into `folder`; a later call goes on where an earlier one broke off.

        Nothing of the name comes from outside except the format's id, which yt-dlp cleans and
        which keeps parts of different formats from being joined.

        Raises:
            Exception: Whatever yt-dlp raises; see `classify`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        escaped = str(folder / target.stem).replace("%", "%%")
        self.ydl.params["outtmpl"]["default"] = f"{escaped}.%(format_id).40s.%(ext)s"
        with nullcontext() if self.settings.allow_private else only_public(target.url):
            info = self.ydl.extract_info(target.url)
        return downloaded_file(info, target, folder)

    def check_stop(self, status: Mapping[str, Any]) -> None:
        """Break off when the run ends early."""
        if self.stop.is_set():
            raise DownloadCancelled

    def check_size(self, status: Mapping[str, Any]) -> None:
        """Break off a file that is too large, whatever its server said.

        Raises:
            VideoTooLargeError: More than `source.max_mb` came.
        """
        most = self.settings.max_mb
        if most is not None and (status.get("downloaded_bytes") or 0) > most * 2**20:
            raise VideoTooLargeError(f"more than source.max_mb={most:g} MiB")

    def close(self) -> None:
        """Close the connections."""
        self.ydl.close()


def options(settings: DownloadSettings) -> dict[str, Any]:
    """yt-dlp's options."""

    def pause(n: int) -> float:
        return min(settings.backoff_secs * 2.0**n, settings.max_backoff_secs)

    return {
        "color": "no_color",
        "external_downloader_args": {"ffmpeg_i": LOCAL_ONLY},
        "extract_flat": "in_playlist",
        "extractor_retries": settings.retries,
        "ffmpeg_location": ffmpeg_path(),
        "format_sort": list(settings.format_sort),
        "fragment_retries": settings.retries,
        "js_runtimes": js_runtimes(),
        "logger": Quiet(),
        "match_filter": partial(only_one_video, max_secs=settings.max_secs),
        "max_sleep_interval": settings.max_sleep_interval,
        "noplaylist": True,
        "noprogress": True,
        "outtmpl": {"default": ""},
        "playlist_items": "1",
        "postprocessor_args": {f"{name}+ffmpeg_i": LOCAL_ONLY for name in joiners()},
        "quiet": True,
        "ratelimit": settings.rate_limit,
        "retries": settings.retries,
        "retry_sleep_functions": {"http": pause, "fragment": pause},
        "skip_unavailable_fragments": False,
        "sleep_interval": settings.sleep_interval,
        "socket_timeout": settings.timeout_secs,
        "updatetime": False,
    }


def joiners() -> list[str]:
    """yt-dlp's steps that run ffmpeg, as its options name them."""
    found = FFmpegPostProcessor.__subclasses__()
    for step in found:
        found += step.__subclasses__()
    return sorted({step.pp_key().lower() for step in found})


def only_one_video(
    info: Mapping[str, Any], *, incomplete: bool = False, max_secs: float | None = None
) -> None:
    """Refuse what would give many files, or never end, or take too long.

    Raises:
        NotMediaError: It is no single video that has ended.
        VideoTooLongError: It lasts longer than `source.max_secs`.
    """
    if info.get("playlist_index") is not None:
        raise NotMediaError("the address is a list of videos; give the videos one by one")
    if info.get("live_status") in LIVE or info.get("is_live"):
        raise NotMediaError("a live broadcast that has not ended; no video yet")
    secs = info.get("duration")
    if max_secs is not None and isinstance(secs, int | float) and secs > max_secs:
        raise VideoTooLongError(f"lasts {secs:g} s, more than source.max_secs={max_secs:g}")


def downloaded_file(info: Any, target: Target, folder: Path) -> Path:
    """The one file that yt-dlp says it wrote, if it lies where it was told to write."""
    done = (info or {}).get("requested_downloads") or []
    if not done:
        raise NotMediaError(f"{target.url}: nothing there to download")
    path = Path(done[0]["filepath"])
    if path.parent != folder or not path.is_file():
        raise UnknownDownloadError(f"{target.url}: yt-dlp wrote {path}, not into {folder}")
    return path


def accept(path: Path, target: Target, videos_dir: Path) -> Path:
    """Move a finished download to its place, after a look at what it is.

    Raises:
        NotMediaError: It holds no picture; the file is deleted.
    """
    check_media(path, target)
    suffix = path.suffix.lower()
    # yt-dlp's `.unknown_video`; readers go by content, people and folders by extension.
    final = videos_dir / f"{target.stem}{suffix if suffix in VIDEO_EXTENSIONS else '.mp4'}"
    path.replace(final)
    return final


def check_media(path: Path, target: Target) -> None:
    """Open the file once: a server may call anything a video."""
    from ivg.video.probe import probe_apart

    try:
        probe_apart(path)
    except VideoError as error:
        raise NotMediaError(f"{target.url}: the answer is no video: {error}") from error
