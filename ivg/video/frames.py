"""The frame store: the sampled frames of each video, written once by the split stage.

A second store holds what the scan stage kept in passing; split takes from it what it wants.

One Parquet file a video (`<root>/<id[:2]>/<id>.parquet`; columns `time_sec`, `jpeg`), written to
a temporary name, flushed and renamed. Later stages read frames here; only exact (published) frames
of merged segments, which nobody could foresee, are decoded from the video.
"""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ivg.errors import FrameUnavailableError, StoreError
from ivg.files import TEMPORARY, whole_file, writing
from ivg.records import Image

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from ivg.records import Video

Keeper = Callable[[float, bytes], None]
"""Is given time and JPEG of each frame to keep."""

SAFE_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")
FRAMES_PER_GROUP = 4
"""Frames in a Parquet row group, the least that one read fetches."""


class FrameFile:
    """Writes the frames of one video to a file, a row group at a time."""

    def __init__(self, path: Path, ascending: bool = True) -> None:
        """Name the file, which is begun on entering; `ascending` leaves out what isn't later."""
        self.path = path
        self.ascending = ascending
        self.rows: list[tuple[float, bytes]] = []
        self.last = -math.inf

    def __enter__(self) -> FrameFile:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.schema = pa.schema({"time_sec": pa.float64(), "jpeg": pa.binary()})
        self.writer = pq.ParquetWriter(
            self.path, self.schema, compression="none", use_dictionary=False, write_statistics=False
        )
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._flush()
        # what comes of a file that is given up must not hide why it is
        with ExitStack() if error[0] is None else suppress(OSError, ValueError):
            self.writer.close()

    def add(self, time: float, jpeg: bytes) -> None:
        """The next frame."""
        if self.ascending and time <= self.last:  # timestamps ran backwards
            return
        self.last = time
        self.rows.append((time, jpeg))
        if len(self.rows) == FRAMES_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self.rows:
            times, jpegs = zip(*self.rows, strict=True)
            table = pa.table({"time_sec": times, "jpeg": jpegs}, self.schema)
            self.writer.write_table(table)
            self.rows = []


@dataclass(frozen=True)
class Shelf:
    """The frames of one video through one open file; none where nothing readable is.

    Attributes:
        path: Its path, for messages.
        file: The open file.
        times: Of its frames, in its order.
    """

    path: Path
    file: pq.ParquetFile | None
    times: Sequence[float]

    def frames(self, times: Sequence[float]) -> Iterator[tuple[float, bytes]]:
        """Time and JPEG of frames that are there, in the order asked, a few read at a time.

        Raises:
            StoreError: The file is damaged.
        """
        from ivg.parts import naming

        place = {time: index for index, time in enumerate(self.times)}
        for start in range(0, len(times), FRAMES_PER_GROUP):
            some = times[start : start + FRAMES_PER_GROUP]
            with naming(self.path):
                found = _read_groups(self.file, [place[time] for time in some])
            yield from ((time, found[place[time]]) for time in some)


NOTHING = Shelf(Path(), None, ())


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
        path = self.path_of(video_id)
        with writing(self.root):
            path.parent.mkdir(parents=True, exist_ok=True)
        for leftover in path.parent.glob(f"{TEMPORARY}*-{path.name}") if alone else ():
            leftover.unlink(missing_ok=True)
        with whole_file(path) as temporary, FrameFile(temporary, ascending) as file:
            yield file.add

    def share(self, video_id: str, other: FrameStore) -> None:
        """Give all frames of a video to another store too, without a copy where possible."""
        target = other.path_of(video_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as temporary:
            try:
                os.link(self.path_of(video_id), temporary)
            except OSError:  # a file system without links
                shutil.copyfile(self.path_of(video_id), temporary)

    def times(self, video_id: str) -> list[float]:
        """Times of the frames of a video as kept; none where nothing readable is."""
        with self.opened(video_id) as shelf:
            return list(shelf.times)

    @contextmanager
    def opened(self, video_id: str) -> Iterator[Shelf]:
        """The frames of a video as they are now, even if another process replaces them."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path_of(video_id)
        with ExitStack() as leaving:
            try:
                file = leaving.enter_context(pq.ParquetFile(path))
                times = file.read(columns=["time_sec"])["time_sec"].to_pylist()
            except (pa.ArrowException, OSError):
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
        path = self.path_of(video.id)
        jpegs = _read_jpegs(path, sorted({int(i) for i in indices}), len(video.frame_times))
        images = {index: _decode_jpeg(jpeg, path) for index, jpeg in jpegs.items()}
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


def _read_jpegs(path: Path, indices: Sequence[int], count: int | None = None) -> dict[int, bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise FrameUnavailableError(f"{path} is missing: run again, and this video is split afresh")
    try:
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            _check_indices(path, indices, rows if count is None else count, rows)
            return _read_groups(file, indices)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{path} is damaged ({error}): delete it and run again") from error


def _check_indices(path: Path, indices: Sequence[int], count: int, rows: int) -> None:
    if rows != count or min(indices) < 0 or max(indices) >= rows:
        raise StoreError(
            f"{path} holds {rows} frames, the record {count}, asked for {min(indices)} to "
            f"{max(indices)}: delete the file and run again"
        )


def _read_groups(file: pq.ParquetFile, indices: Sequence[int]) -> dict[int, bytes]:
    groups = sorted({index // FRAMES_PER_GROUP for index in indices})
    column = file.read_row_groups(groups, columns=["jpeg"]).column("jpeg")
    row_of = {group: row * FRAMES_PER_GROUP for row, group in enumerate(groups)}
    return {
        index: column[row_of[index // FRAMES_PER_GROUP] + index % FRAMES_PER_GROUP].as_py()
        for index in indices
    }


def _decode_jpeg(jpeg: bytes, path: Path) -> Image:
    from ivg.video.picture import from_jpeg

    image = from_jpeg(jpeg)
    if image is None:
        raise StoreError(f"{path} holds a picture that can't be read: delete it and run again")
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
