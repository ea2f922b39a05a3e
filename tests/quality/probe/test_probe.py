"""The parts of the probe: batches, network, budgets, seeds, floors, figures."""

import logging
import tempfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from ivg.errors import ConfigError
from ivg.quality.benchmarks.synthetic import Synthetic
from ivg.quality.probe.batch import collated, marked, middles, shortened
from ivg.quality.probe.figures import probe_figures
from ivg.quality.probe.floors import blind_floor, blind_guess, random_floor
from ivg.quality.probe.module import ProbeModule, thinned
from ivg.quality.probe.network import MomentNetwork
from ivg.quality.probe.sample import Sample
from ivg.quality.probe.settings import ProbeSettings
from ivg.quality.probe.train import SeedScores, split_by_video, train_and_test

TINY = ProbeSettings(width=16, heads=2, layers=1, max_epochs=2, batch_size=8)


def sample(steps=4, window=(0.25, 0.5), video="a", duration=8.0, dim=6):
    rng = np.random.default_rng(steps)
    features, text = rng.standard_normal((steps, dim)), rng.standard_normal(dim)
    return Sample(video, features, text, np.array([window]), duration)


def test_marked_steps_lie_in_their_window():
    target, inside = marked(np.array([[0.0, 0.25], [0.75, 1.0]]), 8)
    assert inside.tolist() == [1, 1, 0, 0, 0, 0, 1, 1]
    assert target[7].tolist() == [0.75, 1.0]


def test_marked_gives_the_shortest_window_a_step():
    _, inside = marked(np.array([[0.30, 0.31]]), 4)
    assert inside.tolist() == [0, 1, 0, 0]


def test_shortened_averages_runs_and_leaves_short_ones():
    assert shortened(np.arange(6.0)[:, None], 3).ravel().tolist() == [0.5, 2.5, 4.5]
    assert len(shortened(np.zeros((2, 3)), 3)) == 2
    assert middles(2).tolist() == [0.25, 0.75]


def test_network_is_of_the_promised_size():
    chosen = ProbeSettings()
    network = MomentNetwork(512, chosen.width, chosen.layers, chosen.heads, chosen.dropout)
    assert 200_000 < sum(p.numel() for p in network.parameters()) < 600_000


def test_padding_changes_no_prediction():
    torch.manual_seed(0)
    module = ProbeModule(6, TINY).eval()
    short, long = sample(3), sample(9)
    with torch.no_grad():
        alone = module.predict_step(collated([short], 128), 0)[0]
        beside = module.predict_step(collated([short, long], 128), 0)[0]
    assert beside == pytest.approx(alone, abs=1e-5)


def test_thinned_drops_near_copies_of_better_windows():
    guesses = np.array([[0, 10, 0.5], [0, 9, 0.9], [20, 30, 0.7], [0, 5, 0.6]])
    assert thinned(guesses)[:, 2].tolist() == [0.9, 0.7, 0.6]


def test_split_keeps_a_video_on_one_side():
    samples = [sample(video=name) for name in "aabbccdd"]
    train, validation = split_by_video(samples, 0.3, seed=0)
    assert len(train) + len(validation) == 8
    assert not {s.video for s in train} & {s.video for s in validation}
    assert len(validation) == 2


def test_split_of_one_video_validates_on_what_it_trains():
    train, validation = split_by_video([sample(), sample()], 0.3, seed=0)
    assert (len(train), len(validation)) == (2, 2)


def test_training_is_quiet_cleans_up_and_repeats_itself(tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    samples = Synthetic(n_videos=20, frames=8, scenes=3, dim=6).samples()
    settings = replace(TINY, n_samples=12)
    with caplog.at_level(logging.WARNING):
        one = train_and_test(samples, samples, settings)
    assert "".join(capfd.readouterr()) == ""
    assert caplog.text == ""
    assert list(tmp_path.iterdir()) == []
    assert [(run.seed, run.n_train) for run in one] == [(0, 12), (1, 12), (2, 12)]
    assert one == train_and_test(samples, samples, settings)
    assert len({run.scores["mIoU"] for run in one}) == 3


def test_a_set_below_the_budget_is_told(caplog):
    samples = [sample(video=name) for name in "abc"]
    runs = train_and_test(samples, samples, replace(TINY, n_samples=50, max_epochs=1))
    assert runs[0].n_train == 3
    assert "3 of the 50 training samples" in caplog.text


def test_sets_that_cannot_be_compared_are_refused():
    two = [sample(video="a"), sample(video="b")]
    with pytest.raises(ConfigError, match="two videos"):
        train_and_test(two[:1], two, TINY)
    with pytest.raises(ConfigError, match="at least one query"):
        train_and_test(two, [], TINY)
    with pytest.raises(ConfigError, match=r"differ in width: \[5, 6\]"):
        train_and_test(two, [sample(dim=5)], TINY)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_seeds": 2}, r"^quality\.measures\.probe\.settings\.n_seeds must be at least 3"),
        ({"width": 30}, r"settings\.width must be a multiple of .*heads \(4\)"),
        ({"n_samples": 1}, r"settings\.n_samples"),
        ({"validation": 0.9}, r"settings\.validation"),
    ],
)
def test_settings_name_a_wrong_value(wrong, message):
    with pytest.raises(ConfigError, match=message):
        ProbeSettings(**wrong)


def test_random_floor_is_what_can_be_computed():
    # IoU with the whole stretch is |u - v|: mean 1/3, at least x with probability (1 - x)^2
    found = random_floor([sample(window=(0, 1))], draws=8000)
    assert found["mIoU"] == pytest.approx(1 / 3, abs=0.01)
    assert found["R@1@0.5"] == pytest.approx(0.25, abs=0.02)
    assert found["R@1@0.7"] == pytest.approx(0.09, abs=0.015)


def test_blind_guess_is_the_window_that_all_share():
    same = [sample(window=(0.2, 0.6))] * 3
    assert blind_guess(same) == pytest.approx([0.2, 0.6])
    assert blind_floor(same, same)["mIoU"] == pytest.approx(1)


def test_figures_carry_mean_interval_floor_and_n():
    runs = [SeedScores(i, 9, 1, {"mIoU": v}) for i, v in enumerate((0.4, 0.5, 0.6))]
    (figure,) = probe_figures(runs, {"mIoU": 0.1}, n=7)
    assert (figure.name, figure.n, figure.better, figure.floor) == ("probe/mIoU", 7, 1, 0.1)
    # t(0.975, 2) = 4.303, standard error 0.1 / sqrt(3)
    assert figure.value == pytest.approx(0.5)
    assert (figure.low, figure.high) == pytest.approx((0.2516, 0.7484), abs=1e-4)


def test_figures_of_nothing_of_one_and_of_equal_seeds():
    (none,) = probe_figures([], {"mIoU": 0.1}, n=7)
    assert (none.value, none.low, none.n) == (None, None, 0)
    one = SeedScores(0, 9, 1, {"mIoU": 0.25})
    assert probe_figures([one], {}, 7)[0].low is None
    equal = probe_figures([one, one, one], {}, 7)[0]
    assert (equal.low, equal.high) == (0.25, 0.25)
