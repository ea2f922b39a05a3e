"""Exports satisfy the loaders of the tools that they are for.

Each test does with an entry what the named loader does; fields and uses were looked up there.
"""

import json
import math
import re

import numpy as np
import pytest
from exporting import CAPTIONS, exported, lines, row, some_rows, write_run

from ivg.errors import ConfigError
from ivg.formats.qvhighlights import rated

NUMBER = (int, float)
LONG = row("long.mp4", 44.2, 45.8, (10.5, 45.8), 45.8, "over the last clip")


@pytest.fixture
def entries(tmp_path):
    """What an export of some rows writes."""

    def write(name, *own, rows=None, ending=".json"):
        run = write_run(tmp_path / "run", some_rows() if rows is None else rows)
        exported(run, tmp_path / "out", name, *own)
        path = tmp_path / "out" / f"all{ending}"
        return lines(path) if ending == ".jsonl" else json.loads(path.read_text("utf-8"))

    return write


@pytest.mark.parametrize("window", ["video", "span"])
def test_qvhighlights_fields_of_moment_detr_and_lighthouse(entries, window):
    """jayleicn/moment_detr data/README.md; line/lighthouse training/dataset.py."""
    found = entries("qvhighlights", f"format.window={window}", ending=".jsonl")
    assert len(found) == len({one["qid"] for one in found}) == 15
    for one in found:
        assert set(one) == {
            "qid",
            "query",
            "duration",
            "vid",
            "relevant_windows",
            "relevant_clip_ids",
            "saliency_scores",
        }
        assert isinstance(one["qid"], int)
        assert isinstance(one["query"], str)
        assert isinstance(one["duration"], NUMBER)
        assert one["query"] in CAPTIONS
        pattern = r"video\d{5}" if window == "video" else r"video\d{5}_0\.0_12\.5"
        assert re.fullmatch(pattern, one["vid"])
        for start, end in one["relevant_windows"]:
            assert 0 <= start < end <= one["duration"]
        assert all(isinstance(clip, int) for clip in one["relevant_clip_ids"])
        evaluated(one)


def evaluated(one):
    """moment_detr standalone_eval/eval.py (`mk_gt_scores`) and `get_saliency_labels`."""
    scores = np.array(one["saliency_scores"])
    assert scores.shape == (len(one["relevant_clip_ids"]), 3)
    assert scores.dtype.kind == "i"
    assert scores.min() >= 1
    assert scores.max() <= 4
    full = np.zeros((int(one["duration"] / 2), 3))
    full[np.array(one["relevant_clip_ids"])] = scores
    assert full.sum() == scores.sum()


def test_qvhighlights_clips_are_those_that_the_windows_cover(entries):
    rows = [
        row(start=3.0, end=6.5, caption="half, all, a quarter"),
        row(start=6.2, end=6.6, caption="a fifth of one"),
        row(start=8.0, end=10.0, caption="twice"),
        row(start=12.4, end=12.8, caption="twice"),
    ]
    found = entries("qvhighlights", rows=rows, ending=".jsonl")
    known = [(one["relevant_windows"], one["relevant_clip_ids"]) for one in found]
    assert known == [
        ([[3.0, 6.5]], [1, 2]),
        ([[6.2, 6.6]], [3]),
        ([[8.0, 10.0], [12.4, 12.8]], [4, 6]),
    ]
    assert [one["saliency_scores"] for one in found] == [
        [[2] * 3, [4] * 3],
        [[1] * 3],
        [[4] * 3, [1] * 3],
    ]


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([(0.0, 0.9), (1.1, 2.0)], {0: 3}),  # 90 %: not all of it
        ([(0.0, 0.6), (1.4, 2.0)], {0: 2}),  # 60 %, neither alone is half
        ([(0.0, 1.0), (1.0, 2.0)], {0: 4}),
        ([(0.0, 1.25), (0.75, 2.0)], {0: 4}),  # what both cover counts once
        ([(0.0, 1.25)], {0: 3}),  # 2.5 quarters round up
        ([(0.0, 0.2), (0.4, 0.5)], {0: 1}),
        ([(0.0, 2.0), (2.0, 2.2)], {0: 4, 1: 1}),  # each window has a clip
        ([(0.0, 2.2)], {0: 4}),
        ([(0.0, 2.0), (2.1, 2.3)], {0: 4, 1: 1}),
    ],
)
def test_qvhighlights_rates_what_windows_cover_together(windows, expected):
    assert rated(windows, 10.0) == expected


