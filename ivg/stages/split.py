"""Cut a video into scenes and keep a few frames of each, from what the scan stage saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ivg.detectors.content import ContentMeasure, ContentRule
from ivg.errors import ConfigError, TooShortVideoError
from ivg.ranges import (
    flag,
    number_within,
    one_of,
    optional_text,
    optional_whole_within,
    whole_within,
)
from ivg.records import Scene
from ivg.stage import Context, Drop, Outcome, Stage, Tally
from ivg.video.sampling import POSITIONS, inside, published

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivg.detectors.contract import Measure, Rule
    from ivg.records import Video
    from ivg.video.replay import Replayed
    from ivg.video.walk import Route

TIME_DIGITS = 6
"""Lengths are compared to the microsecond, so that 4.8 - 4.3 is half a second."""


class Split(Stage):
    """A detector's rule on stored scores, and the frames to keep of each scene.

    Args:
        measure: What the scan stage has measured of each frame; by default as `ContentDetector`.
        rule: Makes cuts of it; by default as `ContentDetector`.
        threshold: What the rule compares scores with; None where it has none.
        min_scene_len: Least frames between two cuts.
        min_secs: Shorter scenes go to `dropped_scenes`.
        frames_per_scene: Frames kept of each scene.
        positions: `inside`: at equal fractions of the scene, to within 1/64 of its length.
            `published`: the exact frames that InternVid-G looks at to compare scenes, to score
            and to caption them, whether or not scenes get merged; opens the video again.
        whole_video_is_scene: A video without a cut is one scene; published: it is lost.
        decimals: Round scene times before anything compares them; None keeps them exact,
            published: 3.
        frame_side: Short side of kept frames in pixels, never enlarged; 0 keeps the size.
        jpeg_quality: Of kept frames, 1 to 100.
        hwaccel: Kind of device to decode on; see `ivg.stages.scan.Scan`.

    Raises:
        ConfigError: A value is out of range; the message names its key.
    """

    name: ClassVar[str] = "split"
    decodes: ClassVar[bool] = True
    produces: ClassVar[tuple[str, ...]] = ("scenes", "dropped_scenes", "frame_times")
    needs: ClassVar[tuple[str, ...]] = ("track",)
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"hwaccel"})
    VERSION: ClassVar[int] = 3

    def __init__(
        self,
        measure: Measure | None = None,
        rule: Rule | None = None,
        threshold: float | None = 27.0,
        min_scene_len: int = 15,
        min_secs: float = 0.5,
        frames_per_scene: int = 3,
        positions: str = "inside",
        whole_video_is_scene: bool = True,
        decimals: int | None = None,
        frame_side: int = 384,
        jpeg_quality: int = 90,
        hwaccel: str | None = None,
    ) -> None:
        self.measure = measure or ContentMeasure()
        self.rule = fitting(rule or ContentRule(), self.measure)
        self.threshold = self.rule.checked(threshold)
        self.min_scene_len = whole_within("split.min_scene_len", min_scene_len, 0)
        self.min_secs = number_within("split.min_secs", min_secs, 0)
        self.frames_per_scene = whole_within("split.frames_per_scene", frames_per_scene, 1)
        self.positions = one_of("split.positions", positions, POSITIONS)
        self.whole_video_is_scene = flag("split.whole_video_is_scene", whole_video_is_scene)
        self.decimals = optional_whole_within("split.decimals", decimals, 0, 9)
        self.frame_side = whole_within("split.frame_side", frame_side, 0)
        self.jpeg_quality = whole_within("split.jpeg_quality", jpeg_quality, 1, 100)
        self.hwaccel = optional_text("split.hwaccel", hwaccel)

    def is_complete(self, video_id: str, context: Context) -> bool:
        """Whether the frames of a stored result are still there."""
        return context.frames.is_whole(video_id)

    def hinted(self, also: Iterable[float | None] = ()) -> list[Route]:
        """How a pass has to go to meet the frames wanted here, and at other thresholds.

        None where it can't know: published positions depend on the frame rate of the whole.
        """
        if self.positions != "inside":
            return []
        return [self._route(threshold) for threshold in dict.fromkeys((self.threshold, *also))]

    def process(self, video: Video, context: Context) -> Outcome:
        """Find the scenes of `video` and keep its frames.

        Raises:
            Drop: `no_cut` or `no_scene`.
            VideoError: A frame that the pass did not keep can't be decoded.
        """
        from ivg.video.replay import replay

        found = replay(video.track, self._route(self.threshold), video.duration)
        scenes = [self._rounded(scene) for scene in found.scenes]
        if len(scenes) == 1 and not self.whole_video_is_scene:
            raise Drop("no_cut")
        kept = tuple(scene for scene in scenes if self._long_enough(scene))
        if video.duration < self.min_secs:
            raise TooShortVideoError(
                f"{video.path} lasts {video.duration:.3f} s, less than split.min_secs="
                f"{self.min_secs}: remove it, or lower split.min_secs"
            )
        if not kept:
            raise Drop("no_scene")
        return self._outcome(scenes, kept, self._keep(video, found, kept, context))

    def _route(self, threshold: float | None) -> Route:
        from ivg.video.walk import Route

        finder = self.rule.finder(threshold, self.min_scene_len)
        return Route(finder, self._inside, self.measure.lag)

    def _inside(self, scene: Scene) -> list[float]:
        """Wanted times of a scene just found."""
        if self.positions != "inside" or not self._long_enough(self._rounded(scene)):
            return []
        return inside(scene.start_sec, scene.end_sec, self.frames_per_scene)

    def _keep(
        self, video: Video, found: Replayed, kept: tuple[Scene, ...], context: Context
    ) -> list[float]:
        """Put the frames wanted into the store; their times."""
        from ivg.video.keep import keep
        from ivg.video.picture import to_jpeg
        from ivg.video.replay import pick

        indices = found.indices
        if self.positions == "published":
            wanted = [t for s in kept for t in published(s, video.fps, self.frames_per_scene)]
            indices = pick(video.track, wanted, 0.5 / video.fps, video.duration)
        keep(
            video,
            indices,
            context,
            lambda picture: to_jpeg(picture, self.frame_side, self.jpeg_quality),
            self.hwaccel,
        )
        return [float(video.track.times[index]) for index in indices]

    def _rounded(self, scene: Scene) -> Scene:
        if self.decimals is None:
            return scene
        return Scene(round(scene.start_sec, self.decimals), round(scene.end_sec, self.decimals))

    def _long_enough(self, scene: Scene) -> bool:
        return round(scene.end_sec - scene.start_sec, TIME_DIGITS) >= self.min_secs

    def _outcome(self, scenes: list[Scene], kept: tuple[Scene, ...], times: list[float]) -> Outcome:
        dropped = tuple(scene for scene in scenes if not self._long_enough(scene))
        fields = {
            "scenes": kept,
            "dropped_scenes": dropped,
            "frame_times": np.asarray(times, dtype=np.float64),
        }
        too_short = {"too_short": len(dropped)} if dropped else {}
        return Outcome(fields, (Tally("scene", len(scenes), len(kept), too_short),))


def fitting(rule: Rule, measure: Measure) -> Rule:
    """Return the rule if it understands the scores of the measure.

    Raises:
        ConfigError: It doesn't.
    """
    if not isinstance(measure, rule.reads):
        raise ConfigError(
            f"split.rule: {type(rule).__name__} can't read the scores of "
            f"{type(measure).__name__}; choose both by split=NAME"
        )
    return rule
