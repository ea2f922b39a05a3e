"""The Optuna sweeper (extra `optuna`) searches a threshold; the models run once in all."""

import pytest
from omegaconf import OmegaConf
from running import books, ivg


@pytest.mark.slow
def test_optuna_maximises_what_a_job_returns(quickstart):
    here = quickstart.home
    ivg(
        "build",
        "-m",
        "experiment=quickstart",
        "hydra/sweeper=optuna",
        "hydra.sweeper.direction=maximize",
        "hydra.sweeper.n_trials=3",
        "hydra.sweeper.n_jobs=1",
        "hydra.sweep.dir=optuna",
        "filter.threshold=interval(0.5,0.9)",
        cwd=here,
    )
    runs = [here / "optuna" / str(i) for i in range(3)]
    best = OmegaConf.load(here / "optuna" / "optimization_results.yaml")
    assert best.best_value == max(books(run)["export", "annotation"]["n_out"] for run in runs)
    assert [books(run)["score", "video"]["computed"] for run in runs] == [0, 0, 0]
