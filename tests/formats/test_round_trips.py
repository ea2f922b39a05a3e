"""What a format holds comes back: export, import, the same rows."""

import json
import tempfile
from pathlib import Path

import pytest
from exporting import config_of, exported, lines, row, write_run
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ivg.formats.build import build_format
from ivg.formats.command import ImportSettings
from ivg.formats.importing import import_file
from ivg.formats.words import one_line, sentence

ODD = (
    'he said "hi"',
    "a ## b",
    "#",
    "###",
    "two\nlines\r\n",
    "  spaces  ",
    "<script>alert('x')</script>",
    "{caption} {start} %s %% %.1f",
    "Options:\nOptions:\n(A) x",
    "ünï 女孩 🎈 \u2028 \x85 \x00 \x1f",
    "lone \udcff surrogate",
    "." * 3,
    "straße. ",
    "word " * 5000,
    "a --> b",
)
captions = st.sampled_from(ODD) | st.text(st.characters(), max_size=40)
milli = st.integers(0, 10**6)


@st.composite
def rows(draw):
    """Rows of up to three videos as a run writes them: times of whole milliseconds, in order."""
    found = []
    for video in draw(st.sets(st.sampled_from(["a.mp4", "b c.mp4", "ü/_1_2.mp4"]), min_size=1)):
        duration = draw(st.integers(3000, 10**6))
        for _ in range(draw(st.integers(1, 3))):
            first, start, end, last = sorted(draw(st.sets(milli, min_size=4, max_size=4)))
            times = [time * duration // 10**6 for time in (first, start, end, last)]
            first, start, end, last = (time / 1000 for time in times)
            if start < end:
                caption = draw(captions)
                found.append(row(video, start, end, (first, last), duration / 1000, caption))
    return sorted(found, key=order)


def order(one):
    return one["video"], one["start_sec"], one["end_sec"], one["caption"]


def round_trip(given_rows, name, file, *own):
    """Rows that were written, and rows that came back."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        run = write_run(here / "run", given_rows)
        books = exported(run, here / "out", name, *own)["all"]
        gone = [one for left_out in books.left_out.values() for one in left_out]
        written = [one for one in given_rows if one not in gone]
        assert len(written) == books.written
        if not written:
            return [], []
        made = build_format(config_of(name, own))
        told = ImportSettings(format=name, scenes=None)
        known = {one["video"]: one["duration"] for one in given_rows}
        (here / "lengths.json").write_text(json.dumps(known))
        told.durations = str(here / "lengths.json")
        if not any(map(spoken, written)):
            return [], []
        done = import_file(here / "out" / file, made, here / "in", told)
        assert len(done.bad) == sum(not spoken(one) for one in written)
        return list(filter(spoken, written)), lines(here / "in" / "final_dataset.jsonl")


def spoken(one):
    """Only InternVid-G writes captions without a letter, and no import takes them."""
    return one["caption"].strip()


def spanned(one, **change):
    """A row of which numbers of scenes are not known."""
    scenes = ("start_scene", "end_scene", "neg_start_scene", "neg_end_scene")
    return {**one, **dict.fromkeys(scenes), **change}


def whole(one, **change):
    """A row of which the span is not known either."""
    return spanned(one, neg_start_sec=0.0, neg_end_sec=one["duration"], **change)


def same(expected, found):
    assert sorted(expected, key=order) == sorted(found, key=order)


common = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking files takes minutes
)
EXAMPLE = [row("a.mp4", 1.0, 2.0, (0.5, 9.123), 20.0, caption) for caption in ODD]


@common
@given(rows())
@example(EXAMPLE)
def test_internvid_g_gives_all_rows_back(found):
    written, back = round_trip(found, "internvid_g", "final_dataset.jsonl")
    same(written, back)


@common
@pytest.mark.parametrize("task", ["choice", "choice_caption", "grounding", "caption"])
@given(found=rows())
@example(found=EXAMPLE)
def test_hawkeye_gives_rows_back_but_for_scenes(task, found):
    written, back = round_trip(found, "hawkeye", "all.json", f"format.task={task}")
    same([spanned(one, caption=sentence(one["caption"])) for one in written], back)


@common
@pytest.mark.parametrize("window", ["video", "span"])
@given(found=rows())
@example(found=EXAMPLE)
def test_charades_sta_gives_captions_back_in_one_line(window, found):
    written, back = round_trip(found, "charades_sta", "all.txt", f"format.window={window}")
    known = whole if window == "video" else spanned
    same([known(one, caption=one_line(one["caption"])) for one in written], back)


@common
@pytest.mark.parametrize("window", ["video", "span"])
@given(found=rows())
@example(found=EXAMPLE)
def test_activitynet_gives_captions_back(window, found):
    written, back = round_trip(found, "activitynet", "all.json", f"format.window={window}")
    same(list(map(whole if window == "video" else spanned, written)), back)


@common
@pytest.mark.parametrize("window", ["video", "span"])
@given(found=rows())
@example(found=EXAMPLE)
def test_qvhighlights_gives_windows_back_each_once(window, found):
    written, back = round_trip(found, "qvhighlights", "all.jsonl", f"format.window={window}")
    known = whole if window == "video" else spanned
    distinct = {order(one) if window == "video" else str(one): known(one) for one in written}
    same(list(distinct.values()), back)
