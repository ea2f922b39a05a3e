"""QVHighlights (Lei et al. 2021): an object a query, as moment_detr and lighthouse read it.

Source: jayleicn/moment_detr, `data/README.md` and `moment_detr/start_end_dataset.py`, and
line/lighthouse, `training/dataset.py` (both `StartEndDataset`). Fields: `qid` (a whole number; the
query's features are `qid{qid}.npz`), `query`, `duration`, `vid` (features `{vid}.npz`, so the file
name without its extension), `relevant_windows` (a list of `[start, end]`, seconds),
`relevant_clip_ids` (which clips of 2 s are meant) and `saliency_scores` (three whole numbers from
0 to 4 for each of those, one an annotator). The loaders take five
windows of a query and `max_v_l` clips (75) of a video at most: raise it for longer ones, or take
`window=span`.

- A clip is meant if the windows together cover half of it; of a window with no such clip, the one
  that is covered most. Only whole clips count, as in moment_detr's evaluation: a row beyond the
  last of them is left out.
- Nobody has rated anything here. `saliency_scores` say how much of a clip the windows together
  cover, in quarters: 1 to 3, halves rounded up, and 4 for all of it, three times the same. They
  satisfy the loaders; as a label of highlights they are worth nothing: set the weight of the
  saliency loss to 0, or use lighthouse's `charades` or `activitynet` mode, which makes do with the
  window.
- With `window=video` rows of one video with the same caption are one query with several windows:
  the caption is true of each, and a model must not be punished for finding the other.
- With `window=span` a model is shown the negative span as a video of its own, called
  `ID_START_END` as QVHighlights calls its cuts of 150 s, and times count from its start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from ivg.errors import MalformedEntryError
from ivg.formats.books import CannotHoldError, Row
from ivg.formats.given import Bad, Entry, Given, bad, objects_of, seconds_of, text_of, unwindowed
from ivg.formats.layout import json_lines
from ivg.formats.moment import Moment, moment, window_of
from ivg.formats.part import Part
from ivg.formats.words import spoken
from ivg.quality.benchmarks.benchmark import pairs_of

CLIP_SECS = 2
BEST, RATERS = 4, 3
NOISE = 1e-6
"""Of shares: times are differences and sums of numbers of milliseconds."""
Windows = list[tuple[float, float]]


class QvHighlights:
    """Queries with ids that count through all parts of an export."""

    lost = (
        "file extensions and the numbers of scenes; with format.window=video the negative span "
        "(imported as the whole video), with format.window=span the video's duration (give "
        "durations=FILE or videos=FOLDER)"
    )

    def __init__(self, window: str = "video") -> None:
        """Check the value.

        Args:
            window: What a model is shown: the `video`, or the negative `span` as `ID_START_END`.

        Raises:
            ConfigError: It is neither; the message names `format.window`.
        """
        self.window = window_of(window)
        self._ids = count()

    def write(self, part: Part) -> None:
        """`PART.jsonl`."""
        json_lines(part.file(".jsonl"), self.queries(part))

    def queries(self, part: Part) -> Iterator[dict[str, Any]]:
        """The queries of each video."""
        for _, rows in part.by_video():
            groups: dict[tuple[str, str], list[tuple[Row, Moment]]] = {}
            for row in rows:
                seen = moment(row, self.window, part.ids)
                groups.setdefault((seen.id, seen.caption), []).append((row, seen))
            for group in groups.values():
                moments = [seen for _, seen in group]
                yield from part.held([row for row, _ in group], partial(self.query, moments))

    def query(self, moments: Sequence[Moment]) -> dict[str, Any]:
        """One query of one or more windows.

        Raises:
            CannotHoldError: The caption is empty, or no whole clip is meant.
        """
        first = moments[0]
        text = spoken(first.caption)
        windows = sorted({(seen.start_sec, seen.end_sec) for seen in moments})
        scores = rated(windows, first.duration)
        return {
            "qid": next(self._ids),
            "query": text,
            "duration": first.duration,
            "vid": first.id,
            "relevant_windows": [list(window) for window in windows],
            "relevant_clip_ids": list(scores),
            "saliency_scores": [[score] * RATERS for score in scores.values()],
        }

    def read(self, path: Path) -> Iterator[Entry]:
        """Every window of every query."""
        for line in objects_of(path):
            if isinstance(line, Bad):
                yield line
                continue
            try:
                yield from self.given(*line)
            except MalformedEntryError as error:
                yield bad(line[0], error)

    def given(self, where: str, row: dict[str, Any]) -> Iterator[Entry]:
        """The windows of one query.

        Raises:
            MalformedEntryError: A field is missing or of another kind.
        """
        video, query = (text_of(where, row, name) for name in ("vid", "query"))
        duration = seconds_of(where, row, "duration")
        for start, end in pairs_of(where, row.get("relevant_windows")):
            yield unwindowed(Given(where, video, start, end, query, duration), self.window)


def rated(windows: Sequence[tuple[float, float]], duration: float) -> dict[int, int]:
    """The clips that are meant, in order, each with how much of it the windows cover, 1 to 4.

    Raises:
        CannotHoldError: The windows meet no whole clip.
    """
    shares: dict[int, float] = {}
    for start, end in disjoint(windows):
        for clip in clips(start, end, duration):
            shares[clip] = shares.get(clip, 0.0) + covered(clip, start, end)
    meant: set[int] = set()
    for start, end in windows:
        met = clips(start, end, duration)
        least = min(0.5 - NOISE, max((shares[clip] for clip in met), default=0))
        meant |= {clip for clip in met if shares[clip] >= least}
    if not meant:
        raise CannotHoldError(f"no whole clip of {CLIP_SECS} s meets the segment")
    return {clip: score_of(shares[clip]) for clip in sorted(meant)}


def disjoint(windows: Sequence[tuple[float, float]]) -> Windows:
    """Windows in order, those that overlap or touch as one: no second is counted twice."""
    found: Windows = []
    for start, end in sorted(windows):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def score_of(share: float) -> int:
    """Quarters of a clip, at least 1; the best only for all of it."""
    if share >= 1 - NOISE:
        return BEST
    return min(max(int(share * BEST + 0.5 + NOISE), 1), BEST - 1)


def covered(clip: int, start: float, end: float) -> float:
    """The share of a clip that a window covers."""
    first, last = clip * CLIP_SECS, (clip + 1) * CLIP_SECS
    return (min(end, last) - max(start, first)) / CLIP_SECS


def clips(start: float, end: float, duration: float) -> range:
    """The whole clips of the window that a segment meets."""
    whole = int(duration / CLIP_SECS)
    last = int(-(-end // CLIP_SECS))
    return range(min(int(start // CLIP_SECS), whole), min(last, whole))
