"""One hand-made case for each way in which a row that both datasets have can differ."""

import pytest
from compared_folders import MERGED, STAGES, caption, made, stages, video

CAT = caption("a cat", 4.0, 8.0)

CHANGED = {
    "the text": (
        made(caption("a dog", 4.0, 8.0), stages=stages(caption={"min_secs": 2})),
        "caption",
        "the text changed (min_secs: 1.0 -> 2)",
        '"a cat" -> "a dog"',
    ),
    "the end of the span": (
        made(
            CAT,
            stages=stages(ground={**STAGES["ground"], "same_threshold": 0.5}),
            rows={"a cat": {"neg_end_sec": 12.0, "neg_end_scene": 3}},
            like={"a cat": {"neg_end_reason": "segment", "neg_end_sim": 0.55}},
        ),
        "ground",
        "the span is another (same_threshold: 0.6 -> 0.5)",
        "ends at 12.00 instead of 20.00: in B segment 3 looks alike (0.55)",
    ),
    "likeness of a segment": (
        made(
            CAT,
            stages=stages(embed={"k": 1}),
            rows={"a cat": {"neg_start_sec": 4.0, "neg_start_scene": 0}},
            like={"a cat": {"neg_start_reason": "segment", "neg_start_sim": 0.81}},
        ),
        "embed",
        "the span is another (k: 3 -> 1)",
        "starts at 4.00 instead of 0.00: in B segment 0 looks alike (0.81)",
    ),
    "the scorer's eyes": (
        made(
            CAT,
            stages=stages(ground={**STAGES["ground"], "verify_caption": True}),
            rows={"a cat": {"neg_end_sec": 12.0, "neg_end_scene": 3}},
            like={"a cat": {"neg_end_reason": "segment", "neg_end_sim": 0.2}},
        ),
        "ground",
        "the span is another (verify_caption: None -> True)",
        "the caption fits segment 3 too",
    ),
    "expansion": (
        made(
            CAT,
            stages=stages(ground={**STAGES["ground"], "same_threshold": 0.05}),
            rows={"a cat": {"end_sec": 12.0, "end_scene": 2}},
        ),
        "ground",
        "the positive grew otherwise (same_threshold: 0.6 -> 0.05)",
        "4.00-8.00 -> 4.00-12.00 s",
    ),
    "a merge": (
        made(
            caption("a cat", 4.0, 12.0),
            segments=MERGED,
            stages=stages(merge={"rule": {"threshold": 0.2}}),
        ),
        "merge",
        "merged into other segments (rule.threshold: 0.6 -> 0.2)",
        "scenes 1-2: 4.00-8.00, 8.00-12.00 s, in B 4.00-12.00",
    ),
    "a measured duration": (
        made(CAT, duration=20.1),
        "split",
        "the video was measured otherwise",
        "20.000 -> 20.100 s",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_diff_says_why_a_row_changed(changes, case):
    b, stage, what, detail = CHANGED[case]
    (change,) = changes(made(CAT), {**b})
    assert (change.kind, change.reason.stage, change.reason.what) == ("changed", stage, what)
    assert detail in change.reason.detail


def test_diff_of_numbers_alone_says_that_it_is_no_more(changes):
    segments = [[0.0, 8.0, 0, 1], [8.0, 12.0, 2, 2], [12.0, 16.0, 3, 3], [16.0, 20.0, 4, 4]]
    late = caption("a cat", 12.0, 16.0)
    moved = caption("a cat", 12.0, 16.0, segment=2)
    (change,) = changes(made(late), made(moved, segments=segments, stages=stages(merge={"r": 1})))
    assert (change.kind, change.reason.stage) == ("changed", "merge")
    assert change.reason.what.startswith("numbered otherwise: merged into other segments")


def test_diff_pairs_videos_by_content_whatever_their_name(changes):
    renamed = video("z.mp4", CAT, video_id="id of a.mp4")
    others = [video(f"{name}.mp4", CAT) for name in "bcd"]
    found = changes({"videos": [video("a.mp4", CAT), *others]}, {"videos": [*others, renamed]})
    assert [(one.kind, one.reason.what, one.reason.detail) for one in found] == [
        ("changed", "the video has another name", "a.mp4 -> z.mp4")
    ]


@pytest.mark.parametrize("left", [0, 1])
def test_diff_tells_captioners_of_an_ensemble_apart(changes, left):
    both = [caption("a cat", 4.0, 8.0, captioner=name) for name in ("x", "y")]
    only = stages(caption={"min_secs": 1.0, "only": "xy"[left]})
    (change,) = changes(made(*both), made(both[left], stages=only))
    assert change.kind == "removed"
    assert change.reason.what == f"no caption in B (only: None -> '{'xy'[left]}')"
