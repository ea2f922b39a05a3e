"""Which row is which: properties that hold for any rows."""

from collections import Counter

from compared_folders import caption, lineage, row, video
from hypothesis import given
from hypothesis import strategies as st

from ivg.dataset import FIELDS
from ivg.diff.rows import match
from ivg.diff.sides import Entry, VideoSide

SPANS = st.tuples(st.integers(0, 8), st.integers(1, 6))
ROWS = st.lists(
    st.tuples(SPANS, st.sampled_from(["a cat", "a dog"]), st.sampled_from(["", "x"]),
              st.sampled_from([20.0, 12.0])),
    max_size=8,
)  # fmt: skip


def side(label, rows, more=()) -> VideoSide:
    said = [caption(text, float(s), float(s + n), captioner=who) for (s, n), text, who, _ in rows]
    spans = [end for *_, end in rows]
    record = video("a.mp4", *said, *more)
    entries = [
        Entry(row(record, one, neg_end_sec=end), lineage(record, one))
        for one, end in zip(said, spans, strict=True)
    ]
    return VideoSide(label, record, entries)


def plain(entry: Entry) -> tuple:
    return tuple(entry.row[name] for name in FIELDS)


@given(ROWS)
def test_match_of_rows_with_themselves_is_empty(rows):
    found = match(side("A", rows), side("B", rows))
    assert (found.same, found.changed, found.removed, found.added) == (len(rows), [], [], [])


@given(ROWS, ROWS)
def test_match_puts_every_row_in_one_place(a, b):
    one, other = side("A", a), side("B", b)
    found = match(one, other)
    assert found.same + len(found.changed) + len(found.removed) == len(a)
    assert found.same + len(found.changed) + len(found.added) == len(b)
    theirs = Counter(plain(entry) for entry in other.entries)
    assert found.same == (Counter(plain(entry) for entry in one.entries) & theirs).total()


@given(ROWS, ROWS)
def test_match_is_the_same_from_either_side(a, b):
    there, back = match(side("A", a), side("B", b)), match(side("A", b), side("B", a))
    assert there.same == back.same
    assert Counter((plain(was), plain(now)) for was, now in there.changed) == Counter(
        (plain(was), plain(now)) for now, was in back.changed
    )
    assert Counter(map(plain, there.removed)) == Counter(map(plain, back.added))


def test_match_takes_the_better_overlap_first():
    a = side("A", [((0, 4), "a cat", "", 20.0), ((5, 4), "a cat", "", 20.0)])
    b = side("B", [((4, 5), "a cat", "", 20.0)])
    found = match(a, b)
    assert [(was.row["start_sec"], now.row["start_sec"]) for was, now in found.changed] == [(5, 4)]
    assert [entry.row["start_sec"] for entry in found.removed] == [0]


def test_match_does_not_pair_sentences_that_both_were_said():
    a = side("A", [((0, 4), "a cat", "", 20.0)], [caption("a dog", 0.0, 4.0, fate="filter")])
    b = side("B", [((0, 4), "a dog", "", 20.0)])
    assert [len(part) for part in (match(a, b).changed, match(a, b).removed)] == [0, 1]
    alone = side("A", [((0, 4), "a cat", "", 20.0)])
    assert len(match(alone, b).changed) == 1
