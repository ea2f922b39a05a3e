"""The committed experiments, at small size: their commands run and give the committed columns."""

from pathlib import Path

import pandas as pd
import pytest
from running import ivg

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SMALL = ("source.n_videos=3", "source.scenes=[3,4]", "source.secs=[2.0,2.5]")
SWEPT = {
    "threshold_sweep": (("filter.threshold",), 8),
    "captioner_ablation": (("captioner", "filter.threshold"), 4),
    "merge_max_vs_mean": (("merge", "filter.q"), 8),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("experiments")


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEPT)
def test_experiment_gives_the_committed_columns(home, name):
    more = (*SMALL, f"hydra.sweep.dir={name}")
    ivg("build", "-m", f"experiment={name}_small", *more, cwd=home)
    found = pd.read_csv(home / name / "summary.csv")
    keys, n_jobs = SWEPT[name]
    assert set(found["status"]) == {"finished"}
    assert len(found) == n_jobs
    assert set(found["computed/judge_frames"][1:]) == {0}
    for source in ("montage", "sample"):
        committed = pd.read_csv(EXPERIMENTS / name / source / "summary.csv")
        assert list(committed.columns) == list(found.columns)
        assert committed[[*keys]].equals(found[[*keys]])
        assert set(committed["status"]) == {"finished"}
        assert len(list((EXPERIMENTS / name / source).glob("*.png"))) >= 1


def test_threshold_sweep_found_what_its_page_says():
    found = pd.read_csv(EXPERIMENTS / "threshold_sweep" / "montage" / "summary.csv")
    assert found["yield/annotations"].is_monotonic_decreasing
    first, last = found.iloc[0], found.iloc[-1]
    for figure in ("groundability/contrast", "truth/caption_precision"):
        assert last[f"{figure} low"] > first[f"{figure} high"]
