"""A disk that is full, a file size limit, a store that can't be written, or no longer."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from faulted import arguments, arm, begin, build, caught, check_books, check_like, environment
from running import command

pytestmark = pytest.mark.long

ROOMY = "64m"
LIMIT = 10_000
"""Bytes of a file: enough for the logs and the config, not for kept frames."""


@contextmanager
def small_disk(where: Path, size: str) -> Iterator[Path]:
    """A disk of its own at `where`."""
    where.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(where)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no right to mount a small disk here: {made.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def remount(where: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(where)], check=True)


def check_nothing_is_half_written(store: Path) -> None:
    """Whatever has a name of its own can be read to its end."""
    for part in store.rglob("*.parquet"):
        if not part.name.startswith(".tmp-"):
            pq.read_table(part)


def check_told(said: str, folder: Path, why: str) -> None:
    """One clear message, and no traceback."""
    assert why in said
    assert str(folder) in said
    assert "Traceback" not in said


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("size", ["4k", "48k", "100k", "170k"])
def test_full_store_disk_ends_the_run_with_a_clear_error(home, calm, size, workers):
    with small_disk(home / "disk", size) as disk:
        store = [f"store.dir={disk}/store", f"executor.workers={workers}"]
        done = build(home, "run", *store, check=False)
        assert done.returncode == 1, done.stdout
        check_told(done.stderr, disk, "No space left on device")
        if (home / "run" / "summary.json").exists():
            check_books(home / "run")
        check_nothing_is_half_written(disk)
        remount(disk, f"size={ROOMY}")
        build(home, "run", *store)
    check_like(calm, home / "run")


@pytest.mark.parametrize("size", ["24k", "40k"])
def test_full_run_folder_disk_ends_the_run_with_a_clear_error(home, calm, size):
    with small_disk(home / "disk", size) as disk:
        run = f"{disk}/run"
        done = build(home, run, "executor.workers=1", check=False)
        assert done.returncode == 1, done.stdout
        check_told(done.stderr, disk, "No space left on device")
        remount(disk, f"size={ROOMY}")
        build(home, run, "executor.workers=1")
        check_like(calm, Path(run))


def test_full_temporary_folder_does_no_harm(home, calm):
    with small_disk(home / "tmp", "4k") as disk:
        (disk / "filler").write_bytes(bytes(4096))
        build(home, "run", "executor.workers=2", TMPDIR=str(disk))
    check_like(calm, home / "run")


def test_file_size_limit_ends_the_run_with_a_clear_error(home, calm):
    """As a quota does; needs no right to mount."""
    done = subprocess.run(
        command(*arguments(home / "videos", "run", "executor.workers=1")),
        cwd=home,
        env={**os.environ, **environment()},
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1, done.stdout
    check_told(done.stderr, home, "File too large")
    check_nothing_is_half_written(home / "store")
    build(home, "run", "executor.workers=1")
    check_like(calm, home / "run")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("stage", ["scan", "caption"])
def test_store_that_becomes_read_only_ends_the_run_with_a_clear_error(home, calm, stage, workers):
    with small_disk(home / "disk", ROOMY) as disk:
        store = [f"store.dir={disk}/store", f"executor.workers={workers}"]
        traps = arm(home, stage, "002.mp4")
        run = begin(home, "run", *store, FAULTS=str(traps))
        caught(traps, stage, run)
        # a lock that is held keeps a disk from being remounted, and nothing else may
        subprocess.run(["mount", "-o", "bind", str(disk), str(disk)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(disk)], check=True)
        try:
            (traps / f"arm-{stage}").unlink()
            assert run.wait(timeout=120) == 1
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=True)
        check_told((home / "run.said").read_text(), disk, "Read-only file system")
        check_books(home / "run")
        build(home, "run", *store)
    check_like(calm, home / "run")


def test_finished_store_that_is_read_only_is_read(calm_home, home, calm):
    with small_disk(home / "disk", ROOMY) as disk:
        shutil.copytree(calm_home / "store", disk / "store")
        remount(disk, "ro")
        build(home, "run", f"store.dir={disk}/store")
    check_like(calm, home / "run")
