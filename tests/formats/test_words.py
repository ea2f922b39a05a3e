"""The wording of sentences, and small pieces that formats share."""

import re
from collections import Counter

import pytest
from exporting import row
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import ConfigError
from ivg.formats.books import CannotHoldError
from ivg.formats.moment import moment, positional, split_of
from ivg.formats.names import Ids, stem, suffix
from ivg.formats.words import caption_in, fill, one_line, place_of, sentence, templates

PLACES = [570, 585]
"""Golden: another wording of old rows is another export."""
TEMPLATES = ("Is {caption} there?", "{caption}: where?")


@given(st.text(st.characters()), st.sampled_from(TEMPLATES))
def test_caption_in_finds_what_fill_put_there(caption, template):
    assert caption_in(fill(template, {"caption": caption}), [template]) == caption


def test_fill_does_not_fill_what_a_caption_says():
    assert fill("{caption} {start}", {"caption": "{start}", "start": "1"}) == "{start} 1"


def test_caption_in_is_none_for_other_sentences():
    assert caption_in("What is it?", TEMPLATES) is None
    assert caption_in("Is there?", ["Is the{caption}there?"]) is None


@pytest.mark.parametrize("value", ["no place", "{caption} {more}", "", 3, ["{caption}", "none"]])
def test_templates_must_hold_their_places(value):
    with pytest.raises(ConfigError, match=r"format\.questions"):
        templates("format.questions", value, ("caption",))


def test_wording_depends_on_the_row_alone():
    chosen = {place_of(row(start=float(n)), 4, "x") for n in range(50)}
    assert chosen == {0, 1, 2, 3}
    assert place_of(row(), 1000, "x") == place_of(dict(reversed(row().items())), 1000, "x")
    assert [place_of(one, 1000, "question") for one in (row(), row("b.mp4"))] == PLACES


def test_wording_says_nothing_about_the_order_of_options():
    rows = [row(start=n / 1000) for n in range(1000)]
    pairs = Counter((place_of(r, 2, "question"), place_of(r, 24, "options")) for r in rows)
    assert len(pairs) == 48


@pytest.mark.parametrize(
    ("caption", "expected"),
    [("a cat.", "A cat"), ("a cat..", "A cat."), ("A. ", "A. "), ("ß", "SS"), ("1 x", "1 x")],
)
def test_sentence_is_as_hawkeye_writes_it(caption, expected):
    assert sentence(caption) == expected


@pytest.mark.parametrize("caption", ["", ".", "  ", "\n"])
def test_sentence_of_nothing_cant_be_held(caption):
    with pytest.raises(CannotHoldError, match="empty"):
        sentence(caption)


@given(st.text(st.characters()))
def test_one_line_is_one_line_for_every_reader(text):
    line = one_line(text)
    assert line.splitlines() in ([line], [])
    assert re.search(r"\s\s|^\s|\s$", line) is None


@given(
    st.text(st.characters(), min_size=1),
    st.floats(0, 1e6, allow_subnormal=False),
    st.floats(0, 1e6, allow_subnormal=False),
)
def test_split_of_takes_apart_what_moment_calls_a_span(name, first, last):
    made = f"{name}_{positional(first)}_{positional(last)}"
    assert split_of(made) == (name, first, last)


def test_split_of_is_none_for_plain_names():
    for name in ("a", "a_1", "a_1_b", "_1_2", "a_1e5_2"):
        assert split_of(name) is None


def test_moment_of_a_span_counts_from_its_start():
    seen = moment(row("a.mp4", 46.1, 48.2, (32.68, 60.0), 100.0), "span", Ids())
    assert (seen.id, seen.file) == ("a_32.68_60.0", "a_32.68_60.0.mp4")
    assert (seen.start_sec, seen.end_sec, seen.duration) == (13.42, 15.52, 27.32)
    assert seen.split == (32.68, 60.0)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.mp4", ("a", ".mp4")),
        ("a", ("a", "")),
        (".mp4", (".mp4", "")),
        ("b/a.b.c", ("b/a.b", ".c")),
    ],
)
def test_stem_and_suffix_are_the_name(name, parts):
    assert (stem(name), suffix(name)) == parts
