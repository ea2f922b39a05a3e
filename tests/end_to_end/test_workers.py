"""A whole build: the same whatever the number of workers, and each video opened once."""

import pytest
from composing import composed
from make_clips import make_clips
from running import ivg

from ivg.plan import make_plan, resolved
from ivg.video import decode, fetch

N_CLIPS = 3


@pytest.fixture
def clips(tmp_path, sample):
    folder = tmp_path / "videos"
    make_clips(sample, folder, N_CLIPS, secs=6.0)
    return folder


def results(run, store):
    files = [*sorted(run.glob("*.jsonl")), *sorted(store.glob("frames/**/*.parquet"))]
    return {path.relative_to(path.parents[1]).as_posix(): path.read_bytes() for path in files}


@pytest.mark.slow
def test_build_is_the_same_whatever_the_number_of_workers(clips, tmp_path):
    (clips / "broken.mp4").write_bytes(b"no video")
    (clips / "also.mp4").write_bytes(b"neither")
    found = []
    for workers in (1, 2):
        where = tmp_path / f"{workers}"
        source = ["experiment=quickstart", "source=local", f"source.path={clips}"]
        more = [f"executor.workers={workers}", "hydra.run.dir=run"]
        where.mkdir()
        ivg("build", *source, *more, cwd=where, cold=True)
        found.append(results(where / "run", where / "store"))
    assert found[0] == found[1]
    assert found[0]["run/failures.jsonl"].count(b"\n") == 2
    assert found[0]["run/final_dataset.jsonl"]
    assert sum(name.endswith(".parquet") for name in found[0]) >= N_CLIPS


def test_build_opens_each_video_once_and_its_second_run_none(clips, tmp_path, monkeypatch):
    opened = []

    def counted(path, *more):
        opened.append(path.name)
        return original(path, *more)

    original = decode.open_video
    monkeypatch.setattr(decode, "open_video", counted)
    monkeypatch.setattr(fetch, "open_video", counted)
    overrides = ["experiment=quickstart", "source=local", f"source.path={clips}"]
    here = ["limits.secs_per_video=null", "limits.memory_mb=null"]
    config = resolved(
        composed(
            *overrides, *here, "executor.workers=1", f"store.dir={tmp_path}/store", "device=cpu"
        )
    )
    for n_openings in (N_CLIPS, N_CLIPS):
        run_dir = tmp_path / "run"
        run_dir.mkdir(exist_ok=True)
        plan = make_plan(config, run_dir)
        plan.line.run(plan.source)
        assert len(plan.line.videos) == N_CLIPS
        assert len(opened) == n_openings
    assert len(set(opened)) == N_CLIPS
