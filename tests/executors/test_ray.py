"""The Ray executor, on a Ray of its own on this machine."""

from pathlib import Path

import pytest
from crashing import Crash
from make_clips import make_clips
from running import books, ivg

from ivg.errors import ConfigError, MissingDependencyError
from ivg.executors.ray import RayExecutor
from ivg.records import Video
from ivg.stage import Context, Stage
from ivg.video.frames import FrameStore

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def cluster():
    import ray

    env = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[1])}}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=env)
    yield
    ray.shutdown()


def run(tmp_path, stage: Stage, *names: str):
    videos = [Video(id=name, name=name) for name in names]
    context = Context(FrameStore(tmp_path))
    return {
        done.video_id: done
        for done in RayExecutor(workers=2).run(stage, videos, context, len(videos))
    }


def test_ray_pays_for_a_crash_with_one_video(tmp_path):
    done = run(tmp_path, Crash(), "a", "crash", "b", "c", "d", "e")
    assert {name for name, one in done.items() if one.status == "out"} == set("abcde")
    assert done["crash"].failure.error == "WorkerCrashedError"


def test_ray_raises_what_setup_raised(tmp_path):
    with pytest.raises(MissingDependencyError, match=r"captioner\.model"):
        run(tmp_path, Crash(setup_error=True), "a", "b")


def test_ray_refuses_no_workers():
    with pytest.raises(ConfigError, match=r"executor\.workers"):
        RayExecutor(workers=0)


def test_ray_writes_the_dataset_that_one_process_writes(tmp_path, sample):
    """Scores may differ in the last bits: Ray gives its workers one thread, and sums reorder."""
    make_clips(sample, tmp_path / "videos", 3, secs=4.0)
    source = ["experiment=quickstart", "source=local", "source.path=videos"]
    for run_name, executor in (("one", "local"), ("many", "ray")):
        more = [f"executor={executor}", f"store.dir={run_name}_store", f"hydra.run.dir={run_name}"]
        ivg("build", *source, *more, cwd=tmp_path)
    for name in ("scenes.jsonl", "scenes-merged.jsonl", "final_dataset.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()
    assert books(tmp_path / "many")["scan", "video"]["computed"] == 3
