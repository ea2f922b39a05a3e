import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import ivg
from ivg.errors import SourceError
from ivg.sources.internvid_g import InternVidGSource

SCENES = {"a.mp4": [[0, 2], [2, 5.5]], "b.mp4": [[1, 3]], "c.mp4": []}
MATRICES = {"a.mp4": [[1, 0.5], [0.5, 1]], "b.mp4": [[1.0]], "c.mp4": []}
DURATIONS = {"a.mp4": 6, "b.mp4": 4.25, "c.mp4": 1.0}
CAPTION = {"video_fname": "a.mp4", "start_sec": 0, "end_sec": 2, "captions": ["one", "two"]}


def lines(field, values):
    return [{"video_fname": name, field: value} for name, value in values.items()]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "scenes.jsonl", lines("scenes", SCENES))
    write(tmp_path / "scenes_similarity.jsonl", lines("similarity_matrix", MATRICES))
    (tmp_path / "durations.json").write_text(json.dumps(DURATIONS))
    return tmp_path


def listed(folder, **config):
    listing = InternVidGSource(str(folder), **config).list_videos(folder / "store")
    assert listing.tally.balanced
    assert listing.tally.n_out == len(listing.videos)
    return listing


def failures(folder):
    return {f.video: (f.error, f.message) for f in listed(folder).failures}


def only_failure(folder, video, error):
    listing = listed(folder)
    (failure,) = listing.failures
    assert (failure.video, failure.error, failure.traceback) == (video, error, "")
    assert listing.tally.failed == {error: 1}
    assert {v.name for v in listing.videos} == set(SCENES) - {video}
    return failure.message


def test_internvid_g_reads_the_folder(folder):
    first, second, empty = listed(folder).videos
    assert (first.name, first.duration, first.path, first.fps) == ("a.mp4", 6.0, None, 0.0)
    assert [(s.start_sec, s.end_sec) for s in first.scenes] == [(0, 2), (2, 5.5)]
    assert first.similarity.dtype == np.float64
    assert first.similarity.tolist() == [[1, 0.5], [0.5, 1]]
    assert (second.duration, second.captions) == (4.25, ())
    assert (empty.scenes, empty.similarity.shape) == ((), (0, 0))


def test_internvid_g_provides_what_the_folder_holds(folder):
    source = InternVidGSource(str(folder))
    assert source.provides == ("scan", "split", "embed")
    write(folder / "captions.jsonl", [CAPTION])
    assert source.provides == ("scan", "split", "embed", "caption", "score", "hygiene", "filter")


def test_internvid_g_adds_up_the_captions_of_a_video(folder):
    more = {**CAPTION, "start_sec": 2, "end_sec": 5.5, "captions": ["three"]}
    write(folder / "captions.jsonl", [CAPTION, more])
    first, second, _ = listed(folder).videos
    found = [(c.start_sec, c.end_sec, c.text, c.segment) for c in first.captions]
    assert found == [(0, 2, "one", None), (0, 2, "two", None), (2, 5.5, "three", None)]
    assert second.captions == ()


def test_internvid_g_ids_depend_on_content_only(folder):
    before = {v.name: v.id for v in listed(folder).videos}
    assert all(len(i) == 32 for i in before.values())
    write(folder / "scenes.jsonl", lines("scenes", dict(reversed(SCENES.items()))))
    durations = {name: float(value) for name, value in DURATIONS.items()}
    (folder / "durations.json").write_text(json.dumps(durations))
    assert {v.name: v.id for v in listed(folder).videos} == before
    write(folder / "scenes_similarity.jsonl", lines("similarity_matrix", {**MATRICES, "b.mp4": []}))
    after = {v.name: v.id for v in listed(folder).videos}
    assert [name for name in SCENES if after[name] != before[name]] == ["b.mp4"]


def test_internvid_g_tells_videos_with_equal_content_apart(folder):
    write(folder / "scenes.jsonl", lines("scenes", {name: [] for name in SCENES}))
    write(
        folder / "scenes_similarity.jsonl",
        lines("similarity_matrix", {name: [] for name in SCENES}),
    )
    (folder / "durations.json").write_text(json.dumps(dict.fromkeys(SCENES, 3)))
    assert len({v.id for v in listed(folder).videos}) == 3


