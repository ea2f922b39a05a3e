"""The W&B tracker, offline, with the real client; what it logged is read back from its file."""

import json
from pathlib import Path

import numpy as np
import pytest
from composing import composed
from omegaconf import OmegaConf
from running import ivg, rows
from swept_folders import figure, write_job
from wandb.sdk.launch.sweeps.utils import create_sweep_command_args
from wandb_log import records

from ivg.books import Ledger
from ivg.executors.local import LocalExecutor
from ivg.pipeline import Line
from ivg.records import Annotation, Caption, Video
from ivg.stage import Context, Processed, Tally
from ivg.tracking.guarded import GuardedTracker
from ivg.tracking.wandb import clip_sim_of, figures, numbers
from ivg.video.frames import FrameStore


@pytest.fixture(scope="module")
def tracked(quickstart) -> Path:
    run = quickstart.home / "tracked"
    more = ["tracker=wandb", "tracker.n_examples=2", f"hydra.run.dir={run}"]
    ivg("build", "experiment=quickstart", *more, cwd=run.parent)
    return run


def logged(run: Path) -> tuple[dict, dict]:
    """Config and history of an offline run."""
    config, history = {}, {}
    for record in records(run):
        config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
        for item in record.history.item:
            history[item.key or "/".join(item.nested_key)] = json.loads(item.value_json)
    return config, history


def test_wandb_logs_config_books_and_histograms(tracked):
    config, history = logged(tracked)
    assert config["scene_merge"]["threshold"] == 0.6
    assert history["split/scene/out"] == 12
    assert history["filter/caption/dropped/below_threshold"] == 3
    assert history["embed/seconds"] >= 0  # of work: nothing where results are reused
    assert history["export/seconds"] > 0
    found = {name.split("/")[1] for name in history if name.startswith("distribution/")}
    assert found == {
        "scene_secs",
        "segment_secs",
        "neighbour_similarity",
        "clip_sim",
        "annotation_secs",
        "neg_span_secs",
    }
    assert sum(history["distribution/scene_secs/values"]) == 12


def test_wandb_logs_examples_with_thumbnails(tracked):
    (table,) = (json.loads(p.read_text()) for p in tracked.rglob("examples*.table.json"))
    assert table["columns"][0] == "frame"
    assert len(table["data"]) == 2
    captions = {row["caption"] for row in rows(tracked / "final_dataset.jsonl")}
    assert {row[table["columns"].index("caption")] for row in table["data"]} <= captions
    sims = [row[table["columns"].index("clip_sim")] for row in table["data"]]
    assert all(0.5 < sim <= 1 for sim in sims)
    stored = [entry.path for r in records(tracked) for entry in r.artifact.manifest.contents]
    assert sum(path.endswith(".png") for path in stored) == 2


def summary_of(run: Path) -> dict:
    """The summary of an offline run."""
    found = {}
    for record in records(run):
        for item in record.summary.update:
            found[item.key or "/".join(item.nested_key)] = json.loads(item.value_json)
    return found


def test_wandb_summary_has_the_annotations(tracked):
    n = len(rows(tracked / "final_dataset.jsonl"))
    assert summary_of(tracked)["yield/annotations"] == n > 0
    assert {record.run.run_group for record in records(tracked) if record.run.run_id} == {""}


def test_figures_are_those_that_were_measured_with_their_intervals(tmp_path):
    found = (figure(0.5, low=0.4, high=0.6), figure(None, "bias/x"), figure(2.0, "yield/hours"))
    write_job(tmp_path / "0", figures=found)
    line = Line([], LocalExecutor(), Context(FrameStore(tmp_path)), tmp_path)
    assert figures(line, tmp_path / "0") == {
        "yield/annotations": 0,
        "groundability/R@1": 0.5,
        "groundability/R@1/low": 0.4,
        "groundability/R@1/high": 0.6,
        "yield/hours": 2.0,
    }


