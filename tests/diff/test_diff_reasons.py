"""One hand-made case for each reason: which stage, and which value."""

import pytest
from compared_folders import STAGES, caption, stages, video, write_run

from ivg.dataset import open_dataset
from ivg.diff.difference import Difference
from ivg.errors import DatasetError

CAT = caption("a cat", 4.0, 8.0)
MERGED = [[0.0, 4.0, 0, 0], [4.0, 12.0, 1, 2], [12.0, 16.0, 3, 3], [16.0, 20.0, 4, 4]]
RECUT = [[0.0, 4.0], [4.0, 6.0], [6.0, 8.0], [8.0, 12.0], [12.0, 16.0], [16.0, 20.0]]
HIGH = stages(filter={"rule": {"threshold": 0.8}})


@pytest.fixture
def changes(tmp_path):
    """The changes from one run to another, and those of the way back must mirror them."""

    def compare(a: dict, b: dict):
        folders = [write_run(tmp_path / name, *one.pop("videos"), **one)
                   for name, one in (("a", a), ("b", b))]  # fmt: skip
        datasets = [open_dataset(folder) for folder in folders]
        there, back = Difference(*datasets), Difference(*reversed(datasets))
        found = list(there.changes())
        mirrored = list(back.changes())
        flip = {"added": "removed", "removed": "added", "changed": "changed"}
        assert sorted((flip[c.kind], c.reason.stage, str(c.b), str(c.a)) for c in mirrored) == (
            sorted((c.kind, c.reason.stage, str(c.a), str(c.b)) for c in found)
        )
        assert there.books.rows == {"A": back.books.rows["B"], "B": back.books.rows["A"]}
        return found

    return compare


def made(*captions: dict, **more) -> dict:
    record = {name: more.pop(name) for name in ("scenes", "segments", "video_id", "duration")
              if name in more}  # fmt: skip
    return {"videos": [video("a.mp4", *captions, **record)], **more}


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
