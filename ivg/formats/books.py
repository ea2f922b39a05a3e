"""What an export counts: rows in, rows written, and why a row was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ivg.errors import BooksError, IvgError
from ivg.shown import shown

Row = dict[str, Any]


class CannotHoldError(IvgError):
    """A format has no way to say a row; the message is the reason in the books."""


@dataclass
class Books:
    """The books of one part of an export.

    Attributes:
        rows: Read.
        written: Of those, written.
        cleaned: Of those written, the captions that were changed to fit (see the format).
        left_out: Of those read, how many were not written, by reason.
        first: The first row of each reason, fit to be printed.
    """

    rows: int = 0
    written: int = 0
    cleaned: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def leave_out(self, reason: str, rows: Sequence[Row]) -> None:
        """Count rows that are not written."""
        self.left_out[reason] += len(rows)
        name = f"{rows[0].get('video')} at {rows[0].get('start_sec')} s: {rows[0].get('caption')!r}"
        self.first.setdefault(reason, shown(name))

    def check(self, name: str) -> None:
        """Refuse an export that lost a row without saying so.

        Raises:
            BooksError: Rows in are not rows written and left out.
        """
        if self.rows != self.written + self.left_out.total():
            raise BooksError(
                f"{name}: {self.rows} rows in, {self.written} written, "
                f"{self.left_out.total()} left out"
            )

    def plain(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "rows": self.rows,
            "written": self.written,
            "cleaned": self.cleaned,
            "left_out": dict(sorted(self.left_out.items())),
        }
