"""Rows out of the parts of a table: parts stay open, decoded row groups at hand, a few of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import groupby

import numpy as np
import pyarrow as pa

from ivg.catalogue import Catalogue, Place
from ivg.errors import DamagedError
from ivg.parts import BOOKS_COLUMNS, Ids, Opened, Part, decode_rows
from ivg.records import HEAVY
from ivg.stage import Processed

OPEN_PARTS = 16
GROUPS_KEPT = 8


class Reader:
    """Reads rows by their places."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        self._opened = lru_cache(OPEN_PARTS)(Opened)
        self._group = lru_cache(GROUPS_KEPT)(self._read_group)

    def forget(self) -> None:
        """Open again what is read from now on: files may have been replaced."""
        self._group.cache_clear()
        self._opened.cache_clear()

    def ids(self, part: Part) -> Ids:
        """The videos of a part.

        Raises:
            FileNotFoundError: It is gone.
            DamagedError: It is not as it was written.
        """
        return self._opened(part.lighter).ids()

    def dropped(self, part: Part) -> Ids:
        """The videos of a part that its stage has dropped.

        Raises:
            FileNotFoundError: It is gone.
            DamagedError: It is not as it was written.
        """
        return self._opened(part.lighter).dropped()

    def check(self, part: Part) -> None:
        """Read every byte of a part.

        Raises:
            FileNotFoundError: It is gone.
            DamagedError: It is not as it was written.
        """
        self._opened(part).check()

    def rows(self, part: Part, rows: Sequence[int], fields: Sequence[str]) -> Iterator[Processed]:
        """Rows of one part, ascending, with only `fields` read.

        Raises:
            FileNotFoundError: It is gone.
            DamagedError: It is not as it was written.
        """
        source = part if HEAVY.intersection(fields) else part.lighter
        starts = self._opened(source).starts
        groups = (np.searchsorted(starts, rows, "right") - 1).tolist()
        for group, some in groupby(zip(groups, rows, strict=True), key=lambda pair: pair[0]):
            table = self._group(source, group, (*BOOKS_COLUMNS, *fields))
            yield from decode_rows(table, [row - int(starts[group]) for _, row in some], fields)

    def current(
        self, part: Part, catalogue: Catalogue, tell: Callable[[Part, Exception], None]
    ) -> Iterator[pa.Table]:
        """The rows of a part that count, group by group.

        Args:
            part: Of the table.
            catalogue: Says which of two rows of a video counts.
            tell: Is called where a group is damaged; it is left out.
        """
        try:
            opened = self._opened(part)
        except (DamagedError, FileNotFoundError) as error:
            tell(part, error)
            return
        for start, table in opened.whole_groups(partial(tell, part)):
            places = catalogue.places(table["video_id"].to_pylist())
            mask = [place in (None, (part, start + row)) for row, place in enumerate(places)]
            yield table if all(mask) else table.filter(pa.array(mask, pa.bool_()))

    def _read_group(self, part: Part, group: int, columns: tuple[str, ...]) -> pa.Table:
        return self._opened(part).group(group, columns)


def by_part(
    places: Iterable[tuple[Place, str]],
) -> Iterator[tuple[Part, list[int], list[str]]]:
    """Places and their videos in reading order: part by part, rows ascending."""
    found = sorted(places, key=lambda pair: (str(pair[0][0].path), pair[0][1]))
    for part, some in groupby(found, key=lambda pair: pair[0][0]):
        both = list(some)
        yield part, [place[1] for place, _ in both], [video for _, video in both]
