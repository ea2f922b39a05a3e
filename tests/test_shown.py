"""Text from outside must not move a cursor, forge a line or flood a terminal."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivg.pipeline import Line
from ivg.shown import LONGEST, shown
from ivg.stage import Failure


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("a cat, “quoted” 🎬 猫", "a cat, “quoted” 🎬 猫"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("caf\udce9", r"caf\udce9"),
        ("\ud800", r"\ud800"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("line\u2028break\x85", r"line\u2028break\x85"),
    ],
)
def test_shown_spells_out_what_is_no_plain_text(text, spelt):
    assert shown(text) == spelt


def test_shown_cuts_only_what_is_very_long():
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert shown("x" * 10**6) == "x" * LONGEST + "..."


@given(st.text(st.characters()))
def test_shown_gives_one_printable_line(text):
    assert shown(text).isprintable()
    assert shown(text).encode("utf-8").decode() == shown(text)


def test_name_can_not_forge_a_line_of_the_log(caplog, tmp_path):
    line = Line([], None, None, tmp_path)
    hostile = "a.mp4\n[2026-01-01][ivg][ERROR] forged\x1b[2J"
    with caplog.at_level(logging.DEBUG, "ivg"):
        line.note(Failure("split", hostile, "UnreadableFileError", f"{hostile}: no"))
    (record,) = caplog.records
    assert record.getMessage().isprintable()
    assert r"a.mp4\n[2026" in record.getMessage()
