import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivg.errors import ConfigError, DatasetError
from ivg.filters.marks import read_marks
from ivg.filters.median import MedianFilter
from ivg.filters.none import NoFilter
from ivg.filters.review import ReviewFilter
from ivg.filters.threshold import ThresholdFilter
from ivg.identity import identify
from ivg.pools.max import MaxPool
from ivg.quality.judged import caption_vectors
from ivg.records import Annotation, Caption, Video
from ivg.stage import Context, run_stage
from ivg.stages.filter import Filter
from ivg.video.frames import FrameStore

TEXTS = ("a cat", "a dog", "a dog", "a bird")
SCORES = (0.9, 0.1, 0.5, np.nan)


def video(name="v", **more) -> Video:
    captions = tuple(Caption(i, i + 1.0004, text, i) for i, text in enumerate(TEXTS))
    scores = np.array([[score] for score in SCORES])
    return Video(name, f"{name}.mp4", captions=captions, frame_similarities=scores, **more)


def mark(index: int, what: str, video_id="v", **more) -> dict:
    times = {"start_sec": float(index), "end_sec": index + 1.0}
    return {"video_id": video_id, **times, "caption": TEXTS[index], "mark": what, **more}


def saved(folder, *marks: dict) -> str:
    path = folder / "review.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in marks))
    return str(path)


def judged(file: str, rule, *videos: Video):
    stage = Filter(MaxPool(), ReviewFilter(file, rule))
    stage.check()
    stage.prepare(videos)
    done = [run_stage(stage, one, Context(FrameStore(Path("none")))) for one in videos]
    assert all(tally.balanced for one in done for tally in one.outcome.tallies)
    return [one.outcome for one in done]


def test_review_marks_decide_whatever_the_score(tmp_path):
    file = saved(tmp_path, mark(0, "reject"), mark(1, "keep"), mark(3, "edit", text="an  owl\n"))
    (outcome,) = judged(file, ThresholdFilter(0.25), video())
    assert outcome.fields["kept"].tolist() == [False, True, True, True]
    assert outcome.fields["rewritten"] == {3: "an owl"}
    assert outcome.fields["reviewed"] == {0: "reject", 1: "keep", 3: "edit"}
    captions, marks = outcome.tallies
    assert (captions.n_out, captions.dropped) == (3, {"rejected": 1})
    assert (marks.unit, marks.n_in, marks.n_out, marks.dropped) == ("mark", 3, 3, {})


def test_review_leaves_unmarked_captions_to_the_other_rule_and_its_cutoff(tmp_path):
    (outcome,) = judged(saved(tmp_path, mark(0, "reject")), MedianFilter(), video())
    assert outcome.fields["kept"].tolist() == [False, False, True, False]
    assert outcome.tallies[0].dropped == {"rejected": 1, "no_score": 1, "below_threshold": 1}


def test_review_of_equal_texts_goes_by_their_times(tmp_path):
    (outcome,) = judged(saved(tmp_path, mark(2, "reject")), NoFilter(), video())
    assert outcome.fields["kept"].tolist() == [True, True, False, True]


def test_review_counts_and_tells_marks_that_match_nothing(tmp_path, caplog):
    late = mark(0, "keep", start_sec=0.002)
    file = saved(tmp_path, late, mark(1, "keep"), mark(1, "reject", video_id="gone"))
    first, second = judged(file, NoFilter(), video(), video("w"))
    assert first.tallies[1].n_in == 3
    assert first.tallies[1].dropped == {"no_such_caption": 1, "no_such_video": 1}
    assert len(second.tallies) == 1
    assert "1 marks are of videos that are not here, 1 of captions" in caplog.text


def test_review_can_t_bring_back_what_hygiene_dropped(tmp_path):
    dirty = replace(video(), clean=np.array([True, False, True, True]))
    (outcome,) = judged(saved(tmp_path, mark(1, "keep")), NoFilter(), dirty)
    assert outcome.fields["kept"].tolist() == [True, False, True, True]


def test_review_file_counts_by_its_content(tmp_path):
    config = {
        "_target_": "ivg.filters.review.ReviewFilter",
        "file": saved(tmp_path, mark(0, "keep")),
        "unmarked": {"_target_": "ivg.filters.none.NoFilter"},
    }
    key = identify("filter", config, "").key
    moved = tmp_path / "other.jsonl"
    moved.write_bytes((tmp_path / "review.jsonl").read_bytes())
    assert identify("filter", {**config, "file": str(moved)}, "").key == key
    moved.write_text(json.dumps(mark(0, "reject")))
    assert identify("filter", {**config, "file": str(moved)}, "").key != key


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "review.jsonl:2: no JSON"),
        ("[]", "review.jsonl:2: no JSON object"),
        (json.dumps(mark(0, "perhaps")), "review.jsonl:2: mark must be one of"),
        (json.dumps(mark(1, "edit", text=" ")), "review.jsonl:2: an edit needs a text"),
        (json.dumps(mark(1, "keep", start_sec="0")), "review.jsonl:2: start_sec must be seconds"),
        (json.dumps(mark(1, "keep", end_sec=float("nan"))), "2: end_sec must be seconds"),
        (json.dumps(mark(1, "keep", caption=None)), "review.jsonl:2: caption must be a text"),
        (json.dumps(mark(0, "reject")), "review.jsonl:2: .*review.jsonl:1 marks the same caption"),
    ],
)
def test_review_broken_file_names_the_line(tmp_path, line, said):
    file = tmp_path / "review.jsonl"
    file.write_text(json.dumps(mark(0, "keep")) + "\n" + line + "\n")
    with pytest.raises(DatasetError, match=said):
        read_marks(file)


def test_review_missing_file_is_told_before_anything_runs(tmp_path):
    with pytest.raises(DatasetError, match=r"none\.jsonl can't be read"):
        Filter(MaxPool(), ReviewFilter(str(tmp_path / "none.jsonl"), NoFilter())).check()
    with pytest.raises(ConfigError, match=r"filter\.file"):
        ReviewFilter("", NoFilter())


def test_review_judge_sees_an_edited_row_by_the_text_before():
    row = Annotation("v.mp4", 9.0, 1.0, 2.0, 0.0, 9.0, "a wolf", 1, 1, None, None)
    vectors = np.eye(4)
    edited = video(rewritten={1: "a wolf"}, annotations=(row,), judge_captions=vectors)
    assert caption_vectors(edited).tolist() == [vectors[1].tolist()]
