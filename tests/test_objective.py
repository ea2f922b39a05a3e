"""What a job of a sweep returns."""

import math

import pytest
from composing import composed
from swept_folders import figure, write_job

from ivg.errors import ConfigError
from ivg.objective import objective_of
from ivg.plan import make_plan, resolved


@pytest.mark.parametrize("objective", [None, "yield/annotations"])
def test_objective_is_the_annotations_unless_told(tmp_path, objective):
    assert objective_of(objective, tmp_path, 7) == 7.0


def test_objective_is_the_figure_of_its_name(tmp_path):
    write_job(tmp_path / "0", figures=(figure(0.25, "a/b"), figure(0.5)))
    assert objective_of("groundability/R@1", tmp_path / "0", 7) == 0.5


@pytest.mark.parametrize(("better", "value"), [(1, -math.inf), (0, -math.inf), (-1, math.inf)])
def test_objective_without_anything_measured_is_the_worst(tmp_path, better, value):
    write_job(tmp_path / "0", figures=(figure(None, better=better),))
    assert objective_of("groundability/R@1", tmp_path / "0", 0) == value


def test_objective_that_was_not_measured_names_those_that_were(tmp_path):
    write_job(tmp_path / "0", figures=(figure(0.5), figure(2.0, "yield/hours")))
    with pytest.raises(ConfigError, match=r"objective=R@1.*groundability/R@1, yield/hours"):
        objective_of("R@1", tmp_path / "0", 7)
    with pytest.raises(ConfigError, match=r"no such figure; there are yield/annotations$"):
        objective_of("R@1", tmp_path, 7)


@pytest.mark.parametrize(
    ("objective", "overrides", "told"),
    [
        ("grounds", (), r"no such figure; there are yield/annotations.*truth/caption_precision"),
        ("groundability/R@1", (), r"needs a judge; choose one \(judge=\.\.\.\)"),
        ("diversity/vendi", (), "needs a judge"),
        ("bias/guess_mIoU", ("quality.measures.bias=null",), "no such figure"),
        ("bias/guess_mIoU", ("quality=none",), "nothing is measured"),
        ("bias/guess_mIoU", ("~stages.quality",), "nothing is measured"),
    ],
)
def test_objective_that_the_config_will_not_measure_is_refused_first(
    tmp_path, objective, overrides, told
):
    config = resolved(composed(f"objective={objective}", f"store.dir={tmp_path}/s", *overrides))
    with pytest.raises(ConfigError, match=f"objective={objective}: .*{told}"):
        make_plan(config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("objective", "overrides"),
    [
        ("groundability/R@1", ("judge=small",)),
        ("diversity/vendi", ("judge=small",)),
        ("truth/caption_precision", ()),  # whether there is a truth is told by the videos
        ("yield/annotations", ("quality=none",)),
        ("null", ("quality=none",)),
    ],
)
def test_objective_that_may_be_measured_is_taken(tmp_path, objective, overrides):
    config = resolved(composed(f"objective={objective}", f"store.dir={tmp_path}/s", *overrides))
    make_plan(config, tmp_path / "run")
