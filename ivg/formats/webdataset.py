"""WebDataset: shards (`.tar`) of clips cut from the videos, each with a JSON.

Written by the library webdataset. Source: webdataset/webdataset, `webdataset/writer.py`
(`ShardWriter`), and huggingface.co/docs/hub/datasets-webdataset. A sample is `KEY.mp4` (see
`ivg.formats.clip`) and `KEY.json`: the row, and `clip_id` (ID_START_END with the times that were
asked for: with `clip=span` what formats with `window=span` call it), `clip_start_sec`,
`clip_end_sec` (of the clip in the video) and `segment_in_clip` (start and end of the segment,
seconds after the clip's start). KEY is the row's number in its part, for a video's name could hold
what a tar must not. Entries have no time and no owner, so that the same dataset gives the same
bytes, on one build of ffmpeg.

Rows of a video that is not at hand or can't be read are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ivg.errors import MissingDependencyError, VideoError
from ivg.formats.books import CannotHoldError, Row
from ivg.formats.moment import DECIMALS, cut_id
from ivg.formats.names import stem
from ivg.formats.part import Part
from ivg.published.lines import rounded, to_line
from ivg.ranges import one_of, whole_within

if TYPE_CHECKING:
    from webdataset import ShardWriter

    from ivg.formats.clip import Cut

CLIPS = ("span", "segment")
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower")


class WebDataset:
    """Shards of the negative spans, or of the segments, as clips."""

    def __init__(
        self,
        clip: str = "span",
        shard_rows: int = 1000,
        crf: int = 20,
        preset: str = "veryfast",
        side: int = 0,
    ) -> None:
        """Check the values.

        Args:
            clip: What is cut: the negative `span`, or the `segment`.
            shard_rows: Samples a shard.
            crf: Quality of H.264, 0 (lossless) to 51.
            preset: Of x264.
            side: The short side is shrunk to at most so many pixels; 0 keeps the size.

        Raises:
            ConfigError: A value can't be used; the message names `format.<key>`.
        """
        self.clip = one_of("format.clip", clip, CLIPS)
        self.shard_rows = whole_within("format.shard_rows", shard_rows, 1)
        self.crf = whole_within("format.crf", crf, 0, 51)
        self.preset = one_of("format.preset", preset, PRESETS)
        self.side = whole_within("format.side", side, 0)

    def write(self, part: Part) -> None:
        """`PART-NNNNNN.tar`.

        Raises:
            MissingDependencyError: webdataset is not installed.
        """
        with shards(part.file(""), self.shard_rows) as writer:
            for row in part.rows():
                number = part.books.rows - 1
                for sample in part.held([row], partial(self.sample, row, number, part)):
                    writer.write(sample)

    def sample(self, row: Row, number: int, part: Part) -> dict[str, Any]:
        """One row.

        Raises:
            CannotHoldError: The video is not there or can't be read.
        """
        clip, (start, end) = self.cut(row, part), self.wanted(row)
        times = (row[name] - clip.start_sec for name in ("start_sec", "end_sec"))
        told = {
            **row,
            "clip_id": cut_id(stem(row["video"]), start, end),
            "clip_start_sec": rounded(clip.start_sec, DECIMALS),
            "clip_end_sec": rounded(clip.end_sec, DECIMALS),
            "segment_in_clip": [rounded(max(time, 0.0), DECIMALS) for time in times],
        }
        return {"__key__": f"{number:09d}", "mp4": clip.mp4, "json": to_line(told)}

    def wanted(self, row: Row) -> tuple[float, float]:
        """Start and end of what is cut, seconds in the video."""
        before = "neg_" if self.clip == "span" else ""
        return row[f"{before}start_sec"], row[f"{before}end_sec"]

    def cut(self, row: Row, part: Part) -> Cut:
        """The clip of a row.

        Raises:
            CannotHoldError: The video is not there or can't be read.
        """
        from ivg.formats.clip import Encoding, cut

        path = part.videos.find(row["video"])
        if path is None:
            raise CannotHoldError("the video is not at hand (videos=FOLDER)")
        try:
            return cut(path, *self.wanted(row), Encoding(self.crf, self.preset, self.side))
        except VideoError as error:
            raise CannotHoldError(f"the video can't be cut: {type(error).__name__}") from error


@contextmanager
def shards(stem: Path, size: int) -> Iterator[ShardWriter]:
    """The library's writer, on files that we open: it takes names for addresses and commands.

    Raises:
        MissingDependencyError: webdataset is not installed.
    """
    try:
        from webdataset import ShardWriter
    except ImportError as error:
        raise MissingDependencyError(
            "format=webdataset needs: pip install 'ivg[formats]'"
        ) from error
    opened: list[BinaryIO] = []

    def opener(number: str) -> BinaryIO:
        opened.append(stem.with_name(f"{stem.name}-{number}.tar").open("wb"))
        return opened[-1]

    plain = {"encoder": False, "mtime": 0, "user": "", "group": "", "mode": 0o644}
    with ShardWriter(
        "%06d",
        maxcount=size,
        verbose=0,
        opener=opener,
        post=lambda _: opened[-1].close(),
        **plain,
    ) as writer:
        yield writer
