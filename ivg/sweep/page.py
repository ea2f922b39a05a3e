"""The page of a sweep: one file that loads nothing and runs nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ivg.files import write_text
from ivg.shown import shown
from ivg.sweep.best import best, command
from ivg.sweep.jobs import Job

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("low", "high", "n")


def write_page(
    jobs: Sequence[Job],
    frame: pd.DataFrame,
    plots: Sequence[Path],
    path: Path,
    name: str = "",
    links: Mapping[str, str] = MappingProxyType({}),
    generator: str = "ivg",
) -> None:
    """Write the page whole; every text in it is escaped.

    Args:
        jobs: A row each.
        frame: Their table.
        plots: Pictures that go into the page.
        path: Of the page.
        name: Of the sweep; empty for that of the page's folder.
        links: By name of a job, the address of a page about it.
        generator: What the page says that it was made by.
    """
    from jinja2 import Environment, StrictUndefined

    source = files("ivg.sweep").joinpath("page.html").read_text(encoding="utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    write_text(
        path, page.render(told(jobs, frame, plots, name or path.parent.name, links, generator))
    )


def told(
    jobs: Sequence[Job],
    frame: pd.DataFrame,
    plots: Sequence[Path],
    name: str,
    links: Mapping[str, str],
    generator: str,
) -> dict[str, Any]:
    """What the template asks for."""
    winner, columns = best(jobs), main_columns(frame)
    return {
        "name": shown(name),
        "generator": generator,
        "finished": sum(job.status == "finished" for job in jobs),
        "best": shown(winner.name) if winner else "",
        "objective": winner.objective.name if winner and winner.objective else "",
        "command": command(winner) if winner else "",
        "examples": examples(winner),
        "columns": columns,
        "rows": [
            {
                "kind": kind(job, winner),
                "link": links.get(job.name, ""),
                "cells": [cell(row, name) for name in columns],
            }
            for job, row in zip(jobs, frame.to_dict("records"), strict=True)
        ],
        "plots": [
            {"title": plot.stem.replace("_", " "), "data": b64encode(plot.read_bytes()).decode()}
            for plot in plots
        ],
    }


def main_columns(frame: pd.DataFrame) -> list[str]:
    """The columns without those that belong to a figure: its interval and n."""
    own = {f"{name} {part}" for name in frame.columns for part in PARTS}
    return [str(name) for name in frame.columns if name not in own]


def kind(job: Job, winner: Job | None) -> str:
    """The class of a row."""
    return "best" if job is winner else job.status


def cell(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A value in words, with interval and n if it is a figure's."""
    value = row[name]
    low, high, n = (words(row.get(f"{name} {part}")) for part in PARTS)
    more = ", ".join(part for part in (f"{low} .. {high}" if low else "", n and f"n={n}") if part)
    return {"value": words(value), "text": isinstance(value, str), "more": more}


def words(value: Any) -> str:
    """Four digits of a number, nothing for what is missing, text made fit to be shown."""
    if value is None or value != value:  # NaN is not itself
        return ""
    return shown(value) if isinstance(value, str) else f"{value:.6g}"


def examples(winner: Job | None) -> list[dict[str, Any]]:
    """Some annotations of the best job."""
    rows = winner.summary.examples if winner and winner.summary else ()
    return [{**row, "caption": shown(row["caption"]), "video": shown(row["video"])} for row in rows]
