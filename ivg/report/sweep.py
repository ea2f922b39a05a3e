"""The report of a sweep: its page, and a report of each job behind its name."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ivg.report.write import MARK, PAGE, new_folder, write_report
from ivg.stages.export import FINAL
from ivg.sweep.best import best
from ivg.sweep.errors import job_folders
from ivg.sweep.jobs import Job, read_jobs, swept
from ivg.sweep.page import write_page
from ivg.sweep.plots import write_plots
from ivg.sweep.table import table

if TYPE_CHECKING:
    from ivg.report.command import ReportSettings


def is_sweep(folder: Path) -> bool:
    """Whether a folder holds jobs and no dataset of its own."""
    return folder.is_dir() and not (folder / FINAL).is_file() and bool(job_folders(folder))


def write_sweep_report(folder: Path, settings: ReportSettings) -> Path:
    """Write the page of a sweep with a report of each finished job, or of the best.

    Returns:
        The report's folder.

    Raises:
        ConfigError: The report's folder holds something else.
        DatasetError: A file of a job is missing or broken.
    """
    jobs = read_jobs(folder.absolute())
    target = Path(settings.out).expanduser() if settings.out else folder / "report"
    with new_folder(target) as temporary:
        links = {job.name: f"jobs/{number}/{PAGE}" for number, job in chosen(jobs, settings.jobs)}
        for number, job in chosen(jobs, settings.jobs):
            write_report(job.folder, settings, temporary / "jobs" / str(number))
        write_front(jobs, folder.absolute().name, temporary, links)
    return target


def chosen(jobs: list[Job], which: str) -> list[tuple[int, Job]]:
    """Jobs that get a report, each with its place."""
    winner = best(jobs)
    return [
        (number, job)
        for number, job in enumerate(jobs)
        if job.status == "finished"
        and (job.folder / FINAL).is_file()
        and (which == "all" or job is winner)
    ]


def write_front(jobs: list[Job], name: str, folder: Path, links: dict[str, str]) -> None:
    """The page of the sweep, with its plots in it."""
    with TemporaryDirectory() as place:
        plots = write_plots(jobs, swept(jobs), Path(place))
        write_page(jobs, table(jobs), plots, folder / PAGE, name, links, MARK)
