"""Which frames of a scene or segment a stage looks at, and how they are fetched.

`inside` takes kept frames, whose choice the split stage made; where a video has none (its scenes
came from a published folder), and for `published`, frames are named by exact times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivg.errors import FrameUnavailableError
from ivg.video.sampling import (
    inside,
    nearest,
    published_middle,
    published_scene,
    published_segment,
)

if TYPE_CHECKING:
    from ivg.records import Image, Scene, Segment, Video
    from ivg.video.frames import FrameStore

FRAMES_AT_ONCE = 256
"""Frames in memory at a time: 250 MB at 640x360 pixels and some models' working copies."""


@dataclass(frozen=True, order=True)
class Moment:
    """A frame that is wanted. Equal moments are one frame.

    Attributes:
        time_sec: Its time; of a kept frame the exact one.
        kept: Its index into `video.frame_times`, None if it has to be read by time.
    """

    time_sec: float
    kept: int | None = None


def scene_moments(video: Video, scene: Scene, k: int, positions: str) -> list[Moment]:
    """The `k` frames that stand for a scene in the similarity matrix."""
    if positions == "inside":
        return _inside(video, scene.start_sec, scene.end_sec, k)
    return _at(video, published_scene(scene.start_sec, scene.end_sec, _fps(video), k))


def caption_moments(video: Video, segment: Segment, k: int, positions: str) -> list[Moment]:
    """The `k` frames that a captioner sees; published: the middle one, if it sees one.

    Fewer where fewer are kept: `split.frames_per_scene` says how many that are.
    """
    if positions == "published" and k == 1:
        return _at(video, published_middle(segment.start_sec, segment.end_sec, _fps(video)))
    wanted = score_moments(video, segment.start_sec, segment.end_sec, k, positions)
    return list(dict.fromkeys(wanted))


def score_moments(
    video: Video, start_sec: float, end_sec: float, k: int, positions: str
) -> list[Moment]:
    """The `k` frames that are compared with a caption of `[start_sec, end_sec]`."""
    if positions == "inside":
        return _inside(video, start_sec, end_sec, k)
    return _at(video, published_segment(start_sec, end_sec, _fps(video), k))


def read(
    store: FrameStore, video: Video, moments: Iterable[Moment]
) -> Iterator[dict[Moment, Image]]:
    """Every distinct readable frame once, in order of time, `FRAMES_AT_ONCE` at a time.

    Raises:
        FrameUnavailableError: A frame is not kept and the video is not at hand.
    """
    from ivg.models.batches import batches

    for batch in batches(sorted(set(moments), key=_by_time), FRAMES_AT_ONCE):
        yield _read_batch(store, video, batch)


def _read_batch(store: FrameStore, video: Video, moments: Sequence[Moment]) -> dict[Moment, Image]:
    kept = {moment: moment.kept for moment in moments if moment.kept is not None}
    others = [moment for moment in moments if moment.kept is None]
    found = dict(zip(kept, store.read(video, list(kept.values())), strict=True)) if kept else {}
    if others:
        images = store.read_at(video, [moment.time_sec for moment in others])
        found |= {m: image for m, image in zip(others, images, strict=True) if image is not None}
    return found


def _inside(video: Video, start_sec: float, end_sec: float, k: int) -> list[Moment]:
    wanted = inside(start_sec, end_sec, k)
    if len(video.frame_times) == 0:
        return [Moment(time) for time in wanted]
    return [_kept(video, i) for i in nearest(video.frame_times, wanted, start_sec, end_sec)]


def _at(video: Video, times: Sequence[float]) -> list[Moment]:
    """Moments at exact times; kept frames are recognised, so that their features are reused."""
    return [_nearest_within_half_a_frame(video, time) or Moment(time) for time in times]


def _nearest_within_half_a_frame(video: Video, time: float) -> Moment | None:
    if len(video.frame_times) == 0:
        return None
    found = _kept(video, nearest(video.frame_times, [time], 0.0, float("inf"))[0])
    return found if abs(found.time_sec - time) <= 0.5 / video.fps else None


def _fps(video: Video) -> float:
    if video.fps <= 0:
        raise FrameUnavailableError(
            f"{video.name}: the published frame positions need its frame rate, which is unknown; "
            "set positions=inside"
        )
    return video.fps


def _kept(video: Video, index: int) -> Moment:
    return Moment(float(video.frame_times[index]), index)


def _by_time(moment: Moment) -> float:
    return moment.time_sec
