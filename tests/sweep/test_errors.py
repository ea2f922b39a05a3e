"""A job's error costs the sweep that job only."""

import math

import pytest

from ivg.errors import ConfigError
from ivg.sweep.errors import spared


def refuse(error):
    raise error


def test_spared_returns_what_the_job_does(tmp_path):
    assert spared(lambda: 3.0, tmp_path) == 3.0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("minimised", "value"), [(False, -math.inf), (True, math.inf)])
def test_spared_gives_a_failure_the_worst_value(tmp_path, minimised, value):
    assert spared(lambda: refuse(ConfigError("x is 3")), tmp_path, minimised) == value
    assert (tmp_path / "error.txt").read_text() == "ConfigError: x is 3\n"


def test_spared_shows_where_a_bug_is_and_spares_the_user_of_a_wrong_value(tmp_path, caplog):
    spared(lambda: refuse(ConfigError("wrong")), tmp_path)
    spared(lambda: refuse(ZeroDivisionError("bug")), tmp_path)
    told = {r.message: bool(r.exc_info) for r in caplog.records if r.levelname == "ERROR"}
    assert told == {"ConfigError: wrong": False, "ZeroDivisionError: bug": True}


def test_spared_lets_an_interruption_through(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        spared(lambda: refuse(KeyboardInterrupt()), tmp_path)
