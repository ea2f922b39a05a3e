"""Videos with known scores, and an objective whose best threshold is known; no model is asked.

Scores of right captions lie about 0.6, those of wrong ones about 0.4, both with a deviation of 0.1.
A wrong caption costs what two right ones bring: the best threshold is where twice the density of
the wrong ones' scores has fallen to that of the right ones': 0.5 + 0.1**2 * ln(2) / 0.2 = 0.535.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.measure import Measure
from ivg.records import Caption, Scene, Segment, Video
from ivg.sources.source import Listing
from ivg.stage import Tally

BEST = 0.5 + 0.1**2 * np.log(2) / 0.2
PRICE = 2
N_VIDEOS, N_SEGMENTS, SECS = 20, 60, 4.0
NAME = "net/right"


def scores() -> tuple[np.ndarray, np.ndarray]:
    """(v, s) whether each caption is right, and (v, s) its score."""
    rng = np.random.default_rng(0)
    right = rng.random((N_VIDEOS, N_SEGMENTS)) < 0.5
    return right, rng.normal(np.where(right, 0.6, 0.4), 0.1)


def net(threshold: float) -> float:
    """What the objective is at a threshold."""
    right, found = scores()
    return float(np.where(right, 1, -PRICE)[found >= threshold].sum())


class PlantedSource:
    """Everything up to the scores is given."""

    @property
    def provides(self) -> tuple[str, ...]:
        return ("scan", "split", "embed", "merge", "caption", "score", "hygiene")

    def list_videos(self, store_dir: Path) -> Listing:
        videos = tuple(video(i, *row) for i, row in enumerate(zip(*scores(), strict=True)))
        return Listing(videos, Tally("video", N_VIDEOS, N_VIDEOS))


def video(number: int, right: np.ndarray, found: np.ndarray) -> Video:
    spans = [(i * SECS, (i + 1) * SECS) for i in range(N_SEGMENTS)]
    words = ["right" if one else "wrong" for one in right]
    return Video(
        id=f"{number:032x}",
        name=f"{number:03}.mp4",
        duration=spans[-1][1],
        scenes=tuple(Scene(*span) for span in spans),
        segments=tuple(Segment(*span, i, i) for i, span in enumerate(spans)),
        similarity=np.eye(N_SEGMENTS),
        captions=tuple(Caption(*span, f"{words[i]} {i}", i) for i, span in enumerate(spans)),
        clean=np.ones(N_SEGMENTS, dtype=bool),
        frame_similarities=found[:, None],
    )


class NetRight(Measure):
    """Right captions less twice the wrong ones."""

    def names(self, judged: bool) -> tuple[str, ...]:
        return (NAME,)

    def see(self, video: Video) -> dict[str, np.ndarray]:
        words = [row.caption.split()[0] for row in video.annotations]
        return {"worth": np.array([1.0 if word == "right" else -PRICE for word in words])}

    def figures(self, seen, groups, bootstrap: Bootstrap) -> Iterator[Figure]:
        yield bootstrap.total(NAME, seen["worth"], groups, 1)
