from dataclasses import replace

import numpy as np
import pytest

from ivg.errors import BadModelOutputError, ConfigError
from ivg.models.captioners.small import SmallCaptioner
from ivg.records import Segment
from ivg.stage import Context, Tally
from ivg.stages.caption import CaptionSegments
from ivg.video.frames import FrameStore


class Sizes:
    """A captioner that tells how many frames it was shown, and their mean colour."""

    def __init__(self, n_frames: int, answers=("{n} frames",)) -> None:
        self.n_frames = n_frames
        self.answers = answers
        self.clips = []

    def setup(self, device: str) -> None:
        self.device = device

    def caption(self, clips):
        self.clips += clips
        return [[a.format(n=len(clip.frames)) for a in self.answers] for clip in clips]


def captioned(stage, video, context):
    stage.setup(context)
    return stage.process(video, context)


def test_caption_names_cat_and_espresso(sample_video, kept_context):
    captions = captioned(CaptionSegments(SmallCaptioner()), sample_video, kept_context).fields[
        "captions"
    ]
    texts = [caption.text for caption in captions]
    assert texts[0] == texts[3] == "a photo of an Egyptian cat"
    assert texts[1] == texts[8] == "a photo of an espresso"
    assert [caption.segment for caption in captions] == list(range(12))


def test_caption_skips_and_counts_short_segments(colour_video, kept_context):
    short = replace(colour_video, segments=(Segment(0, 0.9, 0, 0), Segment(3, 6, 1, 1)))
    outcome = captioned(CaptionSegments(Sizes(1)), short, kept_context)
    assert [(c.segment, c.start_sec, c.end_sec) for c in outcome.fields["captions"]] == [(1, 3, 6)]
    assert outcome.tallies == (
        Tally("segment", 2, 1, {"too_short": 1}),
        Tally("caption", 1, 1),
    )


def test_caption_min_secs_is_inclusive(colour_video, kept_context):
    outcome = captioned(CaptionSegments(Sizes(1), min_secs=3.0), colour_video, kept_context)
    assert len(outcome.fields["captions"]) == 3


def test_caption_drops_blank_and_repeated_texts(colour_video, kept_context):
    model = Sizes(1, answers=(" a\n  cat ", "a cat", "", " \t"))
    outcome = captioned(CaptionSegments(model), colour_video, kept_context)
    assert [caption.text for caption in outcome.fields["captions"]] == ["a cat"] * 3
    assert outcome.tallies[1] == Tally("caption", 12, 3, {"empty": 6, "repeated": 3})


def test_caption_counts_segments_without_caption(colour_video, kept_context):
    outcome = captioned(CaptionSegments(Sizes(1, answers=(" ",))), colour_video, kept_context)
    assert outcome.fields["captions"] == ()
    assert outcome.tallies == (
        Tally("segment", 3, 0, {"no_caption": 3}),
        Tally("caption", 3, 0, {"empty": 3}),
    )


@pytest.mark.parametrize("n_frames", [1, 3])
def test_caption_shows_as_many_frames_as_the_captioner_wants(colour_video, kept_context, n_frames):
    model = Sizes(n_frames)
    captioned(CaptionSegments(model), colour_video, kept_context)
    assert [len(clip.frames) for clip in model.clips] == [n_frames] * 3
    assert [int(clip.frames[0].argmax(axis=2).mean()) for clip in model.clips] == [0, 1, 0]
    times = [1.5] if n_frames == 1 else [0.5, 1.5, 2.5]
    assert [list(clip.times) for clip in model.clips] == [times] * 3
    assert [(clip.start_sec, clip.end_sec) for clip in model.clips] == [(0, 3), (3, 6), (6, 9)]


@pytest.mark.parametrize("n_frames", [4, 9])
def test_caption_shows_each_kept_frame_once_if_fewer_are_kept(sample_video, kept_context, n_frames):
    model = Sizes(n_frames)
    captioned(CaptionSegments(model), sample_video, kept_context)
    assert [len(clip.frames) for clip in model.clips] == [3] * 12
    for clip in model.clips:
        assert len({frame.tobytes() for frame in clip.frames}) == 3


def test_caption_published_shows_the_middle_frame(sample_video, tmp_path):
    model = Sizes(1)
    bare = replace(sample_video, frame_times=np.zeros(0), segments=(Segment(4.0, 8.0, 1, 1),))
    context = Context(FrameStore(tmp_path))
    captioned(CaptionSegments(model, positions="published"), bare, context)
    (expected,) = context.frames.read_at(bare, [(120 + 60) / 30])
    assert (model.clips[0].frames[0] == expected).all()


def test_caption_counts_segments_without_readable_frame(sample_video, kept_context):
    lost = replace(sample_video, frame_times=np.zeros(0), segments=(Segment(60, 63, 0, 0),))
    outcome = captioned(CaptionSegments(Sizes(1)), lost, kept_context)
    assert outcome.tallies == (Tally("segment", 1, 0, {"unreadable": 1}), Tally("caption", 0, 0))


def test_caption_of_no_segments_is_empty(colour_video, kept_context):
    empty = replace(colour_video, segments=())
    outcome = captioned(CaptionSegments(SmallCaptioner()), empty, kept_context)
    assert outcome.fields["captions"] == ()
    assert outcome.tallies == (Tally("segment", 0, 0), Tally("caption", 0, 0))


@pytest.mark.parametrize(("key", "value"), [("min_secs", -1), ("positions", "last")])
def test_caption_refuses_values_out_of_range(key, value):
    with pytest.raises(ConfigError, match=f"caption.{key}"):
        CaptionSegments(SmallCaptioner(), **{key: value})


@pytest.mark.parametrize("answer", ["a cat", [1], [None], {1: ["a cat"]}, {"a": "a cat"}, [b"x"]])
def test_caption_refuses_answers_that_are_no_lists_of_texts(colour_video, kept_context, answer):
    class Odd(Sizes):
        def caption(self, clips):
            return [answer for _ in clips]

    with pytest.raises(BadModelOutputError, match="must give a list of texts a clip"):
        captioned(CaptionSegments(Odd(1)), colour_video, kept_context)


def test_caption_replaces_half_an_emoji(colour_video, kept_context):
    model = Sizes(1, answers=("cut \ud83d",))
    outcome = captioned(CaptionSegments(model), colour_video, kept_context)
    assert outcome.fields["captions"][0].text == "cut ?"


def test_caption_frames_can_not_be_changed_by_a_captioner(colour_video, kept_context):
    class Blackens(Sizes):
        def caption(self, clips):
            clips[0].frames[0][:] = 0
            return super().caption(clips)

    with pytest.raises(ValueError, match="read-only"):
        captioned(CaptionSegments(Blackens(1)), colour_video, kept_context)