def test_qvhighlights_leaves_out_what_no_whole_clip_meets(tmp_path):
    run = write_run(tmp_path / "run", [LONG])
    for window, written in (("video", 0), ("span", 1)):
        name = f"format.window={window}"
        books = exported(run, tmp_path / window, "qvhighlights", name)["all"]
        assert (books.rows, books.written) == (1, written)
    (left_out,) = lines(tmp_path / "video" / "left_out.jsonl")
    assert left_out["reason"] == "no whole clip of 2 s meets the segment"
    assert left_out_row(left_out) == LONG
    assert not (tmp_path / "span" / "left_out.jsonl").exists()


def left_out_row(line):
    return {name: line[name] for name in LONG}


HAWKEYE = {"i": str, "start_sec": NUMBER, "end_sec": NUMBER}
HAWKEYE |= {"neg_start_sec": NUMBER, "neg_end_sec": NUMBER}


def loaded_by_hawkeye(qa):
    """yellow-binary-tree/HawkEye dataset/it_dataset.py, `ITVidTrainDataset.__getitem__`."""
    for name, kind in HAWKEYE.items():
        assert isinstance(qa[name], kind)
    assert qa["neg_start_sec"] <= qa["start_sec"] < qa["end_sec"] <= qa["neg_end_sec"]


@pytest.mark.parametrize("part", ["beginning", "middle", "end", "throughout"])
def test_hawkeye_choice_has_one_answer_for_each_crop(entries, part):
    found = entries("hawkeye")
    assert len(found) == 15
    for one in found:
        assert set(one) == {"video", "QA"}
        (qa,) = one["QA"]
        loaded_by_hawkeye(qa)
        (answer,) = [text for name, text in qa["a"] if name == part]
        assert f"\n{answer}" in qa["q"]
        letters = re.findall(r"^\((\w)\) ", qa["q"], re.MULTILINE)
        assert letters == ["A", "B", "C", "D"]


def test_hawkeye_choice_caption_has_one_question_for_each_crop(entries):
    for one in entries("hawkeye", "format.task=choice_caption"):
        loaded_by_hawkeye(one["QA"][0])
        assert isinstance(one["QA"][0]["a"], str)
        assert {name for name, _ in one["QA"][0]["q"]} == {
            "beginning",
            "middle",
            "end",
            "throughout",
        }


@pytest.mark.parametrize(("task", "filled"), [("grounding", "a"), ("caption", "q")])
def test_hawkeye_loader_fills_times_into_sentences(entries, task, filled):
    found = entries("hawkeye", f"format.task={task}")
    assert len(found) == 12  # captions with % can't be said
    for one in found:
        (qa,) = one["QA"]
        loaded_by_hawkeye(qa)
        for name in ("q", "a"):
            said = qa[name] % (1.5, 3.25) if "%" in qa[name] else qa[name]
            assert ("1.5" in said) == (name == filled)


def test_hawkeye_question_does_not_tell_the_letters(entries):
    rows = [row(start=n / 1000, caption="x") for n in range(500)]
    seen = set()
    for one in entries("hawkeye", rows=rows):
        (qa,) = one["QA"]
        (answer,) = [text for part, text in qa["a"] if part == "throughout"]
        seen.add((qa["q"].partition("\nOptions")[0], answer[:3]))
    assert len(seen) == 8


@pytest.mark.parametrize("task", ["grounding", "caption"])
def test_hawkeye_refuses_questions_that_the_loader_would_fill(entries, task):
    own = "format.questions=['How sure, in %, is {caption}?']"
    with pytest.raises(ConfigError, match=r"format\.questions must hold no '%'"):
        entries("hawkeye", f"format.task={task}", own)


