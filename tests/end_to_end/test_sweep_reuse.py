"""What the jobs of a sweep share: models are asked once, also by jobs that run side by side."""

import os
from pathlib import Path

import pytest
import watched
from running import books, ivg

TESTS = str(Path(watched.__file__).parent)
PER_VIDEO = ("scan", "split", "judge_frames", "embed", "merge", "caption", "judge_captions")
PER_VIDEO += ("score",)
N_VIDEOS, VALUES = 3, "0.45,0.55,0.65,0.75"
MONTAGE = ("source=montage", f"source.n_videos={N_VIDEOS}", "source.scenes=[3,4]")
SMALL = ("-m", "experiment=quickstart", "judge=small", f"filter.threshold={VALUES}")
OWN_STORE = ("store.dir=shared", "source.folder=videos")


def computed(sweep: Path) -> list[dict[str, int]]:
    """Videos computed by stage, of each job."""
    jobs = [books(sweep / str(i)) for i in range(4)]
    return [{name: job[name, "video"]["computed"] for name in PER_VIDEO} for job in jobs]


def files(sweep: Path) -> list[str]:
    return [(sweep / str(i) / "final_dataset.jsonl").read_text() for i in range(4)]


@pytest.fixture(scope="module")
def serial(tmp_path_factory) -> tuple[Path, list[str], list[str]]:
    """A sweep on an empty store and one on the filled store; what was set up in each."""
    here = tmp_path_factory.mktemp("serial")
    paths = [TESTS, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    env = {"IVG_PACKAGES": "watched", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    models = [f"{one}._target_=watched.WatchedScorer" for one in ("judge", "scorer")]
    models += ["embedder._target_=watched.WatchedEmbedder"]
    for name in ("first", "again"):
        env[watched.BOOK] = str(here / f"{name}.txt")
        (here / f"{name}.txt").touch()
        ivg(
            *("build", *SMALL, *MONTAGE, *OWN_STORE, *models, f"hydra.sweep.dir={name}"),
            cwd=here,
            **env,
        )
    return here, *((here / f"{n}.txt").read_text().splitlines() for n in ("first", "again"))


@pytest.mark.slow
def test_sweep_over_an_empty_store_loads_the_judge_once(serial):
    here, first, _ = serial
    # two stages ask the judge; the second finds its weights loaded
    assert [line for line in first if line.startswith("judge")] == ["judge 1", "judge 0"]
    assert sum(int(line.split()[1]) for line in first) == 2  # the judge's classifier, the others'
    assert (
        computed(here / "first")
        == [dict.fromkeys(PER_VIDEO, N_VIDEOS)] + [dict.fromkeys(PER_VIDEO, 0)] * 3
    )


@pytest.mark.slow
def test_sweep_over_a_filled_store_loads_no_model(serial):
    here, _, again = serial
    assert again == []
    assert computed(here / "again") == [dict.fromkeys(PER_VIDEO, 0)] * 4
    assert files(here / "again") == files(here / "first")
    assert len(set(files(here / "first"))) > 1


@pytest.mark.slow
def test_jobs_side_by_side_over_an_empty_store_compute_each_stage_once(serial, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="extra joblib")
    here, *_ = serial
    parallel = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=4", "hydra.sweep.dir=side")
    ivg("build", *SMALL, *MONTAGE, *OWN_STORE, *parallel, cwd=tmp_path)
    jobs = computed(tmp_path / "side")
    assert {name: sum(job[name] for job in jobs) for name in PER_VIDEO} == dict.fromkeys(
        PER_VIDEO, N_VIDEOS
    )
    assert files(tmp_path / "side") == files(here / "first")
