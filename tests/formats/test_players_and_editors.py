"""WebVTT and OpenTimelineIO, read back by their libraries."""

import html
from pathlib import Path

import opentimelineio as otio
import pytest
import webvtt
from exporting import CAPTIONS, exported, row, some_rows, write_run
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import ConfigError, DatasetError
from ivg.formats.names import safe_name
from ivg.formats.webvtt import cue_of, plain

ODD_NAMES = ("../up.mp4", "a/b.mp4", "..mp4", "\udcff.mp4", "nul\0.mp4", "ü" * 200 + ".mp4", ".x")


def test_webvtt_cues_have_the_rows_times_and_captions(tmp_path):
    exported(write_run(tmp_path / "run", some_rows(1)), tmp_path / "out", "webvtt")
    found = webvtt.read(tmp_path / "out" / "video00000.vtt")
    assert [html.unescape(cue.text) for cue in found] == list(CAPTIONS)
    assert [cue.raw_text for cue in found][2] == (
        'he said "hi" &amp; left &lt;script&gt;alert(1)&lt;/script&gt; --&gt; gone'
    )
    assert [cue.start for cue in found][:2] == ["00:00:00.000", "00:00:02.000"]
    assert [cue.end for cue in found][:2] == ["00:00:01.500", "00:00:03.500"]


@given(st.text(st.characters(), min_size=1).filter(lambda text: plain(text).strip()))
def test_webvtt_holds_any_caption_in_one_cue(caption):
    vtt = webvtt.WebVTT()
    vtt.captions.extend([cue_of(row(caption=caption)), cue_of(row(caption="next"))])
    content = vtt.content.encode().decode()
    first, second = webvtt.from_string(content).captions
    assert html.unescape(first.text) == html.unescape(html.escape(plain(caption)))
    assert second.text == "next"
    assert content.count("-->") == 2


def test_webvtt_counts_captions_that_it_changed(tmp_path):
    run = write_run(tmp_path / "run", [row(caption="two\n\nlines"), row(caption="one")])
    books = exported(run, tmp_path / "out", "webvtt")["all"]
    assert (books.written, books.cleaned) == (2, 1)
    texts = {cue.text for cue in webvtt.read(tmp_path / "out" / "a.vtt")}
    assert texts == {"two lines", "one"}


@pytest.mark.parametrize(("name", "ending"), [("webvtt", ".vtt"), ("otio", ".otio")])
def test_odd_names_become_plain_files_of_the_folder(tmp_path, name, ending):
    rows = [row(video) for video in sorted(ODD_NAMES)]
    exported(write_run(tmp_path / "run", rows), tmp_path / "out", name)
    files = [path for path in (tmp_path / "out").iterdir() if path.suffix == ending]
    assert len(files) == len(ODD_NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "run"]


@given(st.text(st.characters(), min_size=1, max_size=300))
def test_safe_name_is_one_plain_file_name(name):
    safe = safe_name(name)
    assert safe == Path(safe).name
    assert safe.isascii()
    assert safe.isprintable()
    assert not safe.startswith((".", " "))
    assert len(safe) <= 200


@given(st.text(st.characters()), st.text(st.characters()))
def test_safe_name_tells_names_apart(one, other):
    assert (safe_name(one) == safe_name(other)) == (one == other)


def timeline_of(tmp_path, *own):
    run = write_run(tmp_path / "run", [row(start=2.0, end=4.0, span=(0.5, 8.001))])
    exported(run, tmp_path / "out", "otio", *own)
    return otio.adapters.read_from_file(str(tmp_path / "out" / "a.otio"))


def test_otio_has_segments_scenes_and_captions(tmp_path):
    timeline = timeline_of(tmp_path)
    segments, scenes = timeline.tracks
    assert (segments.name, scenes.name) == ("segments", "scenes")
    clips = [clip.trimmed_range_in_parent() for clip in scenes.find_clips()]
    times = [(t.start_time.to_seconds(), t.end_time_exclusive().to_seconds()) for t in clips]
    assert times == [(0.0, 2.0), (2.0, 4.0), (5.0, 8.0)]
    for clip in segments.find_clips():
        assert clip.source_range == clip.trimmed_range_in_parent()
        assert clip.media_reference.target_url == "a.mp4"
        assert clip.media_reference.available_range.duration.to_seconds() == 20.0
    (marker,) = timeline.tracks.markers
    assert marker.name == "a cat"
    assert marker.marked_range.start_time.to_seconds() == 2.0
    assert marker.marked_range.duration == otio.opentime.RationalTime(50, 25)
    assert marker.metadata["ivg"]["neg_end_sec"] == 8.001
    assert marker.metadata["ivg"]["neg_start_scene"] is None


def test_otio_takes_another_rate(tmp_path):
    (marker,) = timeline_of(tmp_path, "format.rate=1000").tracks.markers
    assert marker.marked_range.start_time == otio.opentime.RationalTime(2000, 1000)


def test_otio_names_what_it_does_not_know(tmp_path):
    run = write_run(tmp_path / "run", [row()])
    (run / "videos.jsonl").write_text('{"video": "other"}\n')
    with pytest.raises(DatasetError, match=r"videos\.jsonl does not know a\.mp4"):
        exported(run, tmp_path / "out", "otio")
    (run / "videos.jsonl").unlink()
    with pytest.raises(DatasetError, match=r"videos\.jsonl can't be read"):
        exported(run, tmp_path / "out", "otio")
    with pytest.raises(ConfigError, match=r"format\.rate"):
        exported(run, tmp_path / "out", "otio", "format.rate=fast")
