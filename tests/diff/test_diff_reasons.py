"""One hand-made case for each reason: which stage, and which value."""

import pytest
from compared_folders import MERGED, STAGES, caption, made, stages, video, write_run

from ivg.dataset import open_dataset
from ivg.diff.difference import Difference
from ivg.errors import DatasetError

CAT = caption("a cat", 4.0, 8.0)
RECUT = [[0.0, 4.0], [4.0, 6.0], [6.0, 8.0], [8.0, 12.0], [12.0, 16.0], [16.0, 20.0]]
HIGH = stages(filter={"rule": {"threshold": 0.8}})


LOST = {
    "the threshold": (
        made(caption("a cat", 4.0, 8.0, fate="filter"), stages=HIGH),
        "filter",
        "clip_sim too low in B (rule.threshold: 0.5 -> 0.8)",
        "clip_sim 0.7 < threshold 0.8",
    ),
    "a cut-off of the set": (
        made(caption("a cat", 4.0, 8.0, fate="filter")),
        "filter",
        "clip_sim too low in B (the cut-off is of the whole set)",
        "clip_sim 0.7 < threshold 0.5",
    ),
    "another score": (
        made(
            caption("a cat", 4.0, 8.0, fate="filter", clip_sim=0.4, frame_sims=[0.4]),
            stages=stages(score={"k": 1}),
        ),
        "score",
        "another clip_sim, too low in B (k: 3 -> 1)",
        "clip_sim 0.4 < threshold 0.5 (in the other 0.7)",
    ),
    "a score that would have been dropped anyway": (
        made(
            caption("a cat", 4.0, 8.0, fate="filter", clip_sim=0.4, frame_sims=[0.4]),
            stages={**HIGH, "score": {"k": 1}},
        ),
        "filter",
        "clip_sim too low in B (rule.threshold: 0.5 -> 0.8)",
        "clip_sim 0.4 < threshold 0.8 (in the other 0.7)",
    ),
    "hygiene": (
        made(
            caption("a cat", 4.0, 8.0, fate="hygiene"), stages=stages(hygiene={"rules": {"no": 1}})
        ),
        "hygiene",
        "dropped as no caption in B (rules.no: None -> 1)",
        '"a cat"',
    ),
    "the longest": (
        made(
            caption("a cat", 4.0, 8.0, fate="ground"),
            stages=stages(ground={**STAGES["ground"], "max_secs": 3}),
        ),
        "ground",
        "given no span in B (max_secs: 10 -> 3)",
        "4.00-8.00 s: 4.00 s; negatives.max_secs is 3",
    ),
    "context": (
        made(
            caption("a cat", 4.0, 8.0, fate="ground"),
            stages=stages(ground={**STAGES["ground"], "same_threshold": 0.1}),
        ),
        "ground",
        "given no span in B (same_threshold: 0.6 -> 0.1)",
        "no context",
    ),
    "likeness around it": (
        made(caption("a cat", 4.0, 8.0, fate="ground"), stages=stages(embed={"k": 1})),
        "embed",
        "other likenesses around it (k: 3 -> 1)",
        "",
    ),
    "the text": (
        made(caption("a dog", 4.0, 8.0, fate="filter"), stages=stages(caption={"min_secs": 2})),
        "caption",
        "the text differs (min_secs: 1.0 -> 2)",
        '"a cat", in B "a dog"',
    ),
    "no caption": (
        made(stages=stages(caption={"min_secs": 5})),
        "caption",
        "no caption in B (min_secs: 1.0 -> 5)",
        "4.00-8.00 s",
    ),
    "a merge": (
        made(segments=MERGED, stages=stages(merge={"rule": {"threshold": 0.2}})),
        "merge",
        "merged into other segments (rule.threshold: 0.6 -> 0.2)",
        "scene 1: 4.00-8.00 s, in B 4.00-12.00; likeness before 0.1, after 0.1",
    ),
    "likeness that merges": (
        made(segments=MERGED, stages=stages(embed={"k": 1})),
        "embed",
        "merged into other segments (k: 3 -> 1)",
        "in B 4.00-12.00",
    ),
    "a cut": (
        made(scenes=RECUT, stages=stages(split={"threshold": 9})),
        "split",
        "cut into other scenes (threshold: 27.0 -> 9)",
        "4.00-8.00 s: in B the scenes are 4.00-6.00, 6.00-8.00",
    ),
    "another file": (
        made(video_id="another"),
        "source",
        "the video has another content",
        "a.mp4: id of a.mp4 -> another",
    ),
}


@pytest.mark.parametrize("case", LOST)
def test_diff_says_why_a_row_is_lost(changes, case):
    b, stage, what, detail = LOST[case]
    (change,) = changes(made(CAT), {**b})
    assert (change.kind, change.reason.stage, change.reason.what) == ("removed", stage, what)
    assert detail in change.reason.detail


def test_diff_of_a_video_only_in_one(changes):
    found = changes({"videos": [video("a.mp4", CAT)]}, {"videos": [video("b.mp4", CAT)]})
    assert [(one.kind, one.reason.stage, one.reason.what) for one in found] == [
        ("removed", "source", "the video is only in A"),
        ("added", "source", "the video is only in B"),
    ]


def test_diff_of_a_video_that_failed_names_stage_and_error(changes):
    failure = {"video": "a.mp4", "stage": "embed", "error": "FrameUnavailableError"}
    a, b = made(CAT), {"videos": [], "failures": [failure]}
    folders = changes(a, b)
    assert folders[0].reason.stage == "embed"
    assert folders[0].reason.what == "the video failed in B: FrameUnavailableError"


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("lineage.jsonl", "", "differ in length: line 1"),
        ("videos.jsonl", "", "videos.jsonl does not have 'a.mp4'"),
        ("videos.jsonl", '{"video": "a.mp4"}\n', "no 'video_id'"),
        ("final_dataset.jsonl", '{"video": 1}\n', "final_dataset.jsonl:1"),
        ("manifest.json", "{}", "names no videos"),
        ("config.yaml", "[1]", "config.yaml is no mapping"),
        ("config.yaml", "a: [", "config.yaml can't be read"),
    ],
)
def test_diff_names_the_broken_file(tmp_path, file, text, named):
    good = write_run(tmp_path / "a", video("a.mp4", CAT))
    bad = write_run(tmp_path / "b", video("a.mp4", CAT))
    (bad / file).write_text(text)
    with pytest.raises(DatasetError, match=named):
        list(Difference(open_dataset(good), open_dataset(bad)).changes())
