"""The probe among the measures: what it trains on, what it is asked, what it tells."""

import json
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
from planted import planted

from ivg.errors import ConfigError
from ivg.models.scorers.small import SmallScorer
from ivg.quality.benchmarks.held_out import HeldOut
from ivg.quality.benchmarks.synthetic import Synthetic
from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import read_figures
from ivg.quality.measures.probe import Probe
from ivg.quality.probe.settings import ProbeSettings
from ivg.quality.table import figures_table
from ivg.stage import Context, run_stage
from ivg.stages.quality import Quality
from ivg.video.frames import FrameStore

JUDGE = SmallScorer(classifier="lite2", role="judge")
TINY = ProbeSettings(width=16, heads=2, layers=1, max_epochs=2, batch_size=16)
HALF = HeldOut(0.5)


def measured(tmp_path, videos, benchmark=HALF, **changes):
    """The figures by name and the notes, through the stage."""
    probe = Probe(benchmark, JUDGE, 1.0, replace(TINY, **changes))
    stage = Quality({"probe": probe}, Bootstrap(20), judge=JUDGE)
    context = Context(FrameStore(tmp_path / "none"), run_dir=tmp_path)
    stage.setup(context)
    stage.prepare(videos)
    assert {run_stage(stage, video, context).status for video in videos} <= {"out"}
    stage.finish(context)
    notes = json.loads((tmp_path / "quality.json").read_text())["notes"]["probe"]
    return {figure.name: figure for figure in read_figures(tmp_path)}, notes


def test_probe_trains_on_some_videos_and_is_asked_about_the_others(tmp_path):
    videos = planted(10)
    held = sum(HALF.holds(video.id) for video in videos)
    assert 2 < held < 8
    figures, notes = measured(tmp_path, videos)
    assert notes["videos_kept_out"] == held
    assert notes["annotations"] == 8 * (10 - held)
    assert notes["n_train"] == [8 * (10 - held)] * 3
    assert (notes["queries"], notes["asked"], notes["left_out"]) == (8 * held, 8 * held, {})
    assert figures["probe/mIoU"].n == 8 * held
    assert figures["probe/mIoU"].low is not None
    for name in ("mIoU", "R@1@0.3", "R@1@0.5", "R@1@0.7", "mAP"):
        blind = figures[f"probe/blind_{name}"]
        assert blind.value is not None
        assert figures[f"probe/{name}"].floor == blind.floor > 0
    assert figures_table(list(figures.values())).row_count == len(figures)


def test_queries_do_not_depend_on_what_the_filter_kept(tmp_path):
    videos = planted(10)
    fewer = [replace(video, annotations=video.annotations[:3]) for video in videos]
    all_of, some = measured(tmp_path, videos), measured(tmp_path, fewer)
    assert some[1]["queries"] == all_of[1]["queries"]
    assert some[0]["probe/mIoU"].floor == all_of[0]["probe/mIoU"].floor
    assert some[1]["annotations"] < all_of[1]["annotations"]


def test_budget_is_the_same_for_sets_of_any_size_and_a_smaller_one_is_told(tmp_path, caplog):
    for n_videos in (10, 14):
        _, notes = measured(tmp_path, planted(n_videos), n_samples=9)
        assert (notes["n_train"], notes["short_of_samples"]) == ([9, 9, 9], False)
    assert not caplog.text
    _, notes = measured(tmp_path, planted(10), n_samples=1000)
    assert notes["short_of_samples"]
    assert "of the 1000 training samples" in caplog.text


def test_probe_finds_what_is_planted(tmp_path):
    figures, _ = measured(tmp_path, planted(40), max_epochs=20, learning_rate=3e-3, width=32)
    found, blind = figures["probe/mIoU"], figures["probe/blind_mIoU"]
    assert found.low > max(found.floor, blind.value) + 0.1


def test_videos_without_a_frame_are_named(tmp_path, caplog):
    videos = [
        replace(video, judge_frames=np.zeros((0, 64)), judge_times=np.zeros(0))
        if i == next(i for i, one in enumerate(planted(10)) if HALF.holds(one.id))
        else video
        for i, video in enumerate(planted(10))
    ]
    _, notes = measured(tmp_path, videos)
    [(reason, named)] = notes["left_out"].items()
    assert (reason, list(named.values())) == ("no_frame", [8])
    assert notes["asked"] == notes["queries"] - 8
    assert f"(no_frame): of 1 videos: {next(iter(named))}" in caplog.text


@pytest.mark.parametrize("keep", [0, 1])
def test_too_little_to_train_on_gives_figures_without_a_value(tmp_path, caplog, keep):
    videos = [replace(video, annotations=()) for video in planted(10)]
    if keep:
        free = next(i for i, video in enumerate(videos) if not HALF.holds(video.id))
        videos[free] = planted(10)[free]
    figures, notes = measured(tmp_path, videos, n_samples=4)
    assert figures["probe/mIoU"].value is None
    assert figures["probe/mIoU"].floor is not None
    assert notes["n_train"] == []
    assert notes["short_of_samples"]
    assert "it needs samples of two videos" in caplog.text


def test_nothing_held_out_gives_figures_without_a_value(tmp_path, caplog):
    videos = [video for video in planted(10) if not HALF.holds(video.id)]
    figures, notes = measured(tmp_path, videos)
    assert (figures["probe/mIoU"].value, figures["probe/mIoU"].floor) == (None, None)
    assert notes["queries"] == 0
    assert "0 queries" in caplog.text


def test_synthetic_judges_the_probe_itself_and_says_so_in_the_names(tmp_path):
    made = Synthetic(n_videos=20, frames=8, scenes=3, dim=6)
    figures, notes = measured(tmp_path, planted(3), made)
    assert {name.partition("/")[0] for name in figures} == {"probe_check"}
    assert figures["probe_check/mIoU"].n == notes["asked"] == 20
    assert notes["n_train"] == [20, 20, 20]
    names = {sample.video for sample in made.samples()}
    assert not names & {sample.video for sample in made.training()}
    assert fmean(len(sample.features) for sample in made.training()) == 8


def test_probe_without_benchmark_or_judge_says_what_to_choose():
    with pytest.raises(ConfigError, match=r"needs a benchmark.*benchmark=held_out"):
        Probe(None, JUDGE)
    with pytest.raises(ConfigError, match=r"needs a judge.*judge=siglip"):
        Probe(HALF, None)
    with pytest.raises(ConfigError, match=r"^quality\.measures\.probe\.step_secs must"):
        Probe(HALF, JUDGE, step_secs=0)
    Probe(Synthetic(), None)
