"""Download videos once more, and judge what comes; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ivg.audit.addresses import without_secrets
from ivg.audit.asked import Asked
from ivg.audit.verdict import Status, Verdict, judged
from ivg.download.downloader import Downloader, Fetched
from ivg.download.settings import DownloadSettings
from ivg.download.target import Target
from ivg.errors import (
    AccessDeniedError,
    AgeRestrictedError,
    DownloadError,
    GeoBlockedError,
    NetworkError,
    NotMediaError,
    RateLimitedError,
    VideoGoneError,
    VideoPrivateError,
)
from ivg.models.batches import batches
from ivg.sources.content import content_ids

ROUND = 4
"""Videos of a worker that lie on the disk at a time."""

REASONS: tuple[tuple[type[DownloadError], Status, str], ...] = (
    (VideoGoneError, "gone", "gone"),
    (VideoPrivateError, "gone", "private"),
    (NotMediaError, "gone", "no video at the address"),
    (AgeRestrictedError, "unknown", "age-restricted: needs cookies"),
    (GeoBlockedError, "unknown", "not offered in this country"),
    (AccessDeniedError, "unknown", "access denied: may need cookies"),
    (RateLimitedError, "unknown", "rate-limited"),
    (NetworkError, "unknown", "network"),
    (DownloadError, "unknown", "the download failed"),
)
"""What a failure says of the video: only the first three say that it is not there any more."""


def by_download(
    asked: Sequence[Asked],
    where: Mapping[str, Target],
    settings: DownloadSettings,
    tolerance: float,
) -> Iterator[Verdict]:
    """Judge each video by what its address gives today.

    Args:
        asked: The videos.
        where: What to download, by name.
        settings: How; a temporary folder in `videos_dir` is used, and removed.
        tolerance: As for `judged`.

    Raises:
        SourceError: The folder can't be written, or the cookies file can't be read.
    """
    for some in batches(list(asked), ROUND * settings.workers):
        known = [one for one in some if one.name in where]
        with TemporaryDirectory(prefix="ivg-audit-", dir=settings.videos_dir) as folder:
            found = fetched([where[one.name] for one in known], settings, Path(folder))
            ids = content_ids(sorted(found.paths.values()), Path(folder), settings.workers)
            for one in some:
                if one.name not in where:
                    yield Verdict(one, "unknown", "its address is not known")
                    continue
                target = where[one.name]
                path = found.paths.get(target.key)
                if path is None:
                    yield failed(one, target, found.errors[target.key])
                else:
                    yield judged(one, path, ids[path], tolerance)


def fetched(targets: Sequence[Target], settings: DownloadSettings, folder: Path) -> Fetched:
    """Download into an empty folder, so that nothing is taken for fetched already."""
    return Downloader(settings, folder).fetch(targets)


def failed(one: Asked, target: Target, error: DownloadError) -> Verdict:
    """The verdict on a video that could not be downloaded."""
    status, reason = next((s, why) for kind, s, why in REASONS if isinstance(error, kind))
    return Verdict(one, status, reason, without_secrets(str(error), target.url))
