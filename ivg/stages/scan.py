"""Decode a video once: measure every frame, and keep in passing those that split will want."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from ivg.detectors.content import ContentMeasure
from ivg.errors import ConfigError, FrameUnavailableError
from ivg.ranges import optional_text, whole_within
from ivg.stage import Context, Outcome, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.video.frame import VideoFrame

    from ivg.detectors.contract import Measure
    from ivg.records import Video
    from ivg.stages.split import Split
    from ivg.video.frames import Keeper
    from ivg.video.scan import Scanned


log = logging.getLogger(__name__)


class Scan(Stage):
    """The stage that opens the video; thresholds are none of its business.

    Args:
        measure: What is measured of each frame.
        frame_side: Short side of kept frames in pixels, never enlarged; 0 keeps the size.
        jpeg_quality: Of kept frames, 1 to 100.
        hint: The split stage to come. Frames that it would want are kept on the way; whether they
            are, changes no result, only whether split has to open the video again.
        also: Thresholds at which the split stage will be run later; their frames are kept too.
        hwaccel: Kind of device to decode on, as ffmpeg calls it (`cuda`, `vaapi`,
            `videotoolbox`, ...); None: the processor.

    Raises:
        ConfigError: A value is out of range; the message names its key.
    """

    name: ClassVar[str] = "scan"
    decodes: ClassVar[bool] = True
    produces: ClassVar[tuple[str, ...]] = ("duration", "fps", "track")
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"hint", "also", "hwaccel"})

    def __init__(
        self,
        measure: Measure | None = None,
        frame_side: int = 384,
        jpeg_quality: int = 90,
        hint: Split | None = None,
        also: Sequence[float] = (),
        hwaccel: str | None = None,
    ) -> None:
        self.measure = measure or ContentMeasure()
        self.frame_side = whole_within("split.frame_side", frame_side, 0)
        self.jpeg_quality = whole_within("split.jpeg_quality", jpeg_quality, 1, 100)
        self.hint = hint
        self.also = tuple(usable(hint, also)) if hint else ()
        self.hwaccel = optional_text("split.hwaccel", hwaccel)

    def setup(self, context: Context) -> None:
        """Load what the measure needs, if anything: what is missing ends the run at once."""
        self.measure.meter()

    def process(self, video: Video, context: Context) -> Outcome:
        """Go through `video` once.

        Raises:
            VideoError: The file can't be used; the class says why.
        """
        if video.path is None:
            raise FrameUnavailableError(f"{video.name}: there is no file to scan")
        if context.passing is None or self.hint is None:
            found = self._scan(video, video.path, context, None)
        else:
            with context.passing.keeping(video.id, ascending=not self.also) as keep:
                found = self._scan(video, video.path, context, keep)
        return Outcome({"duration": found.duration, "fps": found.fps, "track": found.track})

    def _scan(self, video: Video, path: Path, context: Context, keep: Keeper | None) -> Scanned:
        from ivg.sources.content import check_content
        from ivg.video.decode import Decoder
        from ivg.video.picture import to_jpeg
        from ivg.video.scan import scan

        def kept(time_sec: float, picture: VideoFrame) -> None:
            if keep is not None:
                keep(time_sec, to_jpeg(picture, self.frame_side, self.jpeg_quality))

        decoder = Decoder(path, context.stream_threads, self.hwaccel)
        routes = self.hint.hinted(self.also) if self.hint and keep else []
        found = scan(decoder, self.measure.meter(), routes, kept)
        check_content(video)
        return found


def usable(hint: Split, also: Sequence[float]) -> Iterator[float | None]:
    """Those thresholds that the rule knows: a sweep may go over rules too, each with its own."""
    for threshold in also:
        try:
            yield hint.rule.checked(threshold)
        except ConfigError:
            log.debug(
                "scan: no frames are kept for split.threshold=%s: not of this rule", threshold
            )
