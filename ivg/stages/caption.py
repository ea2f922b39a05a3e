"""Describe each segment in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ivg.models.batches import batches
from ivg.models.protocols import Captioner, weights_of
from ivg.ranges import number_within, one_of
from ivg.records import Caption, Image, Segment, Video
from ivg.stage import Context, Outcome, Stage, Tally
from ivg.stages.picking import Moment, caption_moments, read
from ivg.video.sampling import POSITIONS

SEGMENTS_AT_ONCE = 64

Numbered = tuple[int, Segment]


class CaptionSegments(Stage):
    """Segments of at least `min_secs` to captions (InternVid-G step 6)."""

    name: ClassVar[str] = "caption"
    produces: ClassVar[tuple[str, ...]] = ("captions",)

    def __init__(
        self, captioner: Captioner, min_secs: float = 1.0, positions: str = "inside"
    ) -> None:
        """Store the config.

        Args:
            captioner: Frames to sentences; config group `captioner`.
            min_secs: Shorter segments are not captioned.
            positions: `inside`, or `published`: the InternVid-G frame formula.

        Raises:
            ConfigError: A value is out of range.
        """
        self.captioner = captioner
        self.min_secs = number_within("caption.min_secs", min_secs, 0)
        self.positions = one_of("caption.positions", positions, POSITIONS)

    @property
    def models(self) -> Mapping[str, str]:
        """The captioner's weights."""
        return {"captioner": weights_of(self.captioner)}

    def setup(self, context: Context) -> None:
        """Load the captioner."""
        self.captioner.setup(context.device)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the captions, in the order of their segments.

        Raises:
            FrameUnavailableError: A frame is not kept and the video is not at hand.
        """
        long_enough = [
            (number, segment)
            for number, segment in enumerate(video.segments)
            if segment.end_sec - segment.start_sec >= self.min_secs
        ]
        reasons = Counter(too_short=len(video.segments) - len(long_enough))
        captions: list[Caption] = []
        for part in batches(long_enough, SEGMENTS_AT_ONCE):
            captions += self._describe(video, context, part, reasons)
        n_out = len({caption.segment for caption in captions})
        tally = Tally("segment", len(video.segments), n_out, dict(+reasons))
        return Outcome({"captions": tuple(captions)}, (tally,))

    def _describe(
        self, video: Video, context: Context, segments: Sequence[Numbered], reasons: Counter[str]
    ) -> list[Caption]:
        clips = self._clips(video, context, [segment for _, segment in segments])
        readable = [item for item, clip in zip(segments, clips, strict=True) if clip]
        reasons["unreadable"] += len(segments) - len(readable)
        answers = self.captioner.caption([clip for clip in clips if clip])
        captions: list[Caption] = []
        for (number, segment), texts in zip(readable, answers, strict=True):
            sentences = _sentences(texts)
            reasons["no_caption"] += not sentences
            captions += [
                Caption(segment.start_sec, segment.end_sec, text, number) for text in sentences
            ]
        return captions

    def _clips(
        self, video: Video, context: Context, segments: Sequence[Segment]
    ) -> list[list[Image]]:
        """The readable frames of each segment, in order."""
        n_frames = self.captioner.n_frames
        wanted = [caption_moments(video, s, n_frames, self.positions) for s in segments]
        images: dict[Moment, Image] = {}
        for part in read(context.frames, video, [moment for row in wanted for moment in row]):
            images |= part
        return [[images[moment] for moment in row if moment in images] for row in wanted]


def _sentences(texts: Sequence[str]) -> list[str]:
    """The different texts that say something, their white space normalised."""
    normal = (" ".join(text.split()) for text in texts)
    return list(dict.fromkeys(text for text in normal if text))
