"""Describe each segment in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ivg.dialogue import converse_alone
from ivg.models.answers import captions
from ivg.models.batches import batches
from ivg.models.protocols import Captioner, Said, provenance_of
from ivg.ranges import number_within, one_of
from ivg.records import Caption, Clip, Image, Segment, Video
from ivg.stage import Context, Outcome, Stage, Tally
from ivg.stages.picking import Moment, caption_moments, read
from ivg.video.sampling import POSITIONS

SEGMENTS_AT_ONCE = 64

Numbered = tuple[int, Segment]
Asking = Generator[Sequence[Clip], Sequence[Said], Outcome]


class CaptionSegments(Stage):
    """Segments of at least `min_secs` to captions (InternVid-G step 6)."""

    VERSION: ClassVar[int] = 2
    name: ClassVar[str] = "caption"
    produces: ClassVar[tuple[str, ...]] = ("captions",)
    questions_at_once: ClassVar[int] = SEGMENTS_AT_ONCE

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
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The captioner's weights."""
        return {"captioner": provenance_of(self.captioner)}

    def setup(self, context: Context) -> None:
        """Load the captioner."""
        self.captioner.setup(context.device)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the captions, in the order of their segments.

        Raises:
            FrameUnavailableError: A frame is not kept and the video is not at hand.
        """
        return converse_alone(self, video, context)

    def converse(self, video: Video, context: Context) -> Asking:
        """`process`, asking for the captions of clips."""
        long_enough = [
            (number, segment)
            for number, segment in enumerate(video.segments)
            if segment.end_sec - segment.start_sec >= self.min_secs
        ]
        lost = Counter(too_short=len(video.segments) - len(long_enough))
        found: list[Caption] = []
        sentences = Counter[str]()
        for part in batches(long_enough, SEGMENTS_AT_ONCE):
            clips = self._clips(video, context, [segment for _, segment in part])
            readable = [item for item, clip in zip(part, clips, strict=True) if clip]
            lost["unreadable"] += len(part) - len(readable)
            answers = yield [clip for clip in clips if clip]
            for item, said in zip(readable, answers, strict=True):
                heard = list(_captions(item, said, sentences))
                lost["no_caption"] += not heard
                found += heard
        n_out = len({caption.segment for caption in found})
        segments = Tally("segment", len(video.segments), n_out, dict(+lost))
        said_in_all = len(found) + sentences.total()
        return Outcome(
            {"captions": tuple(found)},
            (segments, Tally("caption", said_in_all, len(found), dict(+sentences))),
        )

    def answer(self, questions: Sequence[Clip]) -> Sequence[Said]:
        """The captions of each clip."""
        return captions(self.captioner, self.captioner.caption(questions), questions)

    def _clips(
        self, video: Video, context: Context, segments: Sequence[Segment]
    ) -> list[Clip | None]:
        """The readable frames of each segment; None where there are none."""
        n_frames = self.captioner.n_frames
        wanted = [caption_moments(video, s, n_frames, self.positions) for s in segments]
        images: dict[Moment, Image] = {}
        for part in read(context.frames, video, [moment for row in wanted for moment in row]):
            images |= part
        return [_clip(s, row, images) for s, row in zip(segments, wanted, strict=True)]


def _clip(
    segment: Segment, moments: Sequence[Moment], images: Mapping[Moment, Image]
) -> Clip | None:
    found = [moment for moment in moments if moment in images]
    if not found:
        return None
    for moment in found:
        images[moment].flags.writeable = False  # the captioners of an ensemble share them
    return Clip(
        tuple(images[moment] for moment in found),
        tuple(moment.time_sec - segment.start_sec for moment in found),
        segment.start_sec,
        segment.end_sec,
    )


def _captions(item: Numbered, said: Said, lost: Counter[str]) -> Iterator[Caption]:
    """The sentences on one segment, white space normalised; what is left out goes to `lost`."""
    number, segment = item
    seen: set[tuple[str, str]] = set()
    for captioner, sentence in _by_captioner(said):
        # half an emoji, as cut answers end, can't be stored
        text = " ".join(sentence.encode("utf-8", "replace").decode().split())
        if not text:
            lost["empty"] += 1
        elif (captioner, text) in seen:
            lost["repeated"] += 1
        else:
            seen.add((captioner, text))
            yield Caption(segment.start_sec, segment.end_sec, text, number, captioner)


def _by_captioner(said: Said) -> Iterator[tuple[str, str]]:
    if isinstance(said, Exception):
        raise said
    named = said if isinstance(said, Mapping) else {"": said}
    for captioner, sentences in named.items():
        yield from ((captioner, str(sentence)) for sentence in sentences)
