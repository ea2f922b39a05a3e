from dataclasses import replace

import numpy as np
import pytest
from kept_frames import Counting

from ivg.errors import ConfigError
from ivg.models.embedders.open_clip import OpenClipEmbedder
from ivg.models.embedders.small import SmallEmbedder
from ivg.models.scorers.small import SmallScorer
from ivg.records import Caption
from ivg.stage import Tally
from ivg.stages.embed import Embed
from ivg.stages.score import Score


def scored(stage, video, context):
    stage.setup(context)
    return stage.process(video, context)


def with_features(video, embedder, context, **more):
    stage = Embed(embedder, **more)
    stage.setup(context)
    return replace(video, **stage.process(video, context).fields)


def captions(video, *texts):
    """One caption a segment."""
    rows = zip(video.segments, texts, strict=False)
    return tuple(Caption(s.start_sec, s.end_sec, text, i) for i, (s, text) in enumerate(rows))


def test_score_right_captions_beat_swapped_ones(sample_video, kept_context):
    texts = ["a close-up of a tabby cat", "a cup of espresso on a wooden table"]
    stage = Score(SmallScorer(), SmallEmbedder())
    right = replace(sample_video, captions=captions(sample_video, *texts))
    swapped = replace(sample_video, captions=captions(sample_video, *texts[::-1]))
    good = scored(stage, right, kept_context).fields["frame_similarities"]
    bad = scored(stage, swapped, kept_context).fields["frame_similarities"]
    assert good.shape == (2, 3)
    assert good.min() > 0.5
    assert bad.max() < 0.3


def test_score_of_a_covered_picture_is_lower(sample_video, kept_context, tmp_path):
    from kept_frames import keep

    from ivg.stage import Context
    from ivg.video.frames import FrameStore

    images = kept_context.frames.read(sample_video, [0, 1, 2])
    noise = np.random.default_rng(0).integers(0, 256, images[0].shape, dtype=np.uint8)
    context = Context(FrameStore(tmp_path))
    times = sample_video.frame_times[:3].tolist()
    covered = keep(context.frames, dict.fromkeys(times, noise), sample_video.scenes[:1])
    text = captions(sample_video, "a close-up of a tabby cat")
    stage = Score(SmallScorer(), SmallEmbedder())
    clear = scored(stage, replace(sample_video, captions=text), kept_context)
    noisy = scored(stage, replace(covered, captions=text), context)
    worst = clear.fields["frame_similarities"].min()
    assert noisy.fields["frame_similarities"].max() < worst - 0.2


def test_score_reuses_features_of_the_same_model(
    colour_video, kept_context, tiny_embedder, tiny_scorer
):
    known = with_features(colour_video, tiny_embedder, kept_context)
    known = replace(known, captions=captions(known, "red", "green", "red"))
    counting = Counting(tiny_scorer)
    reused = scored(Score(counting, tiny_embedder), known, kept_context)
    assert counting.n_images == 0
    assert counting.n_texts == 2
    bare = replace(known, features=np.zeros((0, 0)), feature_frames=np.zeros(0, dtype=int))
    fresh = scored(Score(counting, tiny_embedder), bare, kept_context)
    assert counting.n_images == 9
    np.testing.assert_allclose(
        reused.fields["frame_similarities"], fresh.fields["frame_similarities"], atol=1e-5
    )
    assert reused.tallies == fresh.tallies == (Tally("frame", 9, 9),)


def test_score_encodes_only_frames_that_are_not_known(
    colour_video, kept_context, tiny_embedder, tiny_scorer
):
    known = with_features(colour_video, tiny_embedder, kept_context, k=1)
    known = replace(known, captions=captions(known, "red", "green", "red"))
    counting = Counting(tiny_scorer)
    scored(Score(counting, tiny_embedder), known, kept_context)
    assert counting.n_images == 9 - 3


def test_score_ignores_features_of_another_model(colour_video, kept_context, tiny_scorer):
    known = with_features(colour_video, SmallEmbedder(), kept_context)
    known = replace(known, captions=captions(known, "red"))
    counting = Counting(tiny_scorer)
    scored(Score(counting, SmallEmbedder()), known, kept_context)
    assert counting.n_images == 3


def test_score_precision_makes_another_model():
    assert OpenClipEmbedder().frame_model != OpenClipEmbedder(precision="bf16").frame_model


def test_score_captions_of_one_segment_share_its_frames(
    colour_video, kept_context, tiny_embedder, tiny_scorer
):
    texts = ("red", "a red wall", "red")
    several = replace(colour_video, captions=tuple(Caption(0.0, 3.0, text, 0) for text in texts))
    counting = Counting(tiny_scorer)
    scores = scored(Score(counting, tiny_embedder), several, kept_context).fields[
        "frame_similarities"
    ]
    assert (counting.n_images, counting.n_texts) == (3, 2)
    assert (scores[0] == scores[2]).all()
    assert (scores[0] != scores[1]).all()
    assert (np.abs(scores) <= 1).all()


def test_score_unreadable_frame_is_nan_and_counted(sample_video, kept_context):
    duration = sample_video.duration
    late = Caption(duration - 3.0, duration + 1.0, "a rocket on its launch pad")
    bare = replace(sample_video, frame_times=np.zeros(0), captions=(late,))
    outcome = scored(Score(SmallScorer(), SmallEmbedder()), bare, kept_context)
    assert np.isnan(outcome.fields["frame_similarities"]).tolist() == [[False, False, True]]
    assert outcome.tallies == (Tally("frame", 3, 2, {"unreadable": 1}),)


def test_score_segment_without_any_frame_has_no_score(sample_video, kept_context):
    beyond = replace(sample_video, frame_times=np.zeros(0), captions=(Caption(60, 63, "a cat"),))
    outcome = scored(Score(SmallScorer(), SmallEmbedder()), beyond, kept_context)
    assert np.isnan(outcome.fields["frame_similarities"]).all()
    assert outcome.tallies == (Tally("frame", 3, 0, {"unreadable": 3}),)


def test_score_published_looks_at_whole_frame_steps(sample_video, kept_context, tiny_scorer):
    caption = Caption(4.0, 8.0, "a cup of espresso")
    bare = replace(sample_video, frame_times=np.zeros(0), captions=(caption,))
    stage = Score(tiny_scorer, tiny_scorer, positions="published")
    scores = scored(stage, bare, kept_context).fields["frame_similarities"][0]
    images = kept_context.frames.read_at(bare, [(120 + i * (120 // 4)) / 30 for i in (1, 2, 3)])
    frames = tiny_scorer.embed_images(images).astype(float)
    text = tiny_scorer.embed_texts([caption.text]).astype(float)[0]
    expected = frames @ text / np.linalg.norm(frames, axis=1) / np.linalg.norm(text)
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_score_of_no_captions_is_empty(sample_video, kept_context):
    outcome = scored(Score(SmallScorer(), SmallEmbedder(), k=2), sample_video, kept_context)
    assert outcome.fields["frame_similarities"].shape == (0, 2)


@pytest.mark.parametrize(("key", "value"), [("k", 0), ("positions", "first")])
def test_score_refuses_values_out_of_range(key, value):
    with pytest.raises(ConfigError, match=f"score.{key}"):
        Score(SmallScorer(), SmallEmbedder(), **{key: value})
