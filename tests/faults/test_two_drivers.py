"""Two drivers on one store at the same time."""

import pytest
from faulted import CACHED, arm, begin, build, caught, check_like, kill, summary, wait_until

pytestmark = pytest.mark.long


def computed(run) -> dict[str, int]:
    return {
        line["stage"]: line["computed"]
        for line in summary(run)["lines"]
        if line["tally"]["unit"] == "video" and line["stage"] in CACHED
    }


def test_two_drivers_compute_every_video_once_and_end_alike(home, calm):
    runs = [begin(home, name, "executor.workers=1") for name in ("a", "b")]
    assert [run.wait(timeout=240) for run in runs] == [0, 0]
    first, second = computed(home / "a"), computed(home / "b")
    assert {stage: first[stage] + second[stage] for stage in CACHED} == dict.fromkeys(CACHED, 4)
    check_like(calm, home / "a")
    check_like(calm, home / "b")


@pytest.mark.parametrize("stage", ["scan", "caption"])
def test_driver_that_waits_takes_over_when_the_other_is_killed(home, calm, stage):
    traps = arm(home, stage, "002.mp4")
    first = begin(home, "first", "executor.workers=1", FAULTS=str(traps))
    caught(traps, stage, first)
    second = begin(home, "second", "executor.workers=1")
    log = home / "second" / "ivg.log"
    wait_until(lambda: log.exists() and "another process is computing" in log.read_text())
    kill(first)
    assert second.wait(timeout=240) == 0
    check_like(calm, home / "second")


def test_driver_killed_while_it_waits_harms_nobody(home, calm):
    traps = arm(home, "caption", "002.mp4")
    first = begin(home, "first", "executor.workers=1", FAULTS=str(traps))
    caught(traps, "caption", first)
    second = begin(home, "second", "executor.workers=1")
    log = home / "second" / "ivg.log"
    wait_until(lambda: log.exists() and "another process is computing" in log.read_text())
    kill(second)
    (traps / "arm-caption").unlink()
    assert first.wait(timeout=240) == 0
    check_like(calm, home / "first")
    build(home, "second", "executor.workers=1")
    check_like(calm, home / "second")


def test_second_driver_on_one_run_folder_is_refused(home, calm):
    traps = arm(home, "ground", "002.mp4")
    first = begin(home, "run", "executor.workers=1", FAULTS=str(traps))
    caught(traps, "ground", first)
    refused = build(home, "run", "executor.workers=1", check=False)
    assert refused.returncode == 1
    assert "another run is writing there" in refused.stderr
    (traps / "arm-ground").unlink()
    assert first.wait(timeout=240) == 0
    check_like(calm, home / "run")
