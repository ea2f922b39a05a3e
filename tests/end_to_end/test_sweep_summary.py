"""A real sweep, one job of which fails, and what it leaves."""

import json
import shlex
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from running import ivg, rows

WHERE = "hydra.sweep.dir=summed"
VALUES = "filter.threshold=0.5,a,0.75"


@pytest.fixture(scope="module")
def swept(quickstart) -> tuple[Path, str]:
    """The sweep's folder and what was said; a failed job leaves it whole, in batches too."""
    more = ["-m", "experiment=quickstart", VALUES, WHERE, "hydra.sweeper.max_batch_size=1"]
    done = ivg("build", *more, cwd=quickstart.home, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return quickstart.home / "summed", done.stderr


def test_sweep_is_summed_up_at_its_end(swept):
    folder, said = swept
    frame = pd.read_csv(folder / "summary.csv", dtype=str, keep_default_na=False)
    assert frame["job"].tolist() == ["0", "1", "2"]
    assert frame["filter.threshold"].tolist() == ["0.5", "a", "0.75"]
    assert "experiment" not in frame
    assert frame["status"].tolist() == ["finished", "failed", "finished"]
    for job in ("0", "2"):
        n = len(rows(folder / job / "final_dataset.jsonl"))
        assert float(frame.set_index("job").loc[job, "annotations"]) == n > 0
    assert "filter.threshold must be" in frame["message"][1]
    assert [float(n) for n in frame["computed/caption"][[0, 2]]] == [0, 0]
    assert "3 jobs" in said
    assert "best yield/annotations: job 0" in said
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            picture.verify()
    assert len(list(folder.glob("*.png"))) == 2


def test_best_line_makes_the_dataset_again(swept):
    folder, said = swept
    (line,) = (one for one in said.splitlines() if one.startswith("ivg build"))
    again = [*shlex.split(line)[1:], "hydra.run.dir=again"]
    ivg(*again, cwd=folder.parent, cold=True)
    name = "final_dataset.jsonl"
    assert rows(folder.parent / "again" / name) == rows(folder / "0" / name)


def test_summary_follows_what_was_measured_since(swept):
    folder, _ = swept
    for job, value in (("0", 0.5), ("2", 0.75)):
        found = {"name": "groundability/R@1", "value": value, "low": value - 0.1}
        found |= {"high": value + 0.1, "n": 9, "better": 1, "floor": 0.2}
        quality = {"judge": "small", "figures": [found]}
        (folder / job / "quality.json").write_text(json.dumps(quality))
    done = ivg("sweep-summary", "summed", cwd=folder.parent)
    assert "0.75 (0.65 .. 0.85)" in done.stdout
    frame = pd.read_csv(folder / "summary.csv", index_col="job")
    assert frame["groundability/R@1"].dropna().tolist() == [0.5, 0.75]
    assert (folder / "yield_against_quality.png").stat().st_size > 1000


def test_sweep_summary_names_a_folder_that_is_no_sweep(quickstart):
    done = ivg("sweep-summary", "runs/quickstart", cwd=quickstart.home, check=False)
    assert done.returncode == 1
    assert "runs/quickstart: holds no job of a sweep" in done.stderr


def test_objective_that_no_run_has_fails_before_anything_is_computed(quickstart):
    more = ["experiment=quickstart", "objective=grounds", "hydra.run.dir=wrong"]
    done = ivg("build", *more, cwd=quickstart.home, check=False)
    assert done.returncode == 1
    assert "objective=grounds: there is no such figure; there are yield/" in done.stderr
    assert not (quickstart.home / "wrong" / "summary.json").exists()


def test_refused_sweep_has_no_summary(tmp_path):
    more = ["-m", "filter.treshold=1,2", "hydra.sweep.dir=s"]
    done = ivg("build", *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "treshold" in done.stderr
    assert not (tmp_path / "s" / "summary.csv").exists()


@pytest.mark.slow
def test_parallel_sweep_is_summed_up_too(quickstart):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="extra joblib")
    more = ["-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweep.dir=parallel"]
    done = ivg("build", *more, "experiment=quickstart", VALUES, cwd=quickstart.home, check=False)
    assert done.returncode == 1
    frame = pd.read_csv(quickstart.home / "parallel" / "summary.csv")
    assert frame["status"].tolist() == ["finished", "failed", "finished"]


@pytest.mark.slow
def test_failed_trial_does_not_end_a_search(quickstart):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="extra optuna")
    more = ["hydra/sweeper=optuna", "hydra.sweeper.direction=maximize", "hydra.sweeper.n_jobs=1"]
    more += ["hydra.sweeper.n_trials=4", "hydra.sweeper.sampler.seed=1", "hydra.sweep.dir=search"]
    values = "filter.threshold=choice(0.5,a)"
    done = ivg(
        "build", "-m", "experiment=quickstart", values, *more, cwd=quickstart.home, check=False
    )
    assert done.returncode == 1
    frame = pd.read_csv(quickstart.home / "search" / "summary.csv")
    assert len(frame) == 4
    assert {*frame["status"]} == {"finished", "failed"}
    assert (quickstart.home / "search" / "optimization_results.yaml").is_file()
