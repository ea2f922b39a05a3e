"""`ivg report RUN|RELEASE|SWEEP`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivg.arguments import ended_well, take
from ivg.errors import ConfigError
from ivg.ranges import one_of, whole_within

ABOUT = """Pages to look at a dataset and to review it, in a folder that opens from disk.
The only file in it that names a place on this machine is data/local.js (where the videos are):
link_videos=false leaves it empty, for reports that you hand on."""


@dataclass
class ReportSettings:
    """What `ivg report` may be told.

    Attributes:
        out: The folder to write; default `report` in the run or sweep, `<release>-report` beside a
            release, which must stay as it was signed.
        videos: Folder of the video files by their names; default where the run had them.
        link_videos: Whether segments can be played: writes the places of the videos, relative to
            the report, into `data/local.js`.
        store: The store, for thumbnails; default that of the run.
        thumbnails: So many videos, the first ones, get thumbnails (some 5 KB a scene).
        max_rows: Above so many rows the table holds a random sample of so many.
        seed: Of that sample.
        jobs: Of a sweep: reports of `all` finished jobs, or of the `best`.
    """

    out: str | None = None
    videos: str | None = None
    link_videos: bool = True
    store: str | None = None
    thumbnails: int = 1000
    max_rows: int = 200_000
    seed: int = 0
    jobs: str = "all"

    def check(self) -> None:
        """Refuse values out of range.

        Raises:
            ConfigError: The message names the setting.
        """
        whole_within("thumbnails", self.thumbnails, 0)
        whole_within("max_rows", self.max_rows, 1)
        whole_within("seed", self.seed, 0)
        one_of("jobs", self.jobs, ("all", "best"))
        for name in ("videos", "store"):
            folder = getattr(self, name)
            if folder is not None and not Path(folder).expanduser().is_dir():
                raise ConfigError(f"{name}={folder}: there is no such folder")


def run_report(arguments: Sequence[str]) -> None:
    """The command."""
    ended_well(lambda: report(arguments))


def report(arguments: Sequence[str]) -> bool:
    """Write the report and say where it is.

    Raises:
        ConfigError: A setting can't be used.
        DatasetError: The folder is no run, release or sweep, or a file in it is broken.
    """
    (folder,), settings = take(
        arguments, "ivg report", ABOUT, ["RUN|RELEASE|SWEEP"], ReportSettings
    )
    settings.check()
    from ivg.report.sweep import is_sweep, write_sweep_report
    from ivg.report.write import write_report

    write = write_sweep_report if is_sweep(folder) else write_report
    sys.stdout.write(f"open {write(folder, settings) / 'index.html'}\n")
    return True
