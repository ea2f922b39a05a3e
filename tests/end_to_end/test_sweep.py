"""A sweep in which one job can't run."""

import json

import pytest
from published_folders import published, write_published
from running import ivg, rows


@pytest.mark.parametrize("values", ["10,a,5", "a,10,5"])
def test_failed_job_costs_a_sweep_only_itself(tmp_path, values):
    write_published(tmp_path / "old", "a.mp4")
    more = [f"negatives.max_secs={values}", "hydra.sweep.dir=sweep", "-m"]
    done = ivg(*published(tmp_path / "old"), *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "negatives.max_secs must be" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for number, value in enumerate(values.split(",")):
        run = tmp_path / "sweep" / str(number)
        if value == "a":
            assert not (run / "summary.json").exists()
        else:
            assert json.loads((run / "summary.json").read_text())["status"] == "finished"
            assert len(rows(run / "final_dataset.jsonl")) == 1


def test_job_that_fails_on_its_videos_costs_a_sweep_only_itself(tmp_path):
    write_published(tmp_path / "full", "a.mp4")
    write_published(tmp_path / "none", "a.mp4", captions=())
    folders = f"source.dir={tmp_path}/none,{tmp_path}/full"
    more = ["source=internvid_g", folders, "hydra.sweep.dir=sweep", "-m"]
    done = ivg("build", *more, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    found = [
        json.loads((tmp_path / "sweep" / number / "summary.json").read_text())["status"]
        for number in "01"
    ]
    assert found == ["failed", "finished"]
