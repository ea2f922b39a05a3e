"""500 short videos, of which each stage fails 5 % at random: every one is accounted for."""

import json
from collections import Counter
from pathlib import Path

import pytest
from faulted import CLASSES, begin, check_books, check_like, failed, summary
from make_videos import shots, write_video
from soaky import ENV, ERRORS, error_of, fault_at

from ivg.sources.content import content_ids

pytestmark = pytest.mark.long

N_VIDEOS = 500
ASIDE = ("judge_frames", "judge_captions", "score_scenes")
LINE = [stage for stage in CLASSES if stage not in ASIDE]
MODELS = ("embed", "caption", "score")
MORE = (
    *(f"~stages.{stage}" for stage in ASIDE),
    *("negatives.verify_caption=false", "stages.caption.min_secs=0.5"),
    *("quality.judge=null", "quality.scorer=null"),
)


def expected(videos: Path, store: Path) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Of each video that will fail where and by what error, and those that won't."""
    paths = sorted(videos.iterdir())
    ids = content_ids(paths, store)
    assert len(set(ids.values())) == N_VIDEOS
    lost = {}
    for path in paths:
        for stage in LINE:
            kind = fault_at(stage, ids[path], stage in MODELS)
            if kind in ERRORS:
                lost[path.name] = (stage, error_of(kind, stage))
                break
    return lost, {path.name for path in paths} - lost.keys()


def videos_in(run: Path) -> Counter:
    """How often each video stands in the last file that is written of all."""
    return Counter(json.loads(row)["video"] for row in (run / "videos.jsonl").open())


def run_to_its_end(here: Path, run: str, *more: str, **env: str) -> None:
    ended = begin(here, run, *MORE, *more, package="soaky", **env).wait(timeout=1800)
    assert ended == 0, (here / f"{run}.said").read_text()[-2000:]


def test_soak_500_videos_with_random_faults_loses_none_and_has_none_twice(tmp_path):
    (tmp_path / "videos").mkdir()
    for i in range(N_VIDEOS):
        write_video(tmp_path / "videos" / f"{i:03}.mp4", shots(20, 20, seed=i + 1))
    lost, left = expected(tmp_path / "videos", tmp_path / "ids")
    assert {error for _, error in lost.values()} > set(ERRORS.values())

    run_to_its_end(tmp_path, "run", **ENV)
    assert summary(tmp_path / "run")["status"] == "finished"
    check_books(tmp_path / "run")
    told = [json.loads(row) for row in (tmp_path / "run" / "failures.jsonl").open()]
    assert {one["video"]: (one["stage"], one["error"]) for one in told} == lost
    assert len(told) == len(lost) == failed(tmp_path / "run").total()
    written = left | {name for name, (stage, _) in lost.items() if stage == "quality"}
    assert videos_in(tmp_path / "run") == dict.fromkeys(written, 1)

    run_to_its_end(tmp_path, "run")
    run_to_its_end(tmp_path, "calm", "store.dir=calm_store")
    check_like(tmp_path / "calm", tmp_path / "run")
    assert videos_in(tmp_path / "run") == dict.fromkeys(left | lost.keys(), 1)
