"""What an export counts: rows in, rows written, and why a row was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivg.errors import BooksError, IvgError
from ivg.shown import shown

Row = dict[str, Any]
N_TOLD = 5
"""Videos that are named where rows of them are left out."""


class CannotHoldError(IvgError):
    """A format has no way to say a row; the message is the reason in the books."""


@dataclass
class Books:
    """The books of one part of an export.

    Attributes:
        rows: Read.
        written: Of those, written.
        cleaned: Of those written, the captions that were changed to fit (see the format).
        left_out: The rows that were not written, by reason.
    """

    rows: int = 0
    written: int = 0
    cleaned: int = 0
    left_out: dict[str, list[Row]] = field(default_factory=dict)

    def leave_out(self, reason: str, rows: Sequence[Row]) -> None:
        """Note rows that are not written."""
        self.left_out.setdefault(reason, []).extend(rows)

    @property
    def n_left_out(self) -> int:
        """Rows that were not written."""
        return sum(map(len, self.left_out.values()))

    def check(self, name: str) -> None:
        """Refuse an export that lost a row without saying so.

        Raises:
            BooksError: Rows in are not rows written and left out.
        """
        if self.rows != self.written + self.n_left_out:
            raise BooksError(
                f"{name}: {self.rows} rows in, {self.written} written, {self.n_left_out} left out"
            )

    def lines(self) -> Iterator[str]:
        """What to tell of rows that were left out or changed, fit to be printed."""
        for reason, rows in sorted(self.left_out.items()):
            videos = list(dict.fromkeys(shown(str(row["video"])) for row in rows))
            more = f" and {len(videos) - N_TOLD} more videos" if len(videos) > N_TOLD else ""
            yield f"{len(rows)} left out, {reason}: {', '.join(videos[:N_TOLD])}{more}"
        if self.cleaned:
            yield f"{self.cleaned} captions changed to fit the format"

    def plain(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "rows": self.rows,
            "written": self.written,
            "cleaned": self.cleaned,
            "left_out": {reason: len(rows) for reason, rows in sorted(self.left_out.items())},
        }
