"""Bad input costs itself: named, typed, and nothing else."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from make_videos import cut_file, set_rotation, shots, write_sound, write_video
from running import books, ivg, rows

FAILING = {
    "text.mp4": "NotAVideoError",
    "empty.mp4": "EmptyFileError",
    "sound.mp4": "NoVideoStreamError",
    "cut off.mp4": "TruncatedVideoError",
    "loop": "UnreadableFileError",
    "one frame.mp4": "TooShortVideoError",
}
ODD_NAMES = ["-dash.mp4", 'it\'s "quoted" #1 [x].mp4', "emoji 🎬.mp4"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sample) -> Path:
    """A good video among everything that goes wrong in a folder of videos."""
    here = tmp_path_factory.mktemp("bad") / "my videos"
    here.mkdir()
    shutil.copy(sample, here / "good.mp4")
    shutil.copy(sample, here / "same content.mp4")
    (here / "text.mp4").write_text("no video at all\n" * 50)
    (here / "empty.mp4").touch()
    write_sound(here / "sound.mp4")
    cut_file(shutil.copy(sample, here / "cut off.mp4"), 0.4)
    (here / "loop").symlink_to(here / "loop")
    write_video(here / "one frame.mp4", shots(1))
    write_video(here / "wide.mp4", shots(20, size=(4098, 16)))
    write_video(here / "tiny.mkv", shots(20, size=(1, 1)), codec="ffv1")
    set_rotation(write_video(here / "rotated.mp4", shots(20, 20)), 90)
    for seed, name in enumerate(ODD_NAMES, 7):
        write_video(here / name, shots(20, 20, seed=seed))
    return here


@pytest.fixture(scope="module")
def run(folder) -> Path:
    source = ["source=local", f"source.path='{folder}'"]
    ivg("build", "experiment=quickstart", *source, "hydra.run.dir=run", cwd=folder.parent)
    return folder.parent / "run"


@pytest.mark.parametrize(("name", "error"), FAILING.items())
def test_bad_file_is_a_typed_record_that_names_it(run, name, error):
    (failure,) = [f for f in rows(run / "failures.jsonl") if Path(f["video"]).name == name]
    assert failure["error"] == error
    assert name in failure["message"]
    assert failure["traceback"] == ""


def test_bad_files_fail_and_nothing_else_does(run):
    assert {Path(f["video"]).name for f in rows(run / "failures.jsonl")} == set(FAILING)


def test_bad_files_leave_the_good_ones_unharmed(run, quickstart):
    (mine,) = [row for row in rows(run / "scenes.jsonl") if row["video_fname"] == "good.mp4"]
    (alone,) = rows(quickstart.folder / "scenes.jsonl")
    assert mine["scenes"] == alone["scenes"]
    found = {row["video_fname"] for row in rows(run / "scenes.jsonl")}
    assert found == {"good.mp4", "wide.mp4", "tiny.mkv", "rotated.mp4", *ODD_NAMES}


def test_bad_files_are_in_the_books(run):
    lines = books(run)
    assert lines["source", "video"]["dropped"] == {"duplicate": 1}
    failed = [lines[stage, "video"]["failed"] for stage in ("source", "scan", "split")]
    assert sum(map(Counter, failed), Counter()) == Counter(FAILING.values())
    assert json.loads((run / "summary.json").read_text())["status"] == "finished"


def test_on_error_stop_ends_the_run_and_keeps_what_was_done(folder):
    source = ["source=local", f"source.path='{folder}'", "on_error=stop"]
    done = ivg(
        "build",
        "experiment=quickstart",
        *source,
        "hydra.run.dir=stopped",
        cwd=folder.parent,
        check=False,
    )
    assert done.returncode == 1
    assert "on_error=stop" in done.stderr
    assert (
        json.loads((folder.parent / "stopped" / "summary.json").read_text())["status"] == "failed"
    )


def test_run_in_which_every_video_failed_exits_non_zero(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    done = ivg(
        "build",
        "source=local",
        "source.path=text.mp4",
        "hydra.run.dir=run",
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "text.mp4" in done.stderr
    assert "no video is left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_missing_checkpoint_is_named_and_costs_only_its_stage(quickstart):
    here = quickstart.home
    more = ["captioner=blip2", "captioner.model=/nowhere", "hydra.run.dir=missing"]
    done = ivg("build", "experiment=quickstart", *more, cwd=here, check=False)
    assert done.returncode == 1
    assert "captioner.model=/nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    (failure,) = rows(here / "missing" / "failures.jsonl")
    assert (failure["stage"], failure["error"]) == ("caption", "MissingDependencyError")
    assert books(here / "missing")["merge", "video"]["n_out"] == 1


def test_empty_list_is_named(tmp_path):
    (tmp_path / "ids.txt").write_text("\n\n")
    done = ivg("build", "source=youtube", "source.ids=ids.txt", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "ids.txt" in done.stderr
    assert "Traceback" not in done.stderr
