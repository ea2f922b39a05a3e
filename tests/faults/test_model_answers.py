"""A model that answers some videos with NaN, infinity, odd shapes, too little or nothing."""

import shutil

import numpy as np
import pytest
from faulted import build, check_books, check_like, data, failed, summary
from faulty import ANSWERS, ODD, grey
from make_videos import write_video

pytestmark = pytest.mark.long

ONE = "executor.workers=1"
KINDS = (*ANSWERS, "fewer")
VECTORS = ("nan", "inf", "flat", "square", "none", "text", "empty", "fewer")
CAPTIONS = ("nan", "inf", "flat", "none", "text", "fewer")
"""What is no list of texts a clip, of all these answers."""


@pytest.fixture(scope="module")
def grey_home(calm_home, tmp_path_factory):
    """The videos, one of each grey besides, and what an undisturbed run makes of them."""
    here = tmp_path_factory.mktemp("grey")
    shutil.copytree(calm_home / "videos", here / "videos")
    for kind in KINDS:
        picture = np.full((64, 96, 3), grey(kind), np.uint8)
        write_video(here / "videos" / f"{kind}.mp4", [picture] * 45)
    build(here, "calm", ONE)
    return here


@pytest.mark.parametrize(
    ("role", "stage", "kinds"),
    [
        ("embedder", "embed", set(VECTORS)),
        ("captioner", "caption", set(CAPTIONS)),
        ("scorer", "score", set(VECTORS)),
        ("judge", "judge_frames", set(VECTORS)),
    ],
)
def test_odd_answers_cost_their_videos_and_nothing_else(grey_home, tmp_path, role, stage, kinds):
    shutil.copytree(grey_home / "videos", tmp_path / "videos")
    build(tmp_path, "run", ONE, **{ODD: role})
    assert summary(tmp_path / "run")["status"] == "finished"
    check_books(tmp_path / "run")
    told = data(tmp_path / "run")["failures.jsonl"].decode()
    assert {kind for kind in KINDS if f'"{kind}.mp4"' in told} >= kinds, told
    assert {error for _, error in failed(tmp_path / "run")} == {"BadModelOutputError"}, told
    assert failed(tmp_path / "run")[stage, "BadModelOutputError"] >= len(kinds)
    assert "Eyes gave" in told
    assert "Traceback" not in told
    assert "NaN" not in data(tmp_path / "run")["final_dataset.jsonl"].decode()
    plain = [row for row in rows(grey_home / "calm") if '"video": "0' in row]
    assert [row for row in rows(tmp_path / "run") if '"video": "0' in row] == plain
    if role != "captioner":  # a caption of white space is an answer, and stays one
        build(tmp_path, "run", ONE)
        check_like(grey_home / "calm", tmp_path / "run")


def rows(run):
    return data(run)["final_dataset.jsonl"].decode().splitlines()


def test_model_that_answers_nothing_right_ends_the_run_with_every_video_booked(
    grey_home, tmp_path, calm_home
):
    (tmp_path / "videos").mkdir()
    for kind in ("nan", "inf"):
        shutil.copy(grey_home / "videos" / f"{kind}.mp4", tmp_path / "videos")
    done = build(tmp_path, "run", ONE, check=False, **{ODD: "embedder"})
    assert done.returncode == 1
    assert "embed: no video is left" in done.stderr
    check_books(tmp_path / "run")
    assert failed(tmp_path / "run") == {("embed", "BadModelOutputError"): 2}
