"""The books of a run: for every stage, in = out + dropped(reason) + failed(error type)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivg.errors import BooksError
from ivg.stage import Processed, Tally


@dataclass
class Ledger:
    """The books of one stage: a line for videos, then one for each smaller unit.

    Attributes:
        stage: The stage's name.
        key: The key of its results; empty for the source.
        seconds: Wall time in this run.
        computed: Videos computed in this run; the rest was reused.
    """

    stage: str
    key: str = ""
    seconds: float = 0.0
    computed: int = 0
    videos: Tally = field(default_factory=lambda: Tally("video", 0, 0))
    units: dict[str, Tally] = field(default_factory=dict)

    @property
    def lines(self) -> list[Tally]:
        """The line of the videos and those of smaller units."""
        return [self.videos, *self.units.values()]

    def enter(self, done: Processed) -> None:
        """Book one video."""
        dropped = {done.reason: 1} if done.status == "dropped" else {}
        failed = {done.failure.error: 1} if done.failure else {}
        self.videos += Tally("video", 1, int(done.status == "out"), dropped, failed)
        for tally in done.outcome.tallies if done.outcome else ():
            self.add(tally)

    def fail(self, videos: int, error: str) -> None:
        """Book videos that a stage could not even begin with."""
        self.videos += Tally("video", videos, 0, {}, {error: videos})

    def add(self, tally: Tally) -> None:
        """Book a count of smaller units."""
        known = self.units.get(tally.unit)
        self.units[tally.unit] = known + tally if known else tally

    def check(self, came_in: int, left: int) -> None:
        """Refuse books that don't balance.

        Args:
            came_in: Videos that the stage before let out.
            left: Videos that are on the line now.

        Raises:
            BooksError: A line does not add up, or videos came or went without being booked.
        """
        booked = (self.videos.n_in, self.videos.n_out)
        if booked != (came_in, left):
            raise BooksError(f"{self.stage}: {came_in} videos in, {left} out, booked {booked}")
        for line in self.lines:
            if not line.balanced:
                raise BooksError(
                    f"{self.stage}: the books of its {line.unit}s don't balance: {line}"
                )
