"""Draw the README's table of a sweep: `python picture.py SWEEP_DIR`."""

import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ivg.sweep.console import jobs_table
from ivg.sweep.jobs import read_jobs

FILE = Path(__file__).with_name("table.svg")
WIDTH = 132


def main() -> None:
    """What `ivg sweep-summary` prints, without the column `reused`, which is long."""
    jobs = read_jobs(Path(sys.argv[1]))
    short = [replace(job, summary=replace(job.summary, lines=())) for job in jobs if job.summary]
    table = jobs_table(short)
    table.columns.pop()
    console = Console(record=True, width=WIDTH)
    console.print(table)
    console.save_svg(str(FILE), title="ivg build -m experiment=threshold_sweep_small")


if __name__ == "__main__":
    main()
