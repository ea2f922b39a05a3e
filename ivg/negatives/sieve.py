"""Counts which rows go, and why."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ivg.records import BoolArray


class Sieve:
    """The rows that are still in, and how many went for which reason.

    Attributes:
        left: (c,) whether each row is still in.
        dropped: Rows gone by reason; a row counts once, for the first reason that it met.
    """

    def __init__(self, rows: int, dropped: Counter[str]) -> None:
        """All rows are in; those that go are added to `dropped`."""
        self.left: BoolArray = np.ones(rows, dtype=np.bool_)
        self.dropped = dropped

    def drop(self, reason: str, mask: BoolArray) -> None:
        """Take out the rows in `mask`."""
        gone = int(np.count_nonzero(self.left & mask))
        if gone:
            self.dropped[reason] += gone
            self.left = self.left & ~mask
