"""What a job that failed leaves in its folder, so that the sweep can go on without it."""

from __future__ import annotations

import logging
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ivg.errors import IvgError
from ivg.files import write_text
from ivg.secrets import redacted

log = logging.getLogger(__name__)

ERROR = "error.txt"
HYDRA = ".hydra"


def job_folders(sweep_dir: Path) -> list[Path]:
    """The folders of the jobs at any depth, in the order of their numbers."""
    found = [Path(root) for root in walked(sweep_dir) if root != str(sweep_dir)]
    return sorted(found, key=lambda folder: in_order(str(folder.relative_to(sweep_dir))))


def walked(sweep_dir: Path) -> Iterator[str]:
    """The folders that hold `.hydra`; what lies inside them is not looked at."""
    for root, folders, _ in os.walk(sweep_dir):
        if HYDRA in folders:
            yield root
            if root != str(sweep_dir):
                folders.clear()
        folders[:] = [name for name in folders if not name.startswith(".")]


def in_order(name: str) -> tuple[int, int, str]:
    """Numbers by value, before names by letter."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)


def forget_jobs(sweep_dir: Path) -> None:
    """Remove what the jobs of an earlier sweep left in the same folder, as a rerun of a job does.

    A folder in which a run is under way is left alone.
    """
    from ivg.summary import clear

    for folder in job_folders(sweep_dir):
        lock = FileLock(folder / ".lock")
        try:
            with lock.acquire(timeout=0):
                clear(folder)
                (folder / ERROR).unlink(missing_ok=True)
                shutil.rmtree(folder / HYDRA)
        except Timeout:
            log.warning("%s: another sweep is running here", folder)


def failed_folders(sweep_dir: Path) -> list[Path]:
    """The jobs that ended with an error."""
    return [folder for folder in job_folders(sweep_dir) if (folder / ERROR).is_file()]


def spared(job: Callable[[], float], run_dir: Path, minimised: bool = False) -> float:
    """Do one job of a sweep; an error is written down and costs this job only.

    Hydra's sweepers drop the jobs after a failure: the basic one those of later batches, Optuna's
    the rest of the search. They get the worst value there is instead.

    Args:
        job: Returns the objective.
        run_dir: The job's folder.
        minimised: Whether the sweeper looks for the smallest value.
    """
    try:
        return job()
    except Exception as error:
        message = redacted(f"{type(error).__name__}: {error}")
        log.error("%s", message, exc_info=not isinstance(error, IvgError))
        log.debug("the job failed", exc_info=True)
        write_text(run_dir / ERROR, message + "\n")
        return math.inf if minimised else -math.inf
