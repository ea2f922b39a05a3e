"""WebVTT (W3C): a file of cues a video, for players; written by the library webvtt-py.

Source: www.w3.org/TR/webvtt1. A cue is a row: its segment's times to the millisecond and its
caption. `VIDEO.vtt` lies beside no video: put it there, or name it in a player's `<track>`. Letters
that WebVTT would read as markup are written as its entities (`&amp;`, `&lt;`, `&gt;`, so no `-->`
is left), runs of white space and line breaks as one space (counted as cleaned), NUL and lone
surrogates as the replacement character. Names that are no plain file names are percent-encoded.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from ivg.errors import MissingDependencyError
from ivg.formats.books import CannotHoldError, Row
from ivg.formats.names import safe_name
from ivg.formats.part import Part
from ivg.formats.words import one_line, spoken

if TYPE_CHECKING:
    from webvtt import Caption

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class WebVtt:
    """Captions as cues, in the order of their starts."""

    def write(self, part: Part) -> None:
        """`VIDEO.vtt` of each video; of a release in a folder a split.

        Raises:
            MissingDependencyError: webvtt-py is not installed.
        """
        try:
            from webvtt import WebVTT
        except ImportError as error:
            raise MissingDependencyError(
                "format=webvtt needs: pip install 'ivg[formats]'"
            ) from error
        for video, rows in part.by_video():
            vtt = WebVTT()
            vtt.captions.extend(cues(rows, part))
            path = part.room() / f"{safe_name(part.ids.of(video))}.vtt"
            path.write_text(vtt.content, encoding="utf-8", newline="\n")


def cues(rows: list[Row], part: Part) -> Iterator[Caption]:
    """The rows of one video."""
    for row in sorted(rows, key=lambda row: (row["start_sec"], row["end_sec"])):
        for cue in part.held([row], partial(cue_of, row)):
            part.books.cleaned += plain(row["caption"]) != row["caption"]
            yield cue


def cue_of(row: Row) -> Caption:
    """One row.

    Raises:
        CannotHoldError: The caption is empty, or shorter than a millisecond.
    """
    from webvtt import Caption
    from webvtt.models import Timestamp

    text = spoken(plain(row["caption"]))
    start, end = (str(Timestamp.from_seconds(row[name])) for name in ("start_sec", "end_sec"))
    if start == end:
        raise CannotHoldError("the segment is shorter than a millisecond")
    return Caption(start, end, html.escape(text, quote=False))


def plain(caption: str) -> str:
    """The caption in one line of valid Unicode without NUL."""
    valid = caption.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return one_line(valid.replace("\0", REPLACEMENT))
