"""The stage that measures: what it leaves out, what it warns of, what it writes."""

import json
import logging
from dataclasses import replace

import pytest
from composing import composed
from planted import planted

from ivg.errors import ConfigError
from ivg.models.scorers.small import SmallScorer
from ivg.plan import resolved
from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import read_figures
from ivg.quality.measures.groundability import Groundability
from ivg.quality.measures.truth import AgainstTruth
from ivg.quality.measures.uniqueness import Uniqueness
from ivg.records import Video
from ivg.stage import Context, run_stage
from ivg.stages.quality import Quality
from ivg.targets import build
from ivg.truth import TrueScene, Truth
from ivg.video.frames import FrameStore

LITE0, LITE2 = SmallScorer(), SmallScorer(classifier="lite2", role="judge")


def measured(tmp_path, videos, **given):
    measures = {"groundability": Groundability(), "uniqueness": Uniqueness(), "off": None}
    stage = Quality(**{"measures": measures, "bootstrap": Bootstrap(20), **given})
    context = Context(FrameStore(tmp_path / "none"), run_dir=tmp_path)
    stage.setup(context)
    stage.prepare(videos)
    done = [run_stage(stage, video, context) for video in videos]
    stage.finish(context)
    assert all(one.status == "out" and one.outcome.tallies[0].balanced for one in done)
    assert stage.outputs == ("quality.json",)
    return read_figures(tmp_path)


def test_quality_with_a_judge_writes_every_measure(tmp_path):
    figures = {one.name: one for one in measured(tmp_path, planted(6), judge=LITE2, scorer=LITE0)}
    assert {name.partition("/")[0] for name in figures} == {
        "groundability",
        "false_negatives",
        "uniqueness",
    }
    assert figures["groundability/R@1"].n == 48
    assert json.loads((tmp_path / "quality.json").read_text())["judge"] == LITE2.frame_model


def test_quality_without_a_judge_leaves_out_what_needs_one(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    figures = measured(tmp_path, planted(3))
    assert [one.name for one in figures] == ["uniqueness/share"]
    assert "choose one (judge=...) for groundability" in caplog.text


def test_quality_warns_of_a_judge_with_the_scorers_eyes(tmp_path, caplog):
    measured(tmp_path, planted(2), judge=LITE0, scorer=SmallScorer())
    assert "judge and scorer are the same model" in caplog.text
    caplog.clear()
    measured(tmp_path, planted(2), judge=LITE2, scorer=LITE0)
    assert not caplog.text


def test_quality_of_nothing_has_figures_without_value(tmp_path):
    figures = measured(tmp_path, [], judge=LITE2)
    assert "groundability/R@1" in [figure.name for figure in figures]
    assert {(figure.value, figure.n) for figure in figures} == {(None, 0)}
    empty = [Video(name, name, duration=1.0) for name in ("a", "b")]
    for figure in measured(tmp_path, empty, judge=LITE2):
        assert (figure.value, figure.n) == (None, 0)


def test_quality_compares_with_the_truth_where_all_have_one(tmp_path):
    truth = Truth((TrueScene(0.0, 4.0, "cat"),))
    measures = {"truth": AgainstTruth()}
    known = [replace(video, truth=truth) for video in planted(2)]
    names = [one.name for one in measured(tmp_path, known, measures=measures)]
    assert "truth/caption_precision" in names
    assert measured(tmp_path, [known[0], planted(2)[1]], measures=measures) == []


@pytest.mark.parametrize("judge", [None, LITE2])
def test_measures_give_the_figures_that_they_name(tmp_path, judge):
    found = build(resolved(composed("judge=small"))["quality"]).measures
    truth = Truth((TrueScene(0.0, 4.0, "cat"),))
    known = [replace(video, truth=truth) for video in planted(2)]
    if judge is None:
        known = [replace(video, judge_captions=video.judge_captions[:0]) for video in known]
    names = [one.name for one in measured(tmp_path, known, judge=judge, measures=found)]
    asked = [one for one in found.values() if judge or not one.judged]
    assert names == [name for one in asked for name in one.names(judge is not None)]


class Untold(Uniqueness):
    def names(self, judged):
        return None


def test_objective_of_measures_that_can_not_tell_is_taken():
    assert Quality({"untold": Untold()}, Bootstrap()).why_not("any/thing") is None
    assert Quality({"told": Uniqueness()}, Bootstrap()).why_not("any/thing")


def test_quality_is_idle_without_measures():
    assert Quality({}, Bootstrap()).idle
    assert not Quality({"uniqueness": Uniqueness()}, Bootstrap()).idle


def test_figures_of_another_version_are_refused(tmp_path):
    assert read_figures(tmp_path) == []
    (tmp_path / "quality.json").write_text('{"figures": [{"nme": 1}]}')
    with pytest.raises(ConfigError, match=r"quality\.json: not the quality of this version"):
        read_figures(tmp_path)
