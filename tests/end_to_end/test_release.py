"""From the quickstart to a release that others can check and build again."""

import json
import shutil
from pathlib import Path

import pytest
from planted_runs import CLEAN, edit
from published_folders import published, write_published
from running import ivg, rows

from ivg.release.layout import files_in, is_data

HOSTILE = "x\n[forged]\x1b[2J.mp4"
CAPTION = "a \ud800cat\n<script>\x1b[31m[red] | `x`"


@pytest.fixture(scope="session")
def release(quickstart, tmp_path_factory) -> Path:
    """Made by the command line, as if the tree had been clean."""
    here = tmp_path_factory.mktemp("release")
    run = Path(shutil.copytree(quickstart.folder, here / "run"))
    edit(run / "manifest.json", lambda found: found["environment"].update(git_commit=CLEAN))
    done = ivg("release", "run", "name=ivg-demo", "version=2026.10", "licence=mit", cwd=here)
    assert "released ivg-demo 2026.10" in done.stdout
    return here / "releases" / "ivg-demo-2026.10"


def data(folder):
    return {name: (folder / name).read_bytes() for name in files_in(folder) if is_data(name)}


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_release_holds_the_files_of_the_run(release, quickstart):
    for name in ("final_dataset.jsonl", "lineage.jsonl", "videos.jsonl", "quality.json"):
        assert (release / name).read_bytes() == (quickstart.folder / name).read_bytes()
    found = manifest(release)
    assert found["keys"] == manifest(quickstart.folder)["keys"]
    assert found["release"]["forced"] == []
    assert found["release"]["dirty"] is False
    assert found["videos"]["sample.mp4"]["duration"] == 45.8
    assert set(found["sha256"]) == set(files_in(release)) - {"manifest.json"}
    assert len(data(release)) == 6


