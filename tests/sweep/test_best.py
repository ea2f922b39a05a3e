"""The best job, its command, and the Pareto front."""

import math
import shlex

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from swept_folders import figure, write_job

from ivg.sweep.best import best, command, pareto, quality
from ivg.sweep.jobs import read_jobs


def test_pareto_front_of_a_table_by_hand():
    points = [(10, 0.1), (8, 0.5), (8, 0.4), (5, 0.5), (3, 0.9), (8, 0.5), (9, math.nan), (1, 0.2)]
    assert pareto(np.array(points)) == [0, 1, 5, 4]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_pareto_front_holds_what_nothing_beats(points):
    front = pareto(np.array(points, float).reshape(-1, 2))
    for i, (a, b) in enumerate(points):
        beaten = any(x >= a and y >= b and (x, y) != (a, b) for x, y in points)
        assert (i in front) != beaten


@pytest.mark.parametrize(("better", "winner"), [(1, "1"), (0, "1"), (-1, "0")])
def test_best_follows_the_direction_of_the_objective(tmp_path, better, winner):
    for name, value in (("0", 0.2), ("1", 0.6), ("2", None), ("3", 0.4)):
        told = {"figures": (figure(value, better=better),), "objective": "groundability/R@1"}
        write_job(tmp_path / name, **told)
    write_job(tmp_path / "4", annotations=None)
    assert best(read_jobs(tmp_path)).name == winner


def test_best_compares_jobs_of_one_objective(tmp_path):
    write_job(tmp_path / "0", figures=(figure(0.5),), objective="groundability/R@1")
    write_job(tmp_path / "1", annotations=9)
    write_job(tmp_path / "2", figures=(figure(0.7),), objective="groundability/R@1")
    assert best(read_jobs(tmp_path)).name == "2"


def test_best_of_a_sweep_that_failed_is_none(tmp_path):
    write_job(tmp_path / "0", annotations=None)
    assert best(read_jobs(tmp_path)) is None


def test_command_can_be_pasted(tmp_path):
    overrides = ["experiment=quickstart", "source.path='~/my videos/*.mp4'", "a=[1,2]"]
    write_job(tmp_path / "0", *overrides)
    (job,) = read_jobs(tmp_path)
    assert shlex.split(command(job)) == ["ivg", "build", *overrides]


def test_command_names_the_users_config_folder(tmp_path):
    folder = write_job(tmp_path / "0", "a=1")
    sources = "[{path: ivg.conf, provider: main}, {path: /my conf, provider: command-line}]"
    (folder / ".hydra" / "hydra.yaml").write_text(
        f"hydra: {{runtime: {{config_sources: {sources}}}}}"
    )
    (job,) = read_jobs(tmp_path)
    assert command(job) == "ivg build --config-dir '/my conf' a=1"


def test_quality_is_the_objective_or_else_groundability(tmp_path):
    found = (figure(1.0, "yield/hours"), figure(None, "groundability/x"), figure(0.5))
    write_job(tmp_path / "a" / "0", figures=found)
    write_job(tmp_path / "b" / "0", figures=found, objective="yield/hours")
    write_job(tmp_path / "c" / "0")
    write_job(tmp_path / "d" / "0", figures=found, objective="groundability/x")
    names = [quality(read_jobs(tmp_path / name)) for name in "abcd"]
    assert names == ["groundability/R@1", "yield/hours", None, "groundability/R@1"]
