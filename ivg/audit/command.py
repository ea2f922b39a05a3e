"""`ivg audit RELEASE`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from ivg.arguments import ended_well, take

if TYPE_CHECKING:
    from ivg.audit.asked import Asked
    from ivg.audit.verdict import Verdict
    from ivg.dataset import Dataset
    from ivg.download.settings import DownloadSettings


@dataclass
class AuditSettings:
    """Settings of `ivg audit`.

    Attributes:
        videos: A folder that should have the videos; None: they are downloaded once more.
        urls: A file of addresses, as of `source.urls`, to find the videos' own in.
        youtube: Whether the names are YouTube ids; None: if the release's source says so.
        sample: How many videos are asked for; 0: all.
        seed: Which sample.
        tolerance: Seconds by which a duration may differ.
        out: A file: `.json` of the whole audit, `.jsonl` of the rows that are lost.
        exit_code: End with code 1 if a video is gone or changed.
        workers: Downloads, or files read, at a time.
        cookies: As of `source.cookies`.
        rate_limit: Bytes a second, of each worker.
        sleep_interval: Seconds to wait before each download.
        timeout_secs: Seconds without an answer after which a connection is broken.
        max_attempts: Attempts at one video.
        backoff_secs: Wait after the first of them.
        max_mb: MiB of one file beyond which its download is broken off; None: no limit.
        max_secs: Seconds of the longest video that is downloaded; None: no limit.
        allow_private: Whether addresses of this machine and its network, which a stranger's
            release may name, are allowed.
        scratch: A folder for downloads; they are removed again. None: that of the system.
    """

    videos: str | None = None
    urls: str | None = None
    youtube: bool | None = None
    sample: int = 100
    seed: int = 0
    tolerance: float = 0.25
    out: str | None = None
    exit_code: bool = False
    workers: int = 4
    cookies: str | None = None
    rate_limit: float | None = None
    sleep_interval: float = 0.0
    timeout_secs: float = 30.0
    max_attempts: int = 3
    backoff_secs: float = 5.0
    max_mb: float | None = 20_000.0
    max_secs: float | None = 86_400.0
    allow_private: bool = False
    scratch: str | None = None


def run_audit(arguments: Sequence[str]) -> None:
    """Tell whether the source videos of a release are still there and unchanged."""
    ended_well(lambda: audited(arguments))


def audited(arguments: Sequence[str]) -> bool:
    """Print, and write, what became of the videos; whether the command ends with code 0."""
    from rich.console import Console

    from ivg.audit.asked import drawn, population
    from ivg.audit.report import check_out, render, write
    from ivg.audit.tally import Audit
    from ivg.dataset import open_dataset

    said = "Whether the source videos of a release (or a run) are still there and unchanged."
    (folder,), settings = take(arguments, "ivg audit", said, ["RELEASE"], AuditSettings)
    check(settings)
    check_out(settings.out)
    dataset = open_dataset(folder)
    videos = population(dataset)
    asked = drawn(videos, settings.sample, settings.seed)
    names = frozenset(one.name for one in videos)
    verdicts = tuple(verdicts_on(dataset, asked, names, settings))
    audit = Audit(len(videos), sum(one.n_rows for one in videos), len(asked), verdicts)
    if settings.out:
        write(audit, dataset, settings.out, settings.sample, settings.seed)
    render(audit, settings.seed, Console())
    return not (settings.exit_code and audit.count("gone", "changed"))


def check(settings: AuditSettings) -> None:
    """Refuse values out of range.

    Raises:
        ConfigError: The message names the key.
    """
    from ivg.ranges import number_within, whole_within

    whole_within("sample", settings.sample, 0)
    whole_within("seed", settings.seed, 0)
    number_within("tolerance", settings.tolerance, 0)
    download_settings(settings)


def download_settings(settings: AuditSettings) -> DownloadSettings:
    """The settings of the downloader.

    Raises:
        ConfigError: A value is out of range.
    """
    from ivg.download.settings import DownloadSettings
    from ivg.errors import ConfigError

    scratch = Path(settings.scratch or gettempdir()).expanduser()
    if not scratch.is_dir():
        raise ConfigError(f"scratch={settings.scratch}: there is no such folder")
    same = ("workers", "cookies", "rate_limit", "sleep_interval", "timeout_secs", "max_attempts")
    more = ("backoff_secs", "max_mb", "max_secs", "allow_private")
    given = {name: getattr(settings, name) for name in (*same, *more)}
    try:
        return DownloadSettings(videos_dir=str(scratch), **given)
    except ConfigError as error:
        raise ConfigError(str(error).replace("source.", "")) from error


def verdicts_on(
    dataset: Dataset, asked: Sequence[Asked], names: frozenset[str], settings: AuditSettings
) -> Iterable[Verdict]:
    """Look in the folder, or download."""
    if settings.videos is not None:
        from ivg.audit.folder import in_folder

        return in_folder(asked, names, settings.videos, settings.tolerance, settings.workers)
    from ivg.audit.addresses import targets
    from ivg.audit.online import by_download

    where = targets(dataset, asked, settings.urls, settings.youtube)
    # the same preference gives the same format again, where the site still has it
    sorting = dataset.config().get("source", {}).get("format_sort")
    how = download_settings(settings)
    if isinstance(sorting, list):
        how = replace(how, format_sort=sorting)
    return by_download(asked, where, how, settings.tolerance)
