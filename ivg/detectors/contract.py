"""What a detector is: a measure of frames, and a rule that makes cuts of the measurements.

The two are apart because they cost so differently. A measure needs the decoded frames; what it
says is stored, and its settings are part of the identity of the pass over the video. A rule reads
stored measurements in milliseconds, so its thresholds can be swept without decoding again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from scenedetect import SceneDetector


class Meter(Protocol):
    """Measures the frames of one video in order."""

    def push(self, picture: VideoFrame) -> list[float]:
        """The scores known now, of this frame or earlier ones; NaN: passed over by the rule."""

    def finish(self) -> list[float]:
        """The scores still owed after the last frame."""


class Measure(Protocol):
    """Settings of a measurement. Cheap; what it needs is loaded by `meter`.

    Attributes:
        lag: Frames by which the meter may be late with a score.
    """

    @property
    def lag(self) -> int: ...  # noqa: D102 - told above

    def meter(self) -> Meter:
        """A meter for one video."""


class Rule(Protocol):
    """Settings that make cuts of scores.

    Attributes:
        reads: The measure whose scores it understands.
    """

    reads: ClassVar[type | tuple[type, ...]]

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if this rule can use it.

        Raises:
            ConfigError: It can't; the message names `split.threshold`.
        """

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """A PySceneDetect detector of one video that is given scores in place of pictures."""
