"""The published merge and negative-span steps, value for value (tests/golden/README.md)."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ivg.records import Caption, Scene, Video
from ivg.scene_merges.last import LastSceneMerge
from ivg.scene_merges.union import UnionSceneMerge
from ivg.similarity import segment_similarity
from ivg.sources.internvid_g import InternVidGSource
from ivg.stage import Context, run_stage
from ivg.stages.export import Export
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
        assert segment_similarity(video).matrix().tolist() == matrix["similarity_matrix"]


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


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", [GOLDEN["ground"][0], GOLDEN["ground"][-1]], ids=ground_id)
def test_published_files_in_give_golden_files_out(case, tmp_path):
    write_lines(tmp_path / "scenes.jsonl", GOLDEN["scenes"])
    write_lines(tmp_path / "scenes_similarity.jsonl", GOLDEN["similarity"])
    write_lines(tmp_path / "captions.jsonl", case["captions"])
    (tmp_path / "durations.json").write_text(json.dumps(GOLDEN["durations"]))
    listing = InternVidGSource(str(tmp_path)).list_videos(tmp_path / "store")
    assert (len(listing.videos), listing.failures) == (25, ())
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    context = Context(FrameStore(Path("none")), run_dir=run_dir)
    merge = MergeScenes(RULES[case["merge_method"]](case["merge_threshold"]))
    thresholds = (case["span_same_threshold"], case["max_caption_span_secs"])
    ground = Ground(same_threshold=thresholds[0], max_secs=thresholds[1], **PUBLISHED)
    export = Export("blip2", decimals=None)
    export.setup(context)
    for video in listing.videos:
        grounded, _ = advance(ground, advance(merge, video)[0])
        assert run_stage(export, grounded, context).status == "out"
    export.finish(context)
    assert read_lines(run_dir / "final_dataset.jsonl") == case["rows"]
    assert read_lines(run_dir / "scenes.jsonl") == GOLDEN["scenes"]
    assert read_lines(run_dir / "scenes_similarity.jsonl") == GOLDEN["similarity"]
    wanted = (case["merge_method"], case["merge_threshold"])
    (merged,) = (m for m in GOLDEN["merge"] if (m["method"], m["threshold"]) == wanted)
    assert read_lines(run_dir / "scenes-merged.jsonl") == merged["scenes"]
    assert read_lines(run_dir / "scenes_merged_similarity.jsonl") == merged["similarity"]
