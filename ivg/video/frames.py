"""The frame store: the sampled frames of each video, written once by the split stage.

One Parquet file a video (`<root>/<id[:2]>/<id>.parquet`; columns `time_sec`, `jpeg`), written to
a temporary name, flushed and renamed. Later stages read frames here and never open the video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ivg.records import Image

if TYPE_CHECKING:
    from ivg.records import Video


@dataclass(frozen=True)
class FrameStore:
    """The frames kept under one key of the split stage. Cheap and picklable."""

    root: Path

    def write(self, video_id: str, times: Sequence[float], jpegs: Sequence[bytes]) -> None:
        """Keep the frames of one video, replacing what was there."""
        raise NotImplementedError

    def read(self, video: Video, indices: Sequence[int]) -> list[Image]:
        """Kept frames by their index into `video.frame_times`."""
        raise NotImplementedError

    def read_at(self, video: Video, times: Sequence[float]) -> list[Image | None]:
        """Frames at exact times: kept ones where they are kept, else decoded from `video.path`.

        None where the video has no frame within half a frame of the time.

        Raises:
            FrameUnavailableError: A frame is not kept and the video file is not at hand.
        """
        raise NotImplementedError
