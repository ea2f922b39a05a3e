"""Values that a shell passes without their quotes reach the config unchanged."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from ivg.overrides import foretold, quote_where_needed


def value(argument: str):
    (override,) = OverridesParser.create().parse_overrides(quote_where_needed([argument]))
    return override.value()


@pytest.mark.parametrize(
    "path",
    [
        "~/videos/*.mp4",
        'it\'s "quoted" #1.mp4',
        "emoji 🎬.mp4",
        "back\\slash's",
        "a*\\",
        "-dash*.mp4",
        "(brackets)[x",
    ],
)
def test_quote_where_needed_keeps_paths(path):
    assert value(f"source.path={path}") == path


@given(st.text(st.characters(codec="utf-8", exclude_characters="$\n\r"), min_size=1))
def test_quote_where_needed_makes_any_text_readable(text):
    found = value(f"source.path=#{text}")  # no Hydra value holds a bare #; `*,0` is a sweep
    assert found == f"#{text}"


@pytest.mark.parametrize(
    "argument", ["filter.threshold=0.2,0.25", "+a.b=[1,2]", "~tracker", "-m", "--cfg", "merge=max"]
)
def test_quote_where_needed_leaves_what_hydra_reads(argument):
    assert quote_where_needed([argument]) == [argument]


@pytest.mark.parametrize(
    ("sweep", "told"),
    [
        ("split.threshold=20,27.5", "[20,27.5]"),
        ("split.threshold=choice(20,27)", "[20,27]"),
        ("split.threshold=range(20,23)", "[20,21,22]"),
    ],
)
def test_foretold_tells_scan_all_thresholds_of_a_sweep(sweep, told):
    arguments = ["-m", "source=sample", sweep]
    assert foretold(arguments) == [*arguments, f"stages.scan.also={told}"]


@pytest.mark.parametrize(
    "argument",
    ["split.threshold=20", "split.threshold=interval(20,30)", "filter.threshold=0.1,0.2"],
)
def test_foretold_leaves_everything_else_alone(argument):
    assert foretold(["-m", argument]) == ["-m", argument]
