"""The examination as a table of plain words."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from ivg.doctor.finding import Finding

STYLES = {"ok": "green", "note": "yellow", "bad": "bold red"}


def report(findings: Iterable[Finding], console: Console) -> bool:
    """Print the findings as they come; whether the config can run."""
    bad = 0
    for one in findings:
        state = f"[{STYLES[one.state]}]{one.state:<5}[/]"
        text = escape(" ".join(one.text.split()))
        console.print(f"{state}{one.subject:<11}{text}", soft_wrap=True, highlight=False)
        bad += one.state == "bad"
    end = f"this config can't run here: {bad} bad" if bad else "this config can run here"
    console.print(end, soft_wrap=True, highlight=False)
    return not bad
