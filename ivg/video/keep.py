"""Fill the frame store of a video: from what the pass has kept, the rest from the video itself."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, nullcontext
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from ivg.errors import FrameUnavailableError
from ivg.video.fetch import fetch
from ivg.video.frame_file import NOTHING, Shelf

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
    passing = context.passing
    with passing.opened(video.id) if passing else nullcontext(NOTHING) as shelf:
        if passing and list(shelf.times) == times:
            passing.share(video.id, context.frames)
            if context.frames.times(video.id) == times:  # not replaced by now
                return
        have = set(shelf.times)
        both = zip(times, indices, strict=True)
        missing = {index: time for time, index in both if time not in have}
        kept = shelf.frames([time for time in times if time in have])
        fetched = _fetched(video, missing, context, to_jpeg, hwaccel)
        with closing(fetched), context.frames.keeping(video.id) as add:
            for time, jpeg in merge(kept, fetched, key=itemgetter(0)):
                add(time, jpeg)
        if missing and passing:
            _join(context.frames, passing, video.id, shelf)


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


def _join(new: FrameStore, old: FrameStore, video_id: str, at_hand: Shelf) -> None:
    """Give new frames to a store that has others.

    It is a cache, and other processes may do the same: the last one wins.
    """
    if not at_hand.times:
        new.share(video_id, old)
        return
    have = set(at_hand.times)
    with (
        new.opened(video_id) as shelf,
        old.keeping(video_id, ascending=False, alone=False) as add,
    ):
        added = [time for time in shelf.times if time not in have]
        for time, jpeg in chain(at_hand.frames(at_hand.times), shelf.frames(added)):
            add(time, jpeg)
