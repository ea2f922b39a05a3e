import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivg.errors import ConfigError, RunFailedError
from ivg.records import Annotation, Caption, Scene, Segment, Video
from ivg.stage import Context, run_stage
from ivg.stages.export import Export
from ivg.video.frames import FrameStore

THIRD = 1 / 3
ALWAYS = {
    "scenes.jsonl",
    "scenes_similarity.jsonl",
    "scenes-merged.jsonl",
    "scenes_merged_similarity.jsonl",
    "scenes-blip2.jsonl",
    "final_dataset.jsonl",
}
FILTERED = {"scenes-blip2-filtered.jsonl", "scenes-blip2-filtered-high_sims.jsonl"}


def video(name="a.mp4"):
    return Video(
        id=name,
        name=name,
        duration=10.00049,
        scenes=(Scene(0, THIRD), Scene(THIRD, 2.0)),
        similarity=np.array([[1, THIRD], [THIRD, 1]]),
        segments=(Segment(0, 2.0, 0, 1),),
        captions=(Caption(0, 2, "a cat", 0), Caption(0, 2, "a cat", 0), Caption(0, 2, "dog", 0)),
        frame_similarities=np.full((3, 3), 0.2),
        clip_sim=np.array([THIRD, 0.3, np.nan]),
        kept=np.array([True, True, False]),
        annotations=(Annotation(name, 10.00049, THIRD, 2, 0, 9.87654, "a cat", 0, 0, None, 3),),
    )


def export(folder, *videos, finish=True, **config):
    context = Context(FrameStore(Path("none")), run_dir=folder)
    stage = Export("blip2", **config)
    stage.setup(context)
    done = [run_stage(stage, item, context) for item in videos]
    if finish:
        stage.finish(context)
    return done


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def named(folder):
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_export_writes_the_published_files_and_no_other(tmp_path):
    (done,) = export(tmp_path, video())
    assert {path.name for path in tmp_path.iterdir()} == ALWAYS | FILTERED
    (tally,) = done.outcome.tallies
    assert (tally.unit, tally.n_in, tally.n_out) == ("annotation", 1, 1)


def test_export_rounds_times_and_similarities_to_three_decimals(tmp_path):
    export(tmp_path, video())
    head = {"video_fname": "a.mp4"}
    assert rows(tmp_path / "scenes.jsonl") == [{**head, "scenes": [[0, 0.333], [0.333, 2]]}]
    assert rows(tmp_path / "scenes_similarity.jsonl") == [
        {**head, "similarity_matrix": [[1, 0.333], [0.333, 1]]}
    ]
    assert rows(tmp_path / "scenes-merged.jsonl") == [{**head, "scenes": [[0, 2]]}]
    assert rows(tmp_path / "scenes_merged_similarity.jsonl") == [
        {**head, "similarity_matrix": [[1]]}
    ]


def test_export_writes_captions_scores_and_kept_ones(tmp_path):
    export(tmp_path, video())
    head = {"video_fname": "a.mp4", "start_sec": 0, "end_sec": 2}
    assert rows(tmp_path / "scenes-blip2.jsonl") == [
        {**head, "captions": ["a cat", "a cat", "dog"]}
    ]
    assert rows(tmp_path / "scenes-blip2-filtered.jsonl") == [
        {**head, "caption": "a cat", "clip_sim": 0.333},
        {**head, "caption": "a cat", "clip_sim": 0.3},
        {**head, "caption": "dog", "clip_sim": None},
    ]
    kept = rows(tmp_path / "scenes-blip2-filtered-high_sims.jsonl")
    assert kept == [{**head, "captions": ["a cat"]}]


def test_export_writes_annotations_in_field_order(tmp_path):
    export(tmp_path, video())
    (row,) = rows(tmp_path / "final_dataset.jsonl")
    assert list(row) == list(Annotation.__slots__)
    assert list(row.values()) == ["a.mp4", 10.0, 0.333, 2, 0, 9.877, "a cat", 0, 0, None, 3]


def test_export_without_decimals_rounds_nothing(tmp_path):
    export(tmp_path, video(), decimals=None)
    (row,) = rows(tmp_path / "final_dataset.jsonl")
    assert (row["start_sec"], row["duration"]) == (THIRD, 10.00049)
    assert rows(tmp_path / "scenes.jsonl")[0]["scenes"][0] == [0, THIRD]
    assert rows(tmp_path / "scenes_similarity.jsonl")[0]["similarity_matrix"][0] == [1, THIRD]


def test_export_leaves_filtered_files_out_where_captions_were_given(tmp_path):
    for name in FILTERED:
        (tmp_path / name).write_text("of an earlier run")
    given = replace(video(), clip_sim=np.zeros(0), kept=np.zeros(0, dtype=bool))
    silent = replace(given, id="b", name="b.mp4", captions=(), annotations=())
    export(tmp_path, given, silent)
    assert {path.name for path in tmp_path.iterdir()} == ALWAYS
    assert len(rows(tmp_path / "scenes-blip2.jsonl")) == 1


def test_export_writes_text_as_utf8_and_names_that_are_none_as_escapes(tmp_path):
    odd = 'é "#\udcff🎬\u2028.mp4'
    export(tmp_path, replace(video(), name=odd, annotations=()))
    data = (tmp_path / "scenes.jsonl").read_bytes()
    assert data.count(b"\n") == 1
    assert "é".encode() in data
    assert b"\\udcff" in data
    assert json.loads(data.decode("utf-8"))["video_fname"] == odd


def test_export_gives_the_same_bytes_every_time(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        export(tmp_path / name, video("a.mp4"), video("b.mp4"))
    for name in ALWAYS | FILTERED:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_export_shows_nothing_of_an_interrupted_run(tmp_path):
    export(tmp_path, video(), finish=False)
    assert named(tmp_path) == set()
    export(tmp_path, video())
    assert {path.name for path in tmp_path.iterdir()} == ALWAYS | FILTERED


def test_export_keeps_the_older_files_until_the_new_ones_are_whole(tmp_path):
    export(tmp_path, video())
    before = (tmp_path / "final_dataset.jsonl").read_bytes()
    export(tmp_path, video("b.mp4"), finish=False)
    assert (tmp_path / "final_dataset.jsonl").read_bytes() == before


def test_export_of_a_video_that_fails_leaves_no_line_of_it(tmp_path):
    broken = replace(video("b.mp4"), similarity=np.array([[1.0, 0.5], [0.5, np.nan]]))
    done = export(tmp_path, video(), broken, video("c.mp4"), broken)
    assert [one.status for one in done] == ["out", "failed", "out", "failed"]
    (tmp_path / "without").mkdir()
    export(tmp_path / "without", video(), video("c.mp4"))
    for name in ALWAYS | FILTERED:
        assert (tmp_path / name).read_bytes() == (tmp_path / "without" / name).read_bytes()


def test_export_of_no_video_gives_empty_files(tmp_path):
    export(tmp_path)
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == dict.fromkeys(
        ALWAYS | FILTERED, 0
    )


def test_export_needs_a_run_folder():
    with pytest.raises(RunFailedError):
        Export("blip2").setup(Context(FrameStore(Path("none"))))


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "a\n", None])
def test_export_refuses_names_that_are_no_part_of_a_file_name(name):
    with pytest.raises(ConfigError, match=r"export\.captioner"):
        Export(name)


@pytest.mark.parametrize("decimals", [-1, 2, 1.5, True])
def test_export_refuses_decimals_that_would_break_spans(decimals):
    with pytest.raises(ConfigError, match=r"export\.decimals"):
        Export("blip2", decimals)