def test_internvid_g_finds_the_files_of_videos(folder):
    clips = folder / "clips"
    clips.mkdir()
    shutil.copy(Path(ivg.__file__).parent / "sample" / "sample.mp4", clips / "a.mp4")
    outside = {"../scenes.jsonl": [], **SCENES}
    write(folder / "scenes.jsonl", lines("scenes", outside))
    write(
        folder / "scenes_similarity.jsonl",
        lines("similarity_matrix", {"../scenes.jsonl": [], **MATRICES}),
    )
    (folder / "durations.json").write_text(json.dumps({"../scenes.jsonl": 1, **DURATIONS}))
    paths = {v.name: v.path for v in listed(folder, videos=str(clips)).videos}
    assert paths == {
        "../scenes.jsonl": None,
        "a.mp4": clips / "a.mp4",
        "b.mp4": None,
        "c.mp4": None,
    }


def test_internvid_g_asks_files_for_their_frame_rate_where_captions_are_missing(folder):
    clips = folder / "clips"
    clips.mkdir()
    shutil.copy(Path(ivg.__file__).parent / "sample" / "sample.mp4", clips / "a.mp4")
    (clips / "b.mp4").write_text("no video")
    listing = listed(folder, videos=str(clips))
    assert {v.name: v.fps > 0 for v in listing.videos} == {"a.mp4": True, "c.mp4": False}
    assert [(f.video, f.error) for f in listing.failures] == [("b.mp4", "NotAVideoError")]


@pytest.mark.parametrize("name", ["scenes.jsonl", "scenes_similarity.jsonl", "durations.json"])
def test_internvid_g_names_a_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(SourceError, match=name):
        listed(folder)


def test_internvid_g_names_a_missing_folder(tmp_path):
    with pytest.raises(SourceError, match=r"source\.dir: .*nowhere"):
        listed(tmp_path / "nowhere")


def test_internvid_g_names_a_missing_folder_of_videos(folder):
    with pytest.raises(SourceError, match=r"source\.videos: nowhere"):
        listed(folder, videos="nowhere")


def test_internvid_g_refuses_an_empty_list(folder):
    for name in ("scenes.jsonl", "scenes_similarity.jsonl"):
        (folder / name).write_text("\n \n")
    with pytest.raises(SourceError, match="lists no video"):
        listed(folder)


@pytest.mark.parametrize("text", ['{"a.mp4": 1,\n', "[1, 2]", "\xff"])
def test_internvid_g_refuses_broken_durations(folder, text):
    (folder / "durations.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceError, match=r"durations\.json"):
        listed(folder)


def test_internvid_g_says_on_which_line_durations_break(folder):
    (folder / "durations.json").write_text('{"a.mp4": 1,\n "b.mp4": }')
    with pytest.raises(SourceError, match=r"durations\.json:2"):
        listed(folder)


@pytest.mark.parametrize(
    "text", ["{half a li", "[]", '{"scenes": []}', '{"video_fname": 3}', "\xff"]
)
def test_internvid_g_loses_only_a_broken_line(folder, text):
    with (folder / "scenes.jsonl").open("ab") as file:
        file.write(text.encode("latin-1"))
    listing = listed(folder)
    (failure,) = listing.failures
    assert (failure.video, failure.error) == ("scenes.jsonl:4", "BadAnnotationError")
    assert "scenes.jsonl:4" in failure.message
    assert len(listing.videos) == 3


@pytest.mark.parametrize(
    ("scenes", "message"),
    [
        ([[0, 2], [1, 3]], "scene after scene 0 starts before"),
        ([[2, 3], [0, 1]], "scene after scene 0 starts before"),
        ([[-1, 3]], "scene 0 starts before 0"),
        ([[0, 1], [3, 3]], "scene 1 does not end after"),
        ([[0, 1, 2]], r"\[start_sec, end_sec\]"),
        ([[0, 1], [2]], "differ in length"),
        ([["0", 1]], "not a list of numbers"),
        ([[0, float("nan")]], "not finite"),
        (None, "not a list of numbers"),
        ({"0": 1}, "not a list of numbers"),
        ([[0, 10**400]], "not a list of numbers"),
    ],
)
def test_internvid_g_loses_only_a_video_with_impossible_scenes(folder, scenes, message):
    write(folder / "scenes.jsonl", lines("scenes", {**SCENES, "b.mp4": scenes}))
    found = only_failure(folder, "b.mp4", "BadAnnotationError")
    assert found.startswith("scenes.jsonl:2: ")
    assert re.search(message, found)


def test_internvid_g_takes_scenes_that_overlap_by_rounding(folder):
    write(folder / "scenes.jsonl", lines("scenes", {**SCENES, "a.mp4": [[0, 2.001], [2, 5]]}))
    assert len(listed(folder).videos) == 3


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 0.5]], "1 x 2, not square"),
        ([[1, 0.5], [0.5, 1]], "compares 2 scenes, scenes.jsonl has 1"),
        ([1], "not square"),
        ([[7]], "outside -1 to 1"),
        ([[None]], "not a list of numbers"),
        ("text", "not a list of numbers"),
    ],
)
def test_internvid_g_loses_only_a_video_with_an_impossible_matrix(folder, matrix, message):
    rows = lines("similarity_matrix", {**MATRICES, "b.mp4": matrix})
    write(folder / "scenes_similarity.jsonl", rows)
    assert message in only_failure(folder, "b.mp4", "BadAnnotationError")


