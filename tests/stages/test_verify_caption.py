"""Spans without the segments that their caption fits too."""

from dataclasses import replace

import numpy as np
import pytest
from grounding import CONTEXT, ground, reason, span, video
from kept_frames import Counting

from ivg.errors import ConfigError
from ivg.models.embedders.small import SmallEmbedder
from ivg.models.scorers.small import SmallScorer
from ivg.records import Caption
from ivg.stage import run_stage
from ivg.stages.embed import Embed
from ivg.stages.ground import Ground
from ivg.stages.score_scenes import ScoreScenes

VERIFY = {"verify_caption": True}


def seen(fits, **config):
    """Segments of 4 s, all unlike; the caption of 8-12 s has these cosines with them."""
    scenes = np.array([[cosine, np.sqrt(1 - cosine**2)] for cosine in fits])
    item = video(len(fits), **config)
    return replace(item, scorer_scenes=scenes, scorer_captions=np.array([[1.0, 0.0]]))


def test_ground_ends_the_span_before_a_segment_that_the_caption_fits_as_well():
    item = seen([0.5, 0.1, 0.3, 0.1, 0.3])
    assert span(item) == (0, 8, 12, 20)
    (row,), _ = ground_verified(item)
    assert (row.neg_start_sec, row.neg_end_sec) == (4, 16)
    assert (row.neg_start_scene, row.neg_end_scene) == (0, 4)


def ground_verified(item, **config):
    done = run_stage(Ground(**VERIFY, **config), item, CONTEXT)
    assert done.outcome is not None, done.failure
    captions, context = done.outcome.tallies
    assert captions.balanced
    assert context.balanced
    return done.outcome.fields["annotations"], context


def test_ground_counts_the_context_that_verification_took():
    _, context = ground_verified(seen([0.5, 0.1, 0.3, 0.1, 0.3]))
    assert (context.unit, context.n_in, context.n_out) == ("context_segment", 4, 2)
    assert context.dropped == {"caption_fits": 2}
    _, untouched = ground_verified(seen([0.1, 0.1, 0.3, 0.1, 0.2]))
    assert (untouched.n_in, untouched.n_out) == (4, 4)


def test_ground_margin_moves_what_counts_as_fitting():
    item = seen([0.25, 0.1, 0.3, 0.1, 0.1])
    assert ground_verified(item)[0][0].neg_start_sec == 0
    assert ground_verified(item, verify_margin=0.1)[0][0].neg_start_sec == 4
    assert ground_verified(seen([0.5, 0.1, 0.3, 0, 0]), verify_margin=-0.3)[0][0].neg_start_sec == 0


def test_ground_drops_a_row_whose_caption_fits_both_neighbours():
    rows, context = ground_verified(seen([0.1, 0.4, 0.3, 0.4, 0.1]))
    assert not rows
    assert (context.n_in, context.n_out) == (4, 0)


def test_ground_drops_rows_instead_of_shortening_spans_if_told():
    fits = seen([0.5, 0.1, 0.3, 0.1, 0.1])
    done = run_stage(Ground(**VERIFY, verify_action="drop"), fits, CONTEXT)
    assert done.outcome.tallies[0].dropped == {"caption_fits_elsewhere": 1}
    fine = seen([0.1, 0.1, 0.3, 0.1, 0.1])
    assert ground_verified(fine, verify_action="drop")[0][0].neg_end_sec == 20


def test_ground_does_not_trust_a_segment_that_nobody_saw():
    item = seen([0.1, 0.1, 0.3, 0.1, 0.1])
    item.scorer_scenes[4] = np.nan
    assert ground_verified(item)[0][0].neg_end_sec == 16


def test_ground_takes_the_best_scene_of_a_merged_segment():
    item = seen([0.1, 0.1, 0.3, 0.1, 0.1])
    scenes = [*item.scenes[:4], replace(item.scenes[4], end_sec=18.0)]
    scenes.append(replace(item.scenes[4], start_sec=18.0))
    segments = (*item.segments[:4], replace(item.segments[4], last_scene=5))
    vectors = np.vstack([item.scorer_scenes, [[0.9, 0.1]]])
    item = replace(item, scenes=tuple(scenes), segments=segments, scorer_scenes=vectors)
    assert ground_verified(item)[0][0].neg_end_sec == 16


def test_ground_needs_one_readable_scene_of_the_captions_own_segment():
    item = seen([0.1, 0.1, 0.1, 0.1, 0.1])
    scenes = [*item.scenes, replace(item.scenes[4], start_sec=18.0)]
    scenes[4] = replace(item.scenes[4], end_sec=18.0)
    segments = (*item.segments[:4], replace(item.segments[4], last_scene=5))
    vectors = np.vstack([item.scorer_scenes[:4], [[0.3, 0.9]], [[np.nan, np.nan]]])
    item = replace(
        item,
        scenes=tuple(scenes),
        segments=segments,
        scorer_scenes=vectors,
        captions=(Caption(16.0, 20.0, "caption 0"),),
    )
    assert ground_verified(item)[0][0].neg_start_sec == 0


def test_ground_without_verification_reads_no_scores():
    item = seen([0.9, 0.9, 0.3, 0.9, 0.9])
    assert span(item) == (0, 8, 12, 20)
    assert reason(item, max_secs=1) == "too_long"
    assert ground(replace(item, scorer_scenes=np.zeros((0, 0))))[0]


def test_ground_refuses_an_unknown_action():
    with pytest.raises(ConfigError, match=r"negatives\.verify_action"):
        Ground(verify_action="keep")


@pytest.fixture(scope="module")
def told(sample_video, kept_context):
    """The sample with its features, and two captions that say which scene they mean."""
    embed = Embed(SmallEmbedder())
    embed.setup(kept_context)
    texts = ["a close-up of a tabby cat", "a cup of espresso on a wooden table"]
    captions = tuple(
        Caption(s.start_sec, s.end_sec, text, i)
        for i, (s, text) in enumerate(zip(sample_video.segments, texts, strict=False))
    )
    fields = embed.process(sample_video, kept_context).fields
    return replace(sample_video, captions=captions, **fields)


def test_score_scenes_finds_the_scenes_that_a_caption_fits(told, kept_context):
    counting = Counting(SmallScorer())
    stage = ScoreScenes(counting, SmallEmbedder(), verify=True)
    stage.setup(kept_context)
    fields = stage.process(told, kept_context).fields
    assert (counting.n_images, counting.n_texts) == (0, 2)
    assert len(fields["scorer_scenes"]) == len(told.scenes)
    fits = fields["scorer_captions"] @ fields["scorer_scenes"].T
    twins = [i for i, scene in enumerate(told.scenes) if abs(scene.start_sec - 11.5) < 0.1]
    assert sorted(np.argsort(-fits[0])[:2].tolist()) == sorted([0, *twins])


def test_score_scenes_of_no_caption_asks_nothing(sample_video, kept_context):
    stage = ScoreScenes(SmallScorer(), SmallEmbedder(), verify=True)
    fields = stage.process(replace(sample_video, captions=()), kept_context).fields
    assert not fields["scorer_scenes"].size
    assert not len(fields["scorer_captions"])


def test_score_scenes_is_idle_unless_wanted():
    assert ScoreScenes(SmallScorer(), SmallEmbedder()).idle
    assert not ScoreScenes(SmallScorer(), SmallEmbedder(), verify=True).idle
