"""Sweeps through Hydra's submitit launcher: as jobs of this machine, and as Slurm gets them."""

import os
import signal
import subprocess
import time
from pathlib import Path

import fake_slurm
import psutil
import pytest
from running import books, command, ivg

pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="extra submitit")

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PER_VIDEO = ("scan", "split", "embed", "merge", "caption", "score")
VALUES = ("-1", "0", "0.05")
SWEEP = ("build", "--config-dir", str(BENCHMARKS / "conf"), "-m", "executor.workers=1")
SWEEP += ("embedder=cheap", "scorer=cheap", "captioner=cheap", "filter=threshold")
SWEEP += (f"filter.threshold={','.join(VALUES)}", "store.dir=store", "hydra.sweep.dir=sweep")
PATHS = [str(BENCHMARKS), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
KNOWN = {"PYTHONPATH": os.pathsep.join(PATHS), "IVG_PACKAGES": "cheap"}
SLURM = ("hydra/launcher=submitit_slurm", "hydra.launcher.partition=gpu")
SLURM += ("hydra.launcher.gpus_per_node=1", "hydra.launcher.cpus_per_task=8")
SLURM += ("hydra.launcher.mem_gb=64", "hydra.launcher.timeout_min=1440")
SLURM += ("hydra.launcher.array_parallelism=2",)


def files(sweep: Path) -> list[str]:
    return [(sweep / str(i) / "final_dataset.jsonl").read_text() for i in range(len(VALUES))]


def computed(sweep: Path) -> dict[str, int]:
    """How often each per-video stage was computed, in all jobs together."""
    jobs = [books(sweep / str(i)) for i in range(len(VALUES))]
    return {name: sum(job[name, "video"]["computed"] for job in jobs) for name in PER_VIDEO}


@pytest.fixture(scope="module")
def basic(tmp_path_factory) -> list[str]:
    """The tables of the sweep by Hydra's own launcher."""
    here = tmp_path_factory.mktemp("basic")
    ivg(*SWEEP, cwd=here, **KNOWN)
    found = files(here / "sweep")
    assert len(set(found)) > 1
    return found


def test_launchers_of_submitit_take_their_settings(tmp_path):
    done = ivg("build", *SLURM, "--cfg", "hydra", "-p", "hydra.launcher", cwd=tmp_path)
    assert "partition: gpu" in done.stdout
    assert "timeout_min: 1440" in done.stdout


@pytest.mark.long
def test_sweep_by_local_jobs_gives_the_same_tables_and_computes_each_stage_once(basic, tmp_path):
    done = ivg(*SWEEP, "hydra/launcher=submitit_local", cwd=tmp_path, **KNOWN)
    assert files(tmp_path / "sweep") == basic
    assert computed(tmp_path / "sweep") == dict.fromkeys(PER_VIDEO, 1)
    assert (tmp_path / "sweep" / "summary.html").is_file()
    assert "3 jobs" in done.stdout + done.stderr


@pytest.mark.long
def test_sweep_by_slurm_jobs_gives_the_same_tables_and_asks_for_what_was_set(basic, tmp_path):
    slurm = fake_slurm.installed(tmp_path / "slurm")
    done = ivg(*SWEEP, *SLURM, cwd=tmp_path, **KNOWN, **slurm)
    assert files(tmp_path / "sweep") == basic
    assert computed(tmp_path / "sweep") == dict.fromkeys(PER_VIDEO, 1)
    assert "3 jobs" in done.stdout + done.stderr
    (script,) = (tmp_path / "slurm").glob("*.sh")
    asked = [line for line in script.read_text().splitlines() if line.startswith("#SBATCH")]
    wanted = ("--partition=gpu", "--gpus-per-node=1", "--cpus-per-task=8", "--mem=64GB")
    wanted += ("--time=1440", "--array=0-2%2", "--job-name=ivg", "--signal=USR2@120")
    assert {f"#SBATCH {one}" for one in wanted} <= set(asked)


def tasks(of: subprocess.Popen, until: Path) -> list[psutil.Process]:
    """The processes in which the jobs run, once `until` is there."""
    deadline = time.monotonic() + 240
    while not until.exists():
        assert of.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    known = psutil.Process(of.pid).children(recursive=True)
    return [one for one in known if "submitit.core._submit" in one.cmdline()]


def stopped(here: Path, number: signal.Signals) -> tuple[int, str]:
    """A sweep of local jobs, one of which gets a signal: the exit code, and what it printed."""
    line, env = command(*SWEEP, "hydra/launcher=submitit_local"), {**os.environ, **KNOWN}
    with (here / "out.txt").open("w") as out:
        sweep = subprocess.Popen(line, cwd=here, stdout=out, stderr=out, env=env)
        try:
            jobs = tasks(sweep, here / "store" / "scan")
            jobs[0].send_signal(number)
            code = sweep.wait(timeout=280)
            psutil.wait_procs(jobs, timeout=200)
        finally:
            sweep.kill()
    return code, (here / "out.txt").read_text()


@pytest.mark.long
def test_job_that_is_preempted_is_put_into_the_queue_again(basic, tmp_path):
    code, told = stopped(tmp_path, signal.SIGUSR2)  # what Slurm sends before it takes a machine
    assert code == 0, told
    assert "Requeued job" in "".join(log.read_text() for log in logs(tmp_path))
    assert files(tmp_path / "sweep") == basic


@pytest.mark.long
def test_job_that_is_killed_costs_only_itself(basic, tmp_path):
    code, told = stopped(tmp_path, signal.SIGKILL)
    assert code != 0, told
    found = [tmp_path / "sweep" / str(i) / "final_dataset.jsonl" for i in range(len(VALUES))]
    left = {i: path.read_text() for i, path in enumerate(found) if path.is_file()}
    assert left == {i: basic[i] for i in left}
    assert len(left) == len(VALUES) - 1
    ivg(*SWEEP, cwd=tmp_path, **KNOWN)
    assert files(tmp_path / "sweep") == basic


def logs(here: Path) -> list[Path]:
    return sorted((here / "sweep" / ".submitit").glob("*/*log*"))
