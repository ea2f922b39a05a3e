"""Fill the frame store of a video: from what the pass has kept, the rest from the video itself."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from ivg.errors import FrameUnavailableError
from ivg.video.fetch import fetch

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from ivg.records import Video
    from ivg.stage import Context
    from ivg.video.frames import FrameStore

ToJpeg = Callable[["VideoFrame"], bytes]
Kept = tuple[float, bytes]


def keep(
    video: Video, indices: Sequence[int], context: Context, to_jpeg: ToJpeg, hwaccel: str | None
) -> None:
    """Put frames of `video.track` into `context.frames`; opens the video if one is not at hand.

    What had to be decoded is given to `context.passing` too: the next threshold wants it again.

    Raises:
        FrameUnavailableError: A frame is not at hand, and neither is the video.
        VideoError: The video can't be decoded.
    """
    times = [float(time) for time in video.track.times[list(indices)]]
    at_hand = context.passing.times(video.id) if context.passing else []
    if context.passing and at_hand == times:
        context.passing.share(video.id, context.frames)
        return
    place = {time: index for index, time in enumerate(at_hand)}
    both = zip(times, indices, strict=True)
    missing = {index: time for time, index in both if time not in place}
    kept = _stored(context.passing, video.id, [(t, place[t]) for t in times if t in place])
    fetched = _fetched(video, missing, context, to_jpeg, hwaccel)
    with closing(fetched), context.frames.keeping(video.id) as add:
        for time, jpeg in merge(kept, fetched, key=itemgetter(0)):
            add(time, jpeg)
    if missing and context.passing:
        _join(context.frames, context.passing, video.id, at_hand)


def _stored(
    store: FrameStore | None, video_id: str, places: Sequence[tuple[float, int]]
) -> Iterator[Kept]:
    if store and places:
        jpegs = store.jpegs(video_id, [index for _, index in places])
        yield from zip((time for time, _ in places), jpegs, strict=True)


def _fetched(
    video: Video,
    missing: dict[int, float],
    context: Context,
    to_jpeg: ToJpeg,
    hwaccel: str | None,
) -> Generator[Kept]:
    if not missing:
        return
    if video.path is None or not video.path.is_file():
        raise FrameUnavailableError(
            f"{video.name}: {len(missing)} frames are not kept and {video.path or 'its file'} is "
            "gone; bring the file back"
        )
    found = fetch(video.path, video.track, list(missing), context.stream_threads, hwaccel)
    with closing(found):
        for index, picture in found:
            yield missing[index], to_jpeg(picture)


def _join(new: FrameStore, old: FrameStore, video_id: str, at_hand: Sequence[float]) -> None:
    """Give new frames to a store that has others; it is a cache, so a lost race costs nothing."""
    if not at_hand:
        new.share(video_id, old)
        return
    added = set(new.times(video_id)) - set(at_hand)
    places = [(time, index) for index, time in enumerate(new.times(video_id)) if time in added]
    kept = _stored(old, video_id, [(time, index) for index, time in enumerate(at_hand)])
    with old.keeping(video_id, ascending=False) as add:
        for time, jpeg in chain(kept, _stored(new, video_id, places)):
            add(time, jpeg)
