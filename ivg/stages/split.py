"""Cut a video into scenes and keep a few frames of each: the stage that opens the video."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ivg.errors import FrameUnavailableError, TooShortVideoError
from ivg.ranges import flag, number_within, one_of, optional_whole_within, whole_within
from ivg.records import Scene
from ivg.stage import Context, Drop, Outcome, Stage, Tally
from ivg.video.sampling import (
    POSITIONS,
    inside,
    published_middle,
    published_scene,
    published_segment,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ivg.records import Video
    from ivg.video.scan import Scan, ScanOptions


TIME_DIGITS = 6
"""Lengths are compared to the microsecond, so that 4.8 - 4.3 is half a second."""


class Split(Stage):
    """PySceneDetect's `ContentDetector` and the sampled frames, in one decode pass.

    Args:
        threshold: Mean HSV difference that makes a cut, over 0 to 255.
        min_scene_len: Least frames between two cuts.
        min_secs: Shorter scenes go to `dropped_scenes`.
        frames_per_scene: Frames kept of each scene.
        positions: `inside`: at equal fractions of the scene, to within 1/64 of its length.
            `published`: the exact frames that InternVid-G looks at to compare scenes, to score
            and to caption them, whether or not scenes get merged; decodes the video twice.
        whole_video_is_scene: A video without a cut is one scene; published: it is lost.
        decimals: Round scene times before anything compares them; None keeps them exact,
            published: 3.
        frame_side: Short side of kept frames in pixels, never enlarged; 0 keeps the size.
        jpeg_quality: Of kept frames, 1 to 100.

    Raises:
        ConfigError: A value is out of range; the message names its key.
    """

    name: ClassVar[str] = "split"
    produces: ClassVar[tuple[str, ...]] = (
        "duration",
        "fps",
        "scenes",
        "dropped_scenes",
        "frame_times",
    )

    def __init__(
        self,
        threshold: float = 27.0,
        min_scene_len: int = 15,
        min_secs: float = 0.5,
        frames_per_scene: int = 3,
        positions: str = "inside",
        whole_video_is_scene: bool = True,
        decimals: int | None = None,
        frame_side: int = 384,
        jpeg_quality: int = 90,
    ) -> None:
        self.threshold = number_within("split.threshold", threshold, 0, 255)
        self.min_scene_len = whole_within("split.min_scene_len", min_scene_len, 0)
        self.min_secs = number_within("split.min_secs", min_secs, 0)
        self.frames_per_scene = whole_within("split.frames_per_scene", frames_per_scene, 1)
        self.positions = one_of("split.positions", positions, POSITIONS)
        self.whole_video_is_scene = flag("split.whole_video_is_scene", whole_video_is_scene)
        self.decimals = optional_whole_within("split.decimals", decimals, 0, 9)
        self.frame_side = whole_within("split.frame_side", frame_side, 0)
        self.jpeg_quality = whole_within("split.jpeg_quality", jpeg_quality, 1, 100)

    def is_complete(self, video_id: str, context: Context) -> bool:
        """Whether the frames of a stored result are still there."""
        return context.frames.path_of(video_id).is_file()

    def process(self, video: Video, context: Context) -> Outcome:
        """Find the scenes of `video` and keep its frames.

        Raises:
            Drop: `no_cut` or `no_scene`.
            VideoError: The file can't be used; the class says why.
        """
        if video.path is None:
            raise FrameUnavailableError(f"{video.name}: there is no file to split")
        found = self._scan(video.path)
        scenes = [self._rounded(scene) for scene in found.scenes]
        if len(scenes) == 1 and not self.whole_video_is_scene:
            raise Drop("no_cut")
        kept = tuple(scene for scene in scenes if self._long_enough(scene))
        if found.duration < self.min_secs:
            raise TooShortVideoError(
                f"{video.path} lasts {found.duration:.3f} s, less than split.min_secs="
                f"{self.min_secs}: remove it, or lower split.min_secs"
            )
        if not kept:
            raise Drop("no_scene")
        jpegs = self._jpegs(video.path, found, kept)
        times = sorted(jpegs)
        context.frames.write(video.id, times, [jpegs[time] for time in times])
        return self._outcome(found, scenes, kept, times)

    def _scan(self, path: Path) -> Scan:
        from ivg.video.scan import scan

        return scan(path, self._options(), self._inside if self.positions == "inside" else None)

    def _options(self) -> ScanOptions:
        from ivg.video.scan import ScanOptions

        return ScanOptions(self.threshold, self.min_scene_len, self.frame_side, self.jpeg_quality)

    def _inside(self, scene: Scene) -> list[float]:
        """Wanted times of a scene just found."""
        if not self._long_enough(self._rounded(scene)):
            return []
        return inside(scene.start_sec, scene.end_sec, self.frames_per_scene)

    def _jpegs(self, path: Path, found: Scan, kept: tuple[Scene, ...]) -> dict[float, bytes]:
        if self.positions == "inside":
            return found.jpegs
        from ivg.video.scan import keep_exact

        times = [time for scene in kept for time in self._published(scene, found.fps)]
        return keep_exact(path, self._options(), times, 0.5 / found.fps)

    def _published(self, scene: Scene, fps: float) -> list[float]:
        """Every frame that a published step looks at if the scene stays a segment of its own."""
        start, end, k = scene.start_sec, scene.end_sec, self.frames_per_scene
        return [
            *published_scene(start, end, fps, k),
            *published_segment(start, end, fps, k),
            *published_middle(start, end, fps),
        ]

    def _rounded(self, scene: Scene) -> Scene:
        if self.decimals is None:
            return scene
        return Scene(round(scene.start_sec, self.decimals), round(scene.end_sec, self.decimals))

    def _long_enough(self, scene: Scene) -> bool:
        return round(scene.end_sec - scene.start_sec, TIME_DIGITS) >= self.min_secs

    def _outcome(
        self, found: Scan, scenes: list[Scene], kept: tuple[Scene, ...], times: list[float]
    ) -> Outcome:
        dropped = tuple(scene for scene in scenes if not self._long_enough(scene))
        fields = {
            "duration": found.duration,
            "fps": found.fps,
            "scenes": kept,
            "dropped_scenes": dropped,
            "frame_times": np.asarray(times, dtype=np.float64),
        }
        too_short = {"too_short": len(dropped)} if dropped else {}
        return Outcome(fields, (Tally("scene", len(scenes), len(kept), too_short),))
