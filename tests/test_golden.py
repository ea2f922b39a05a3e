"""The published merge and negative-span steps, value for value (tests/golden/README.md)."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ivg.records import Caption, Scene, Video
from ivg.scene_merges.last import LastSceneMerge
from ivg.scene_merges.union import UnionSceneMerge
from ivg.stage import Context, run_stage
from ivg.stages.ground import Ground
from ivg.stages.merge import MergeScenes
from ivg.video.frames import FrameStore

GOLDEN = json.loads(
    (Path(__file__).parent / "golden" / "published_semantics.json").read_text(encoding="utf-8")
)
RULES = {"last": LastSceneMerge, "union": UnionSceneMerge}
PUBLISHED = {
    "require_context": False,
    "verified_only": False,
    "clamp": False,
    "unmatched": "all",
}


def golden_videos():
    for scenes, matrix in zip(GOLDEN["scenes"], GOLDEN["similarity"], strict=True):
        name = scenes["video_fname"]
        assert matrix["video_fname"] == name
        n = len(matrix["similarity_matrix"])
        yield Video(
            id=name,
            name=name,
            duration=GOLDEN["durations"][name],
            scenes=tuple(Scene(*times) for times in scenes["scenes"]),
            similarity=np.array(matrix["similarity_matrix"], dtype=float).reshape(n, n),
        )


def advance(stage, video):
    done = run_stage(stage, video, Context(FrameStore(Path("none"))))
    assert done.outcome is not None, done.failure
    return replace(video, **done.outcome.fields), done.outcome.tallies


@pytest.mark.parametrize("case", GOLDEN["merge"], ids=lambda c: f"{c['method']}-{c['threshold']}")
def test_merge_equals_golden(case):
    stage = MergeScenes(RULES[case["method"]](case["threshold"]))
    videos = [advance(stage, video)[0] for video in golden_videos()]
    assert len(videos) == len(case["scenes"]) == 25
    for video, scenes, matrix in zip(videos, case["scenes"], case["similarity"], strict=True):
        assert video.name == scenes["video_fname"] == matrix["video_fname"]
        assert [[s.start_sec, s.end_sec] for s in video.segments] == scenes["scenes"]
        assert video.segment_similarity.tolist() == matrix["similarity_matrix"]


def ground_id(case):
    return "-".join(str(value) for value in case.values() if not isinstance(value, list))


def given_captions(case, name):
    return tuple(
        Caption(row["start_sec"], row["end_sec"], text)
        for row in case["captions"]
        if row["video_fname"] == name
        for text in row["captions"]
    )


@pytest.mark.parametrize("case", GOLDEN["ground"], ids=ground_id)
def test_ground_equals_golden(case):
    merge = MergeScenes(RULES[case["merge_method"]](case["merge_threshold"]))
    ground = Ground(
        same_threshold=case["span_same_threshold"],
        max_secs=case["max_caption_span_secs"],
        **PUBLISHED,
    )
    rows = []
    for bare in golden_videos():
        video, _ = advance(merge, bare)
        video, (tally,) = advance(ground, replace(video, captions=given_captions(case, video.name)))
        assert tally.balanced
        rows += [asdict(annotation) for annotation in video.annotations]
    assert rows == case["rows"]
    assert all(list(row) == list(wanted) for row, wanted in zip(rows, case["rows"], strict=True))
