"""`ivg diff A B`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ivg.arguments import ended_well, take


@dataclass
class DiffSettings:
    """Settings of `ivg diff`.

    Attributes:
        out: A file for the whole list of rows: `.json`, `.jsonl` or `.md`.
        examples: How many rows of each reason are printed.
        exit_code: End with code 1 if a row differs, as `git diff --exit-code` does.
    """

    out: str | None = None
    examples: int = 2
    exit_code: bool = False


def run_diff(arguments: Sequence[str]) -> None:
    """Tell what differs between two runs or releases."""
    ended_well(lambda: differing(arguments))


def differing(arguments: Sequence[str]) -> bool:
    """Print, and write, what differs; whether the command ends with code 0."""
    from rich.console import Console

    from ivg.dataset import open_dataset
    from ivg.diff.difference import Difference
    from ivg.diff.report import render
    from ivg.diff.tally import ByReason, summary
    from ivg.diff.written import opened
    from ivg.ranges import whole_within

    said = "Rows added, removed and changed between two runs or releases, and why."
    (a, b), settings = take(arguments, "ivg diff", said, ["A", "B"], DiffSettings)
    by_reason = ByReason(whole_within("examples", settings.examples, 0))
    found = Difference(open_dataset(a), open_dataset(b))
    with opened(settings.out) as file:
        for change in by_reason.watch(found.changes()):
            if file:
                file.add(change)
        if file:
            file.finish(summary(found, by_reason))
    render(found, by_reason, Console())
    return found.books.is_alike or not settings.exit_code
