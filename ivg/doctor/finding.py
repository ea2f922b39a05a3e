"""What an examination finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "bad"]


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        state: `ok`; `note`: worth knowing, but no obstacle; `bad`: the config can't run.
        subject: What was looked at.
        text: What was found, in plain words.
    """

    state: State
    subject: str
    text: str


def tried(subject: str, attempt: Callable[[], str], otherwise: State = "bad") -> Finding:
    """What an attempt says of itself, or the error that it ended in."""
    try:
        return Finding("ok", subject, attempt())
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what is asked for
        return Finding(otherwise, subject, f"{type(error).__name__}: {error}")