def test_wandb_groups_the_jobs_of_a_sweep(quickstart):
    more = ["tracker=wandb", "filter.threshold=0.5,0.7", "hydra.sweep.dir=a/grouped"]
    ivg("build", "-m", "experiment=quickstart", *more, cwd=quickstart.home)
    for job in "01":
        run = quickstart.home / "a" / "grouped" / job
        groups = {record.run.run_group for record in records(run) if record.run.run_id}
        assert groups == {"grouped"}
    check_the_sweep_is_logged(quickstart.home / "a" / "grouped")


def check_the_sweep_is_logged(sweep: Path) -> None:
    """The sweep itself is logged beside its jobs: table, plots, page."""
    told = [record.run for record in records(sweep) if record.run.run_id]
    assert {(run.run_group, run.job_type) for run in told} == {("grouped", "sweep-summary")}
    _, history = logged(sweep)
    names = {path.stem for path in sweep.glob("*.png")}
    assert {name.split("/")[1] for name in history if name.startswith("plot/")} == names
    assert len(names) == 2
    (table,) = (json.loads(path.read_text()) for path in sweep.glob("wandb/**/jobs*.table.json"))
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    assert [row["job"] for row in rows] == ["0", "1"]
    assert [row["filter.threshold"] for row in rows] == [0.5, 0.7]
    assert rows[0]["annotations"] >= rows[1]["annotations"] > 0
    (page,) = sweep.glob("wandb/**/page*.html")
    assert "2 of 2 jobs finished" in page.read_text()


def test_wandb_sweep_file_gives_commands_that_compose():
    path = Path(__file__).parents[2] / "experiments" / "threshold_sweep" / "wandb_sweep.yaml"
    sweep = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    firsts = {name: {"value": told["values"][0]} for name, told in sweep["parameters"].items()}
    command = sweep["command"]
    at = command.index("${args_no_hyphens}")
    command[at:] = create_sweep_command_args({"args": firsts})["args_no_hyphens"]
    assert command[:2] == ["ivg", "build"]
    config = composed(*command[2:])
    assert config.filter.threshold == 0.2
    assert config.tracker._target_.endswith("WandbTracker")


def test_numbers_name_stage_unit_and_reason():
    ledger = Ledger("split", seconds=2.0)
    ledger.enter(Processed("v", "dropped", 0.1, reason="no_scene"))
    ledger.add(Tally("scene", 3, 2, {"too_short": 1}))
    assert numbers(ledger) == {
        "split/seconds": 2.0,
        "split/video/in": 1,
        "split/video/out": 0,
        "split/video/dropped/no_scene": 1,
        "split/scene/in": 3,
        "split/scene/out": 2,
        "split/scene/dropped/too_short": 1,
    }


def test_clip_sim_is_that_of_the_caption_that_the_row_is_about():
    twice = (Caption(0, 4, "a cat", 0), Caption(4, 8, "a dog", 1), Caption(8, 12, "a cat", 2))
    video = Video("v", "v", captions=twice, clip_sim=np.array([0.1, 0.2, np.nan]))
    times = ((0, 5), (8, 12))
    rows = [Annotation("v", 12, *one, 0, 12, "a cat", 0, 0, None, None) for one in times]
    assert [clip_sim_of(video, row) for row in rows] == [0.1, None]
    assert clip_sim_of(Video("v", "v", captions=twice), rows[0]) is None


class Broken:
    def __getattr__(self, name):
        raise ConnectionError("W&B is down")


def test_guarded_tracker_costs_its_log_and_not_the_run(tmp_path, caplog):
    tracker = GuardedTracker(Broken())
    tracker.start({}, tmp_path)
    tracker.log_stage(Ledger("split"))
    tracker.finish(None, finished=True)
    tracker.log_sweep(tmp_path)
    assert caplog.text.count("W&B is down; the run goes on untracked") == 4