def test_hawkeye_upper_cases_and_takes_one_full_stop(entries):
    rows = [row(caption=said) for said in ("a dog that waits..", "Ümit. ", "éa", "x.")]
    found = entries("hawkeye", "format.task=caption", rows=rows)
    assert [one["QA"][0]["a"] for one in found] == ["A dog that waits.", "Ümit. ", "Éa", "X"]


@pytest.mark.parametrize("window", ["video", "span"])
def test_vtimellm_loader_replaces_tokens_by_hundredths(entries, window):
    """huangb23/VTimeLLM docs/data.md and vtimellm/train/dataset.py, `LazySupervisedDataset`."""
    found = entries("vtimellm", f"format.window={window}")
    for one in found:
        assert set(one) == {"source", "id", "conversations", "meta"}
        assert set(one["meta"]) == {"duration", "token"} | (
            {"split"} if window == "span" else set()
        )
        human, gpt = one["conversations"]
        assert (human["from"], gpt["from"]) == ("human", "gpt")
        assert human["value"].startswith("<video>\n")
        said = gpt["value"]
        for token, time in one["meta"]["token"].items():
            assert 0 <= time <= one["meta"]["duration"]
            hundredth = min(round(time / one["meta"]["duration"] * 100), 99)
            said = said.replace(token, f"{hundredth:02d}")
        assert re.fullmatch(r"From \d\d to \d\d\.", said)
        if window == "span":
            first, last = one["meta"]["split"]
            assert math.isclose(last - first, one["meta"]["duration"])
            assert one["id"].endswith(f"_{first}_{last}")


def test_vtimellm_can_ask_for_the_caption(entries):
    found = entries("vtimellm", "format.task=caption")
    assert [one["conversations"][1]["value"] for one in found][: len(CAPTIONS)] == list(CAPTIONS)
    assert "<s0>" in found[0]["conversations"][0]["value"]


def test_timechat_fields(entries):
    """RenShuhuai-Andy/TimeChat docs/DATA.md, `Video_Instruct_Dataset`."""
    found = entries("timechat")
    assert len(found) == 15
    for one in found:
        assert set(one) == {"video", "QA", "source"}
        assert one["video"].endswith(".mp4")
        (qa,) = one["QA"]
        assert set(qa) == {"q", "a"}
        assert re.search(r"\d+\.\d - \d+\.\d seconds", qa["a"])
    assert any("{caption}" in one["QA"][0]["q"] for one in found)  # of a caption that says so


@pytest.mark.parametrize("token", ["<video>", "<image>"])
def test_llava_fields(entries, token):
    """LLaVA-VL/LLaVA-NeXT llava/train/train.py, `LazySupervisedDataset`."""
    found = entries("llava", f"format.token={token}")
    assert len({one["id"] for one in found}) == 15
    for one in found:
        assert set(one) == {"id", "video", "conversations"}
        assert [turn["from"] for turn in one["conversations"]] == ["human", "gpt"]
        assert one["conversations"][0]["value"].startswith(f"{token}\n")
        texts = " ".join(turn["value"] for turn in one["conversations"])
        assert len(re.findall("<(?:video|image)>", texts)) == 1


@pytest.mark.parametrize("name", ["timechat", "llava"])
def test_spans_are_files_of_their_own(entries, name):
    found = entries(name, "format.window=span")
    assert found[0]["video"] == "video00000_0.0_12.5.mp4"


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("llava", "an <image> of a cat"),
        ("llava", "a <video>"),
        ("vtimellm", "<s0> a cat"),
        ("vtimellm", "a <video>"),
        ("charades_sta", "a ## b"),
        ("charades_sta", "a \udcff b"),
        ("timechat", " \n"),
        ("hawkeye", "."),
        ("webvtt", ""),
        ("activitynet", ""),
    ],
)
def test_captions_that_a_format_cant_hold_are_left_out_and_told(tmp_path, name, caption):
    run = write_run(tmp_path / "run", [row(caption=caption), row(caption="fine")])
    books = exported(run, tmp_path / "out", name)["all"]
    assert (books.rows, books.written, books.n_left_out) == (2, 1, 1)
    (line,) = books.lines()
    assert line.startswith("1 left out, ")
    assert "a.mp4" in line
    assert [one["caption"] for one in lines(tmp_path / "out" / "left_out.jsonl")] == [caption]
