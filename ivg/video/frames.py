"""The frame store: the sampled frames of each video, written once by the split stage.

A second store holds what the scan stage kept in passing; split takes from it what it wants.

One Parquet file a video (`<root>/<id[:2]>/<id>.parquet`; columns `time_sec`, `jpeg`), written
whole and sealed (`ivg.sealed`): a damaged file is removed when it is met, and the next run splits
its video afresh. Later stages read frames here; only exact (published) frames of merged segments,
which nobody could foresee, are decoded from the video. Of a remote store whole files are fetched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ivg import remote
from ivg.errors import DamagedError, FrameUnavailableError, StoreError
from ivg.files import TEMPORARY, share_file, whole_file, writing
from ivg.records import Image
from ivg.video import lost
from ivg.video.frame_file import FrameFile, Shelf, copy_of, opened, read_groups

if TYPE_CHECKING:
    from ivg.records import Video

log = logging.getLogger(__name__)

Keeper = Callable[[float, bytes], None]
"""Is given time and JPEG of each frame to keep."""

SAFE_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")
AFRESH = "run again, and this video is split afresh"


@dataclass(frozen=True)
class FrameStore:
    """The frames kept under one key of the split stage. Cheap and picklable."""

    root: Path

    def path_of(self, video_id: str) -> Path:
        """Where the frames of a video are kept.

        Raises:
            StoreError: The id has characters that don't belong in a file name.
        """
        if not SAFE_ID.fullmatch(video_id):
            raise StoreError(f"{video_id!r} can't name a frame file: ids are letters, digits, _ -")
        return self.root / video_id[:2] / f"{video_id}.parquet"

    def write(self, video_id: str, times: Sequence[float], jpegs: Sequence[bytes]) -> None:
        """Keep the frames of one video, replacing what was there."""
        with self.keeping(video_id) as keep:
            for time, jpeg in zip(times, jpegs, strict=True):
                keep(time, jpeg)

    @contextmanager
    def keeping(
        self, video_id: str, ascending: bool = True, alone: bool = True
    ) -> Iterator[Keeper]:
        """Keep the frames of one video as they come, in the order of their times or in any.

        They replace what was there on leaving, all of them or none; memory holds a few. `alone`:
        no other process writes this file now, so that what a killed one left there can go.
        """
        with writing(self.root):
            path = self._place_for(video_id)
        if alone and not remote.is_remote(path):
            for leftover in path.parent.glob(f"{TEMPORARY}*-{path.name}"):
                leftover.unlink(missing_ok=True)
        with whole_file(path) as temporary, FrameFile(temporary, ascending) as file:
            yield file.add

    def share(self, video_id: str, other: FrameStore) -> None:
        """Give all frames of a video to another store too, without a copy where possible."""
        share_file(self.path_of(video_id), other._place_for(video_id))

    def is_whole(self, video_id: str) -> bool:
        """Whether the frames of a stored result are still there, as far as a look can tell.

        In a folder the end of the file is read and checked. A remote store is believed, but for
        files that were met damaged or missing: asking for each one would take longer than a resume.
        """
        from ivg.checked import over

        path = self.path_of(video_id)
        if remote.is_remote(path):
            return not lost.is_lost(self.root, video_id) or bool(self.times(video_id))
        try:
            with path.open("rb", buffering=0) as file:
                over(file)
        except (OSError, DamagedError):
            return False
        return True

    def _place_for(self, video_id: str) -> Path:
        path = self.path_of(video_id)
        if remote.is_remote(path):
            copy_of.cache_clear()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def times(self, video_id: str) -> list[float]:
        """Times of the frames of a video as kept; none where nothing readable is."""
        with self.opened(video_id) as shelf:
            return list(shelf.times)

    @contextmanager
    def opened(self, video_id: str) -> Iterator[Shelf]:
        """The frames of a video as they are now, even if another process replaces them."""
        path = self.path_of(video_id)
        with ExitStack() as leaving:
            try:
                file = leaving.enter_context(opened(path, whole=True))
                times = file.read(columns=["time_sec"])["time_sec"].to_pylist()
            except FileNotFoundError:
                file, times = None, []
            except DamagedError as error:
                log.warning("%s; its frames are sought in the video again", error)
                file, times = None, []
            yield Shelf(path, file, times)

    def read(self, video: Video, indices: Sequence[int]) -> list[Image]:
        """Kept frames by their index into `video.frame_times`.

        Returns:
            RGB pictures, uint8 (height, width, 3), one an index and in that order.

        Raises:
            FrameUnavailableError: No frame of this video is in the store.
            StoreError: The file is damaged or holds other frames than the record says.
        """
        if len(indices) == 0:
            return []
        path, wanted = self.path_of(video.id), sorted({int(i) for i in indices})
        try:
            jpegs = _read_jpegs(path, wanted, len(video.frame_times))
            images = {index: _decode_jpeg(jpeg, path) for index, jpeg in jpegs.items()}
        except (FileNotFoundError, DamagedError) as error:
            lost.give_up(self.root, video.id, path)
            if isinstance(error, DamagedError):
                raise StoreError(f"{error}; {AFRESH}") from error
            raise FrameUnavailableError(f"{path} is missing: {AFRESH}") from error
        return [images[int(i)] for i in indices]

    def read_at(self, video: Video, times: Sequence[float]) -> list[Image | None]:
        """Frames at exact times: kept ones where they are kept, else decoded from `video.path`.

        A frame is at a time when it starts within half a frame of it, or else is on screen then
        (variable frame rate). Decoded frames have full size. All that are not kept are decoded
        in one pass.

        Returns:
            RGB pictures, uint8 (height, width, 3); None before the start and past the end.

        Raises:
            FrameUnavailableError: A frame is not kept and the video file is not at hand.
            StoreError: As for `read`.
        """
        kept = {time: _kept_index(video, time) for time in times}
        indices = [index for index in kept.values() if index is not None]
        by_index = dict(zip(indices, self.read(video, indices), strict=True))
        decoded = _decode_missing(video, [time for time, index in kept.items() if index is None])
        return [
            decoded.get(time) if (index := kept[time]) is None else by_index[index]
            for time in times
        ]


def _read_jpegs(path: Path, indices: Sequence[int], count: int) -> dict[int, bytes]:
    with opened(path) as file:
        _check_indices(path, indices, count, file.metadata.num_rows)
        return read_groups(file, indices)


def _check_indices(path: Path, indices: Sequence[int], count: int, rows: int) -> None:
    if rows != count or min(indices) < 0 or max(indices) >= rows:
        raise StoreError(
            f"{path} holds {rows} frames, the record {count}, asked for {min(indices)} to "
            f"{max(indices)}: delete the file and run again"
        )


def _decode_jpeg(jpeg: bytes, path: Path) -> Image:
    from ivg.video.picture import from_jpeg

    image = from_jpeg(jpeg)
    if image is None:
        raise DamagedError(f"{path} holds a picture that can't be read")
    return image


def _half_frame(video: Video) -> float:
    return 0.5 / video.fps if video.fps > 0 else 0.0


def _kept_index(video: Video, time: float) -> int | None:
    from ivg.video.sampling import nearest

    if len(video.frame_times) == 0:
        return None
    index = nearest(video.frame_times, [time], 0.0, float("inf"))[0]
    near = abs(float(video.frame_times[index]) - time) <= _half_frame(video)
    return index if near else None


def _decode_missing(video: Video, times: Sequence[float]) -> Mapping[float, Image]:
    within = [time for time in times if -_half_frame(video) <= time < video.duration]
    if not within:
        return {}
    if video.path is None or not video.path.is_file():
        wanted = f"{video.name}: the frame at {within[0]:.3f} s is not kept"
        if video.path is None:
            raise FrameUnavailableError(
                f"{wanted}; give the folder of the videos: source.videos=DIR"
            )
        raise FrameUnavailableError(f"{wanted} and {video.path} is gone; bring the file back")
    from ivg.sources.content import check_content
    from ivg.video.decode import frames_at

    found = frames_at(video.path, within, _half_frame(video))
    check_content(video)
    return found
