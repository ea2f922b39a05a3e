"""The model of big runs: its units, and that simulation and document say the same."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import scale  # noqa: E402
from scale_cases import MARGIN, TOLERANCE, Case, compared  # noqa: E402
from scale_costs import Cluster, Models, Workload, read_costs  # noqa: E402
from scale_document import BLOCK, DOC  # noqa: E402
from scale_model import predict, wasted  # noqa: E402

COSTS, LOAD, MODELS = read_costs(), Workload(), Models()
CHEAP = replace(COSTS, decode=dict.fromkeys(COSTS.decode, 1.0), prepare=1e-6, driver=1e-6)
GPU_BOUND = Cluster(gpus=8, cores_per_gpu=64, gbit_s=1e4, drivers=1000)


def days(load=LOAD, costs=COSTS, models=MODELS, cluster=GPU_BOUND) -> float:
    return predict(load, costs, models, cluster).days


def test_twice_the_videos_take_twice_of_everything():
    one = predict(LOAD, COSTS, MODELS, GPU_BOUND)
    two = predict(replace(LOAD, videos=2 * LOAD.videos), COSTS, MODELS, GPU_BOUND)
    for name in ("gpu_hours", "cpu_hours", "stored", "seconds", "usd"):
        doubled = {key: 2 * value for key, value in getattr(one, name).items()}
        assert getattr(two, name) == pytest.approx(doubled, rel=1e-6)
    assert two.days == pytest.approx(2 * one.days)


def test_half_the_gpus_take_twice_as_long_where_they_are_the_bottleneck():
    half = replace(GPU_BOUND, gpus=4, cores_per_gpu=128)
    assert predict(LOAD, CHEAP, MODELS, GPU_BOUND).bottleneck == "GPUs"
    seconds = [predict(LOAD, CHEAP, MODELS, one).seconds["GPUs"] for one in (half, GPU_BOUND)]
    assert seconds[0] == pytest.approx(2 * seconds[1])


def test_gpus_without_cores_to_feed_them_wait():
    starved = replace(GPU_BOUND, cores_per_gpu=1.5)
    answer = predict(LOAD, COSTS, MODELS, starved)
    assert answer.bottleneck == "cores"
    assert answer.busy["GPUs"] < 0.5
    fed = replace(starved, cores_per_gpu=answer.cores_per_gpu)
    seconds = predict(LOAD, COSTS, MODELS, fed).seconds
    assert seconds["cores"] == pytest.approx(seconds["GPUs"])


def test_bytes_and_bits_are_told_apart():
    answer = predict(replace(LOAD, videos=3600, mean_secs=1, mbit_s=8), COSTS, MODELS, GPU_BOUND)
    assert answer.downloaded == pytest.approx(3600e6)  # an hour at 8 Mbit/s, so 1 MB a second
    slow = replace(GPU_BOUND, gbit_s=0.008, failures=0)
    load = replace(LOAD, videos=3600, mean_secs=1, mbit_s=8)
    assert predict(load, COSTS, MODELS, slow).seconds["download"] == pytest.approx(3600)


@pytest.mark.parametrize(
    ("cost", "machine"), [("decode", "cores"), ("prepare", "cores"), ("driver", "driver")]
)
def test_a_wrong_cost_moves_the_answer(cost, machine):
    known = getattr(COSTS, cost)
    more = {k: 10 * v for k, v in known.items()} if isinstance(known, dict) else 10 * known
    before = predict(LOAD, COSTS, MODELS, GPU_BOUND).seconds
    after = predict(LOAD, replace(COSTS, **{cost: more}), MODELS, GPU_BOUND).seconds
    assert after[machine] > 1.1 * before[machine]
    assert {k: v for k, v in after.items() if k != machine} == {
        k: v for k, v in before.items() if k != machine
    }


def test_failures_cost_what_their_tries_had_done():
    assert wasted(0) == 1
    assert wasted(0.5) == pytest.approx(1.5)  # one failed try on average, half of it done


def test_faster_gpus_help_until_words_are_written_one_by_one():
    fast = replace(MODELS, tflop_s=1e9, tb_s=1e9)
    assert fast.secs_a_frame == pytest.approx(0, abs=1e-6)
    assert fast.secs_a_caption(1) == pytest.approx(20 * fast.step_secs / 8, rel=1e-3)


SMALL = Workload(videos=1500, sigma=0.5)
FEW = Cluster(gpus=2, cores_per_gpu=32, gbit_s=100, failures=0)


@pytest.mark.parametrize(
    ("name", "cluster"),
    [
        ("GPUs", FEW),
        ("GPUs", replace(FEW, failures=0.05)),
        ("cores", replace(FEW, cores_per_gpu=2)),
        ("download", replace(FEW, gbit_s=0.05)),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_simulation_agrees_where_one_bottleneck_dominates(name, cluster, seed):
    simulated, predicted, found, margin = compared(Case(name, SMALL, cluster), COSTS, seed)
    assert (found, margin >= MARGIN) == (name, True)
    assert simulated == pytest.approx(predicted, rel=TOLERANCE)


def test_simulation_accounts_for_every_video():
    from scale_simulation import simulate

    cluster = replace(FEW, failures=0.5)
    found, _ = simulate(replace(SMALL, videos=200), COSTS, MODELS, cluster, seed=3)
    assert found.done + found.lost == 200
    assert found.lost > 0


def test_simulation_of_few_long_videos_is_not_hidden_by_the_model():
    case = Case("few", Workload(videos=30, sigma=1.5), FEW)
    simulated, predicted, *_ = compared(case, COSTS)
    assert simulated > 1.1 * predicted


def printed(capsys, arguments: str) -> str:
    assert scale.main(arguments.split()) == 0
    return capsys.readouterr().out


def blocks() -> list[tuple[str, str]]:
    """The commands of the document, and what it says that they print."""
    found = BLOCK.finditer(DOC.read_text(encoding="utf-8"))
    return [(one["command"], one["text"]) for one in found]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[pytest.mark.slow] if "simulate" in command else [])
        for command, _ in blocks()
    ],
)
def test_document_shows_what_the_command_prints(capsys, command):
    assert printed(capsys, command) == dict(blocks())[command]


def test_document_shows_model_sweep_and_simulation():
    names = {command.split()[0] for command, _ in blocks()}
    assert names == {"model", "sweep", "simulate"}


def test_document_tells_the_measured_costs():
    text = DOC.read_text(encoding="utf-8")
    for value in (COSTS.decode[720], COSTS.decode[360], 1000 * COSTS.driver, 1000 * COSTS.prepare):
        assert f"{value:.3g}" in text


def test_plot_is_drawn(tmp_path, capsys):
    printed(capsys, f"sweep --plot {tmp_path}/plot.png")
    assert (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"
    assert (DOC.parent / "scaling.png").is_file()
