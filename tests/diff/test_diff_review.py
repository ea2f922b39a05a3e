"""What a reviewer decided by hand is the reason, whatever the scores say."""

import json

import pytest
from compared_folders import caption, made, stages, video, write_run
from running import ivg, rows

from ivg.dataset import open_dataset
from ivg.diff.difference import Difference
from ivg.errors import DatasetError

CAT = caption("a cat", 4.0, 8.0)
LOW = {"clip_sim": 0.4, "frame_sims": [0.4]}
OWL = {"rewritten": "an owl", "reviewed": "edit"}
REVIEW = stages(filter={"rule": {"file": "review.jsonl", "unmarked": {"threshold": 0.5}}})
LOW_CAT = caption("a cat", 4.0, 8.0, **LOW)


def reviewed(*captions: dict) -> dict:
    return made(*captions, stages=REVIEW)


CASES = {
    "an edit": (
        made(CAT),
        reviewed({**CAT, **OWL}),
        ("changed", "edited by a reviewer in B", '"a cat" -> "an owl"'),
    ),
    "two edits": (
        reviewed({**CAT, "rewritten": "a wolf", "reviewed": "edit"}),
        reviewed({**CAT, **OWL}),
        ("changed", "edited by a reviewer in A and B", '"a wolf" -> "an owl"'),
    ),
    "an edit taken back": (
        reviewed({**CAT, **OWL}),
        reviewed(CAT),
        ("changed", "edited by a reviewer in A", '"an owl" -> "a cat"'),
    ),
    "a rejection": (
        made(CAT),
        reviewed({**CAT, "fate": "filter", "reviewed": "reject"}),
        ("removed", "rejected by a reviewer in B", '"a cat": clip_sim 0.7'),
    ),
    "one that was edited": (
        reviewed({**CAT, **OWL}),
        reviewed({**CAT, "fate": "filter", "reviewed": "reject"}),
        ("removed", "rejected by a reviewer in B", '"a cat": clip_sim 0.7'),
    ),
    "kept by hand": (
        made({**LOW_CAT, "fate": "filter"}),
        reviewed({**LOW_CAT, "reviewed": "keep"}),
        ("added", "kept by a reviewer in B", '"a cat": clip_sim 0.4 < threshold 0.5'),
    ),
    "kept and edited": (
        made({**LOW_CAT, "fate": "filter"}),
        reviewed({**LOW_CAT, **OWL}),
        ("added", "kept and edited by a reviewer in B", '"a cat": clip_sim 0.4 < threshold 0.5'),
    ),
    "a mark that changes nothing": (
        made({**CAT, "fate": "filter"}, stages=stages(filter={"rule": {"threshold": 0.8}})),
        reviewed({**CAT, "reviewed": "keep"}),
        ("added", "clip_sim too low in A", "clip_sim 0.7 < threshold 0.8"),
    ),
    "too low for the rule of the unmarked": (
        made({**LOW_CAT}, stages=stages(filter={"rule": {"threshold": 0.3}})),
        reviewed({**LOW_CAT, "fate": "filter"}),
        ("removed", "clip_sim too low in B", "clip_sim 0.4 < threshold 0.5"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_diff_says_what_a_reviewer_did(changes, case):
    a, b, (kind, what, detail) = CASES[case]
    (change,) = changes({**a}, {**b})
    assert (change.kind, change.reason.stage) == (kind, "filter")
    assert change.reason.what.startswith(what)
    assert change.reason.detail.startswith(detail)


def test_diff_of_an_edit_to_another_captioners_text_blames_the_captioner(changes):
    (change,) = changes(made(caption("a dog", 4.0, 8.0)), reviewed({**CAT, **OWL}))
    assert (change.kind, change.reason.stage) == ("changed", "caption")


def test_diff_names_the_lineage_that_points_nowhere(tmp_path):
    good = write_run(tmp_path / "a", video("a.mp4", CAT))
    edited = {**CAT, **OWL}
    bad = write_run(tmp_path / "b", video("a.mp4", edited), like={"a cat": {"caption_index": 7}})
    with pytest.raises(
        DatasetError, match=r"lineage\.jsonl: an edited row of 'a\.mp4' .* caption 7"
    ):
        list(Difference(open_dataset(good), open_dataset(bad)).changes())


@pytest.mark.slow
def test_diff_of_a_reviewed_build_names_the_reviewer(quickstart, tmp_path):
    (record,) = rows(quickstart.folder / "videos.jsonl")
    said = {one["start_sec"]: {"video_id": record["video_id"], **one}
            for one in record["captions"]}  # fmt: skip
    marks = [
        {**said[0.0], "mark": "reject"},
        {**said[15.0], "mark": "keep"},
        {**said[19.8], "mark": "edit", "text": "a red moped"},
    ]
    (tmp_path / "review.jsonl").write_text("".join(json.dumps(one) + "\n" for one in marks))
    where = tmp_path / "reviewed"
    by_hand = ("filter=review", "filter@filter.unmarked=small",
               f"filter.file={tmp_path / 'review.jsonl'}")  # fmt: skip
    ivg("build", "experiment=quickstart", *by_hand, f"hydra.run.dir={where}", cwd=quickstart.home)
    captions = rows(where / "videos.jsonl")[0]["captions"]
    decided = {one["start_sec"]: (one["reviewed"], one["fate"]) for one in captions}
    assert decided[0.0] == ("reject", "filter")
    assert decided[15.0] == ("keep", "annotation")
    assert decided[19.8] == ("edit", "annotation")
    assert sum(mark is not None for mark, _ in decided.values()) == 3
    found = Difference(open_dataset(quickstart.folder), open_dataset(where))
    changes = {one.kind: one.reason for one in found.changes()}
    assert (found.books.removed, found.books.added, found.books.changed) == (1, 1, 1)
    assert {one.stage for one in changes.values()} == {"filter"}
    assert changes["removed"].what == "rejected by a reviewer in B"
    assert changes["added"].what == "kept by a reviewer in B"
    assert changes["changed"].what == "edited by a reviewer in B"
    assert changes["changed"].detail == '"a photo of a moped" -> "a red moped"'
