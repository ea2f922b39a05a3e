"""What the judge is shown and told, and that nobody waits for its verdict."""

from dataclasses import replace

import numpy as np
from composing import composed

from ivg.models.scorers.small import SmallScorer
from ivg.plan import plan_steps, resolved
from ivg.records import Caption
from ivg.stage import run_stage
from ivg.stages.judge_captions import JudgeCaptions
from ivg.stages.judge_frames import JudgeFrames
from ivg.stages.vectors import cosines

JUDGE = SmallScorer(classifier="lite2", role="judge")


def keys(*overrides):
    stages = resolved(composed("experiment=quickstart", *overrides))["stages"]
    return {step.stage.name: step.identity.key for step in plan_steps(stages)}


def run(stage, video, context):
    stage.setup(context)
    done = run_stage(stage, video, context)
    assert done.outcome is not None, done.failure
    return done.outcome.fields


def test_judge_sees_k_frames_of_each_scene(sample_video, kept_context):
    fields = run(JudgeFrames(JUDGE), sample_video, kept_context)
    assert fields["judge_frames"].shape == (36, 384)
    times = fields["judge_times"]
    assert (np.diff(times) > 0).all()
    for scene in sample_video.scenes:
        assert ((times >= scene.start_sec) & (times < scene.end_sec)).sum() == 3


def test_judge_finds_the_cat_by_its_caption(sample_video, kept_context):
    texts = ["a close-up of a tabby cat", "a cup of espresso on a wooden table"]
    told = replace(
        sample_video, captions=tuple(Caption(0.0, 4.0, text, 0) for text in [*texts, texts[0]])
    )
    frames = run(JudgeFrames(JUDGE), told, kept_context)
    captions = run(JudgeCaptions(JUDGE), told, kept_context)["judge_captions"]
    assert captions.shape == (3, 384)
    np.testing.assert_array_equal(captions[0], captions[2])
    found = cosines(captions, frames["judge_frames"]).argmax(axis=1)
    cat, coffee = (frames["judge_times"][found[i]] for i in range(2))
    assert cat < 4 or 11.5 <= cat < 15
    assert 4 <= coffee < 8 or 30.8 <= coffee < 34.8


def test_judge_of_no_captions_is_asked_nothing(sample_video, kept_context):
    fields = run(JudgeCaptions(JUDGE), sample_video, kept_context)
    assert len(fields["judge_captions"]) == len(sample_video.captions) == 0


def test_judges_key_is_no_part_of_any_other():
    without, small, other = (
        keys(),
        keys("judge=small"),
        keys("judge=small", "judge.classifier=lite0"),
    )
    assert small.keys() - without.keys() == {"judge_frames", "judge_captions"}
    chain = without.keys() - {"quality"}
    assert {name: small[name] for name in chain} == {name: without[name] for name in chain}
    assert small["judge_frames"] != other["judge_frames"]
    assert small["judge_captions"] != other["judge_captions"]


def test_what_looks_on_is_part_of_the_keys_of_those_who_need_it():
    verified = keys("negatives.verify_caption=true")
    fewer = keys("negatives.verify_caption=true", "stages.score_scenes.k=1")
    changed = {"score_scenes", "ground", "export", "lineage", "quality"}
    assert {name for name in verified if verified[name] != fewer[name]} == changed
    judged, other = keys("judge=small"), keys("judge=small", "stages.judge_frames.k=1")
    assert {name for name in judged if judged[name] != other[name]} == {"judge_frames", "quality"}


def test_judge_looks_again_only_where_what_it_sees_has_changed():
    before = keys("judge=small")
    filtered = keys("judge=small", "filter.threshold=0.5")
    assert {n for n in before if before[n] != filtered[n]} == {
        "filter",
        "ground",
        "export",
        "lineage",
        "quality",
    }
    captioned = keys("judge=small", "captioner.n_frames=1")
    assert captioned["judge_frames"] == before["judge_frames"]
    assert captioned["judge_captions"] != before["judge_captions"]
