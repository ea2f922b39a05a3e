import json
from dataclasses import replace

import numpy as np
import pytest

from ivg.errors import ConfigError
from ivg.records import Caption, Scene, Video
from ivg.scene_merges.last import LastSceneMerge
from ivg.stage import Context, run_stage
from ivg.stages.ground import Ground
from ivg.stages.lineage import Lineage
from ivg.stages.merge import MergeScenes
from ivg.video.frames import FrameStore

SCENES = tuple(Scene(2.0 * i, 2.0 * (i + 1)) for i in range(6))
LIKE = {(0, 1): 0.9, (1, 2): 0.1, (2, 3): 0.2, (3, 4): 0.3, (4, 5): 0.4, (2, 5): 0.95}


def matrix() -> np.ndarray:
    found = np.eye(6)
    for (i, j), value in LIKE.items():
        found[i, j] = found[j, i] = value
    return found


@pytest.fixture
def grounded(tmp_path) -> Video:
    """Scenes 0 and 1 are merged; scene 2 looks like 5; two captions say the same of one segment."""
    captions = (
        Caption(0, 4, "a cat", 0),
        Caption(4, 6, "a dog", 1, "one"),
        Caption(4, 6, "a dog", 1, "two"),
        Caption(6, 8, "nothing", 2),
        Caption(8, 10, "an echo", 3),
    )
    video = Video(
        id="1" * 32,
        name="a.mp4",
        duration=12.0,
        fps=30.0,
        scenes=SCENES,
        similarity=matrix(),
        captions=captions,
        frame_similarities=np.array([[0.1, 0.2], [0.3, 0.3], [0.5, np.nan], [0, 0], [0.9, 0.9]]),
        clip_sim=np.array([0.2, 0.3, 0.5, 0.0, 0.9]),
        clean=np.array([True, True, True, True, False]),
        kept=np.array([True, True, True, False, False]),
    )
    context = Context(FrameStore(tmp_path))
    for stage in (MergeScenes(LastSceneMerge(0.85)), Ground(max_secs=10)):
        done = run_stage(stage, video, context)
        video = replace(video, **done.outcome.fields)
    return video


def written(folder, *videos: Video) -> tuple[list[dict], list[dict]]:
    context = Context(FrameStore(folder), run_dir=folder)
    stage = Lineage()
    stage.setup(context)
    for video in videos:
        (tally,) = run_stage(stage, video, context).outcome.tallies
        assert (tally.n_in, tally.n_out) == (len(video.annotations),) * 2
    stage.finish(context)
    assert stage.outputs == ("lineage.jsonl", "videos.jsonl")
    texts = [(folder / name).read_text().splitlines() for name in stage.outputs]
    return tuple([json.loads(line) for line in lines] for lines in texts)


def test_lineage_says_why_scenes_were_merged_and_no_more_were(tmp_path, grounded):
    merged, *_ = written(tmp_path, grounded)[0]
    assert (merged["first_scene"], merged["last_scene"]) == (0, 1)
    assert merged["scene_sims"] == [0.9]
    assert (merged["sim_before"], merged["sim_after"]) == (None, 0.1)


def test_lineage_says_by_what_score_each_row_was_kept(tmp_path, grounded):
    rows, _ = written(tmp_path, grounded)
    assert [row.caption for row in grounded.annotations] == ["a cat", "a dog", "a dog"]
    assert [(row["captioner"], row["clip_sim"]) for row in rows] == [
        ("", 0.2),
        ("one", 0.3),
        ("two", 0.5),
    ]
    assert rows[2]["frame_sims"] == [0.5, None]


def test_lineage_says_what_bounds_the_span(tmp_path, grounded):
    _, dog, _ = written(tmp_path, grounded)[0]
    assert (dog["neg_start_reason"], dog["neg_start_sim"]) == ("video_start", None)
    assert (dog["neg_end_reason"], dog["neg_end_sim"]) == ("segment", 0.95)
    row = grounded.annotations[1]
    assert row.neg_end_sec == grounded.segments[row.neg_end_scene].start_sec


def test_videos_tell_the_fate_of_every_caption(tmp_path, grounded):
    (record,) = written(tmp_path, grounded)[1]
    fates = [caption["fate"] for caption in record["captions"]]
    assert fates == ["annotation", "annotation", "annotation", "filter", "hygiene"]
    assert record["segments"][0] == [0.0, 4.0, 0, 1]
    assert len(record["scenes"]) == 6


def test_videos_tell_that_a_kept_caption_found_no_span(tmp_path, grounded):
    lost = replace(grounded, annotations=(), annotation_captions=np.zeros(0, dtype=int))
    rows, (record,) = written(tmp_path, lost)
    assert rows == []
    assert [c["fate"] for c in record["captions"]][:3] == ["ground"] * 3


def test_videos_tell_what_a_reviewer_decided(tmp_path, grounded):
    by_hand = replace(grounded, reviewed={1: "edit", 3: "reject"}, rewritten={1: "a wolf"})
    (record,) = written(tmp_path, by_hand)[1]
    decided = [(one["caption"], one["rewritten"], one["reviewed"]) for one in record["captions"]]
    assert decided == [
        ("a cat", None, None),
        ("a dog", "a wolf", "edit"),
        ("a dog", None, None),
        ("nothing", None, "reject"),
        ("an echo", None, None),
    ]


def test_lineage_wrong_value_names_its_key():
    with pytest.raises(ConfigError, match=r"lineage\.decimals"):
        Lineage(decimals=1)
