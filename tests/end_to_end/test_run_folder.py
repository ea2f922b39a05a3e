"""A run folder belongs to one run at a time, and holds what that run has written."""

import json
from pathlib import Path

import pytest
from filelock import FileLock
from published_folders import published, write_published, write_rows
from running import ivg, rows

from ivg.summary import clear

DATA = ("final_dataset.jsonl", "scenes.jsonl", "scenes-merged.jsonl")


@pytest.fixture
def good_run(tmp_path) -> Path:
    """A finished run into `run`, beside two files of the user's own."""
    write_published(tmp_path / "old", "a.mp4")
    ivg(*published(tmp_path / "old"), "hydra.run.dir=run", cwd=tmp_path)
    (tmp_path / "run" / "ids.jsonl").write_text("mine\n")
    (tmp_path / "run" / "notes.txt").write_text("mine\n")
    return tmp_path / "run"


def contents(run: Path) -> dict[str, bytes]:
    """All but the log and Hydra's own folder, which it writes before we are asked."""
    return {p.name: p.read_bytes() for p in run.iterdir() if p.is_file() and p.suffix != ".log"}


def test_failed_run_leaves_nothing_of_the_good_one_before_it(good_run, tmp_path):
    assert set(DATA) <= set(contents(good_run))
    before = json.loads((good_run / "summary.json").read_text())
    assert before["files"] == sorted(json.loads((good_run / "manifest.json").read_text())["sha256"])
    write_published(tmp_path / "bad", "b.mp4")
    write_rows(tmp_path / "bad" / "scenes.jsonl", [{"video_fname": "b.mp4", "scenes": 3}])
    done = ivg(*published(tmp_path / "bad"), "hydra.run.dir=run", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    summary = json.loads((good_run / "summary.json").read_text())
    manifest = json.loads((good_run / "manifest.json").read_text())
    assert (summary["status"], summary["files"], summary["n_annotations"]) == ("failed", [], 0)
    assert (manifest["videos"], manifest["sha256"]) == ({}, {})
    assert [f["video"] for f in rows(good_run / "failures.jsonl")] == ["b.mp4"]
    left = {"config.yaml", "failures.jsonl", "manifest.json", "summary.json", ".lock"}
    assert set(contents(good_run)) == left | {"ids.jsonl", "notes.txt"}
    assert (good_run / "ids.jsonl").read_text() == "mine\n"


def test_run_with_a_wrong_config_leaves_the_folder_alone(good_run, tmp_path):
    before = contents(good_run)
    more = ["negatives.max_secs=a", "hydra.run.dir=run"]
    done = ivg(*published(tmp_path / "old"), *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "negatives.max_secs" in done.stderr
    assert contents(good_run) == before


def test_run_into_a_folder_in_use_is_refused(good_run, tmp_path):
    before = contents(good_run)
    with FileLock(good_run / ".lock"):
        more = ["store.dir=another", "hydra.run.dir=run"]
        done = ivg(*published(tmp_path / "old"), *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "ConfigError: hydra.run.dir=" in done.stderr
    assert "another run is writing there" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(good_run) == before
    assert not (tmp_path / "another").exists()


def test_run_into_its_own_source_is_refused(tmp_path):
    """The published names are those of the input, which the run would overwrite."""
    old = tmp_path / "old"
    write_published(old, "a.mp4")
    before = contents(old)
    done = ivg(*published(old), "hydra.run.dir=old", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "is source.dir" in done.stderr
    assert contents(old) == before


def test_clear_touches_nothing_outside_the_folder(tmp_path):
    """The manifest lies in a folder that a stranger may have sent."""
    run = tmp_path / "run"
    run.mkdir()
    for folder in (tmp_path, run):
        (folder / "precious.txt").write_text("mine")
    (run / "manifest.json").write_text(json.dumps({"sha256": {"../precious.txt": "0"}}))
    clear(run)
    assert (tmp_path / "precious.txt").exists()
    assert not (run / "manifest.json").exists()


def test_summary_of_a_failed_run_says_why(tmp_path):
    write_published(tmp_path / "old", "a.mp4", captions=())
    done = ivg(*published(tmp_path / "old"), "hydra.run.dir=run", cwd=tmp_path, check=False)
    assert done.returncode == 1
    said = json.loads((tmp_path / "run" / "summary.json").read_text())["message"]
    assert "no video is left" in said
    shown = ivg("show", "run", cwd=tmp_path)
    assert "no video is left" in shown.stdout
