"""`ivg sweep-summary`: from the folders of a sweep's jobs to its table, plots and page."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ivg.errors import ConfigError
from ivg.secrets import redact_files
from ivg.sweep.console import tell
from ivg.sweep.jobs import Job, read_jobs, swept
from ivg.sweep.page import write_page
from ivg.sweep.plots import write_plots
from ivg.sweep.table import table, write_csv

CSV = "summary.csv"
PAGE = "summary.html"


def sweep_summary(sweep_dir: Path, console: Console) -> list[Job]:
    """Write `summary.csv`, the plots and `summary.html` into the folder; print the table.

    Args:
        sweep_dir: What `ivg build -m` has made: a folder of job folders.
        console: Where the table is printed.

    Returns:
        The jobs.

    Raises:
        ConfigError: The folder holds no job, or can't be written.
    """
    jobs = read_jobs(sweep_dir.absolute())
    redact_files(sweep_dir, "multirun.yaml")
    try:
        files = written(jobs, sweep_dir)
    except OSError as error:
        raise ConfigError(f"{error.filename or sweep_dir}: {error.strerror}") from error
    tell(jobs, files, console)
    return jobs


def written(jobs: list[Job], sweep_dir: Path) -> list[Path]:
    """Write the files and name them."""
    frame, folder = table(jobs), sweep_dir.absolute()
    write_csv(frame, folder / CSV)
    plots = write_plots(jobs, swept(jobs), folder)
    write_page(jobs, frame, plots, folder / PAGE)
    return [sweep_dir / path.name for path in (folder / CSV, *plots, folder / PAGE)]
