"""Kill -9 at ten random moments: the same bytes, and no finished video computed twice."""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from make_clips import make_clips
from running import books, command, ivg

SEED = 20261123
KILLS = 10
STAGES = ("scan", "split", "embed", "merge", "caption", "score")
COMPUTED = re.compile(r"(\w+): computed (\S+)$", re.MULTILINE)


def arguments(run: str, *more: str) -> list[str]:
    return [
        "build",
        "experiment=quickstart",
        "source=local",
        "source.path=videos",
        f"hydra.run.dir={run}",
        *more,
    ]


def computed(log: Path) -> list[tuple[str, str]]:
    return COMPUTED.findall(log.read_text()) if log.exists() else []


def kill_after(here: Path, run: str, store: str, rows: int, delay: float) -> bool:
    """Start a run and kill it once `rows` results are stored and `delay` seconds have passed."""
    process = subprocess.Popen(
        command(*arguments(run, f"store.dir={store}")),
        cwd=here,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and len(computed(here / run / "ivg.log")) < rows:
        time.sleep(0.005)
    time.sleep(delay)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def check_like(calm: Path, ended: Path, logs: list[Path]) -> None:
    """The same bytes as an undisturbed run, and no result computed twice that took any work.

    Merges, of a millisecond each, go to disk in bunches.
    """
    for path in calm.glob("*.jsonl"):
        assert path.read_bytes() == (ended / path.name).read_bytes(), path.name
    times = Counter(pair for log in logs for pair in computed(log))
    assert {stage for stage, _ in times} == set(STAGES)
    assert max(n for (stage, _), n in times.items() if stage != "merge") == 1


@pytest.mark.slow
def test_killed_runs_end_like_an_undisturbed_one(tmp_path, sample):
    """Ten kills; a run that comes through has ended its store, and the next ones get another."""
    make_clips(sample, tmp_path / "videos", 12)
    ivg(*arguments("calm", "store.dir=calm_store"), cwd=tmp_path)
    chance = random.Random(SEED)
    kills, number, stores = 0, 0, [[]]
    while kills < KILLS:
        run, store = f"run{number}", f"store{len(stores)}"
        killed = kill_after(tmp_path, run, store, chance.randrange(8), chance.uniform(0, 0.2))
        kills, number = kills + killed, number + 1
        stores[-1].append(tmp_path / run / "ivg.log")
        if not killed:
            check_like(tmp_path / "calm", tmp_path / run, stores[-1])
            stores.append([])
        assert number < 3 * KILLS
    ivg(*arguments("last", f"store.dir=store{len(stores)}"), cwd=tmp_path)
    check_like(tmp_path / "calm", tmp_path / "last", [*stores[-1], tmp_path / "last" / "ivg.log"])


@pytest.mark.slow
def test_added_videos_are_the_only_ones_computed(tmp_path, sample):
    clips = make_clips(sample, tmp_path / "videos", 3, secs=4.0)
    clips[2].rename(tmp_path / "later.mp4")
    ivg(*arguments("first"), cwd=tmp_path)
    (tmp_path / "later.mp4").rename(clips[2])
    clips[0].rename(clips[0].with_name("renamed.mp4"))
    ivg(*arguments("second"), cwd=tmp_path)
    for stage in STAGES:
        assert books(tmp_path / "second")[stage, "video"]["computed"] == 1
        assert books(tmp_path / "second")[stage, "video"]["n_out"] == 3