def test_internvid_g_takes_a_matrix_of_the_first_scenes(folder):
    write(
        folder / "scenes_similarity.jsonl", lines("similarity_matrix", {**MATRICES, "a.mp4": [[1]]})
    )
    assert listed(folder).videos[0].similarity.shape == (1, 1)


@pytest.mark.parametrize("name", ["scenes.jsonl", "scenes_similarity.jsonl"])
def test_internvid_g_loses_a_video_that_a_file_does_not_know(folder, name):
    path = folder / name
    path.write_text(
        "\n".join(line for line in path.read_text().splitlines() if "b.mp4" not in line)
    )
    assert name in only_failure(folder, "b.mp4", "MissingAnnotationError")


def test_internvid_g_loses_a_video_without_a_duration(folder):
    (folder / "durations.json").write_text(json.dumps({**DURATIONS, "b.mp4": None}))
    only_failure(folder, "b.mp4", "BadAnnotationError")
    (folder / "durations.json").write_text(json.dumps({"a.mp4": 6, "c.mp4": 1, "more.mp4": 2}))
    assert "durations.json" in only_failure(folder, "b.mp4", "MissingAnnotationError")


@pytest.mark.parametrize("duration", [0, -1, True, "6", float("nan"), 10**400])
def test_internvid_g_refuses_what_is_no_duration(folder, duration):
    (folder / "durations.json").write_text(json.dumps({**DURATIONS, "b.mp4": duration}))
    assert "duration" in only_failure(folder, "b.mp4", "BadAnnotationError")


@pytest.mark.parametrize("name", ["scenes.jsonl", "scenes_similarity.jsonl"])
def test_internvid_g_loses_a_video_that_is_listed_twice(folder, name):
    text = (folder / name).read_text()
    (folder / name).write_text(text + text.splitlines()[1] + "\n")
    found = only_failure(folder, "b.mp4", "BadAnnotationError")
    assert found == f"{name}:4: b.mp4 was listed before"


def test_internvid_g_counts_captions_of_an_unknown_video(folder):
    write(folder / "captions.jsonl", [CAPTION, {**CAPTION, "video_fname": "z.mp4"}])
    assert failures(folder) == {"z.mp4": ("MissingAnnotationError", "z.mp4: not in scenes.jsonl")}


@pytest.mark.parametrize(
    "change",
    [
        {"captions": "one"},
        {"captions": [1]},
        {"captions": None},
        {"start_sec": "0"},
        {"end_sec": None},
        {"start_sec": 2},
        {"end_sec": float("nan")},
    ],
)
def test_internvid_g_loses_only_a_video_with_impossible_captions(folder, change):
    good = {**CAPTION, "video_fname": "b.mp4"}
    write(folder / "captions.jsonl", [good, {**CAPTION, **change}])
    found = only_failure(folder, "a.mp4", "BadAnnotationError")
    assert found.startswith("captions.jsonl:2: ")


def test_internvid_g_constructor_touches_nothing():
    source = InternVidGSource("/nowhere/at/all")
    assert source.folder == Path("/nowhere/at/all")