def test_verify_says_that_the_release_is_good_and_names_a_flipped_byte(release, tmp_path):
    done = ivg("verify", str(release), cwd=tmp_path)
    assert done.stdout.endswith(": good\n")
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    raw = (copy / "plots" / "clip_sim.png").read_bytes()
    (copy / "plots" / "clip_sim.png").write_bytes(raw[:-1] + b"\0")
    done = ivg("verify", "copy", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "plots/clip_sim.png was changed" in done.stdout
    done = ivg("verify", "nowhere", cwd=tmp_path, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "nowhere is no folder" in done.stderr


def test_rebuild_of_other_thresholds_tells_the_rows_and_fails(release, quickstart, tmp_path):
    more = ["filter.threshold=0.75", f"store.dir={quickstart.store}"]
    done = ivg("rebuild", str(release), *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    lost = [row["clip_sim"] < 0.75 for row in rows(release / "lineage.jsonl")]
    assert done.stdout.count(": only in the release\n") == sum(lost) > 0
    place = lost.index(True)
    caption = rows(release / "final_dataset.jsonl")[place]["caption"]
    assert f" s {caption!r}: only in the release\n" in done.stdout
    assert "key: stages.filter.rule.threshold: 0.66 -> 0.75" in done.stdout
    assert "DIFFERS: final_dataset.jsonl differs" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_rebuild_keeps_what_it_was_told_to_keep(release, quickstart, tmp_path):
    more = [f"store.dir={quickstart.store}", "out=again"]
    done = ivg("rebuild", str(release), *more, cwd=tmp_path)
    assert done.stdout.endswith("rebuilt, identical\n")
    assert data(tmp_path / "again" / "release") == data(release)
    done = ivg("rebuild", str(release), *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "out=again is there already" in done.stderr


def test_build_with_pins_refuses_another_key(tmp_path):
    done = ivg("build", "release=demo", "filter.threshold=0.5", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "nothing was computed" in done.stderr
    assert "stages.filter.rule.threshold: 0.66 -> 0.5" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "store").exists()


def test_build_with_pins_gives_the_released_rows(release, quickstart, tmp_path):
    more = [f"store.dir={quickstart.store}", "hydra.run.dir=run"]
    ivg("build", "release=demo", *more, cwd=tmp_path)
    built = (tmp_path / "run" / "final_dataset.jsonl").read_bytes()
    assert built == (release / "final_dataset.jsonl").read_bytes()


@pytest.mark.slow
def test_rebuild_elsewhere_by_someone_else_gives_the_same_key_and_bytes(release, tmp_path):
    home = tmp_path / "home of bob"
    home.mkdir()
    there = Path(shutil.copytree(release, home / "got it"))
    other = {"HOME": str(home), "USER": "bob", "LOGNAME": "bob", "TZ": "Pacific/Auckland"}
    more = ["executor.workers=1", "out=again", "source=sample"]
    done = ivg("rebuild", str(there), *more, cwd=home, LC_ALL="C", **other)
    assert done.stdout.endswith("rebuilt, identical\n")
    again = home / "again" / "release"
    assert manifest(again)["release"]["key"] == manifest(release)["release"]["key"]
    assert data(again) == data(release)
    for name in set(files_in(release)) - {"README.md", "manifest.json"}:  # which tell the commit
        assert (again / name).read_bytes() == (release / name).read_bytes()
    for name in files_in(again):
        assert b"bob" not in (again / name).read_bytes()


@pytest.mark.slow
def test_release_of_other_files_is_rebuilt_from_where_they_lie_now(sample, tmp_path):
    (tmp_path / "mine").mkdir()
    shutil.copy(sample, tmp_path / "mine" / "clip é.mp4")
    more = ["source=local", f"source.path={tmp_path}/mine", "hydra.run.dir=run"]
    ivg("build", "experiment=quickstart", *more, cwd=tmp_path, OMP_NUM_THREADS="2")
    ivg("release", "run", "name=a", "version=1", "force=true", "out=rel", cwd=tmp_path)
    (tmp_path / "mine").rename(tmp_path / "theirs")
    done = ivg("rebuild", "rel", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "source.path has no value; give it as source.path=VALUE" in done.stderr
    done = ivg("rebuild", "rel", f"source.path={tmp_path}/theirs", "store.dir=store", cwd=tmp_path)
    assert done.stdout.endswith("rebuilt, identical\n")


@pytest.mark.slow
def test_release_of_odd_names_and_captions_is_good_and_can_be_rebuilt(tmp_path):
    """Three splits, no model: the captions are given."""
    names = ["caf\udce9.mp4", "b\ud800.mp4", HOSTILE, "../up.mp4", "| a |.mp4", "d.mp4"]
    folder = write_published(tmp_path / "old", *names, captions=(CAPTION,))
    ivg(*published(folder), "hydra.run.dir=run", cwd=tmp_path)
    thirds = ["train=0.4", "validation=0.3", "test=0.3"]
    ivg("release", "run", "name=a", "version=1", "force=true", "out=rel", *thirds, cwd=tmp_path)
    assert len([name for name in files_in(tmp_path / "rel") if name.endswith(".parquet")]) > 1
    assert b"\x1b" not in (tmp_path / "rel" / "README.md").read_bytes()
    assert ivg("verify", "rel", cwd=tmp_path).stdout.endswith("rel: good\n")
    (tmp_path / "old").rename(tmp_path / "new")
    done = ivg("rebuild", "rel", "source.dir=new", cwd=tmp_path)
    assert done.stdout.endswith("rebuilt, identical\n")


@pytest.mark.slow
def test_release_of_a_reviewed_run_brings_the_marks_along(quickstart, tmp_path):
    row, store = rows(quickstart.folder / "final_dataset.jsonl")[0], quickstart.store
    video_id = manifest(quickstart.folder)["videos"][row["video"]]
    times = {name: row[name] for name in ("start_sec", "end_sec", "caption")}
    mark = {"video_id": video_id, **times, "mark": "edit", "text": "a cat looks at us"}
    (tmp_path / "marks.jsonl").write_text(json.dumps(mark) + "\n")
    review = ("filter=review", "filter@filter.unmarked=small", "filter.file=marks.jsonl")
    where = (f"store.dir={store}", "hydra.run.dir=run")
    ivg("build", "experiment=quickstart", *review, *where, cwd=tmp_path)
    edit(tmp_path / "run/manifest.json", lambda m: m["environment"].update(git_commit=CLEAN))
    ivg("release", "run", "name=reviewed", "version=1", cwd=tmp_path)
    (tmp_path / "marks.jsonl").unlink()
    lost = ivg("release", "run", "name=again", "version=1", cwd=tmp_path, check=False)
    assert "filter.file=marks.jsonl: the marks" in lost.stderr
    found = tmp_path / "releases" / "reviewed-1"
    assert rows(found / "review.jsonl") == [mark]
    assert rows(found / "final_dataset.jsonl")[0]["caption"] == "a cat looks at us"
    assert rows(found / "lineage.jsonl")[0]["edited"]
    assert "filter.file=" not in (found / "README.md").read_text()
    done = ivg("rebuild", str(found), f"store.dir={store}", cwd=tmp_path)
    assert done.stdout.endswith("rebuilt, identical\n")
