"""What the quickstart shows on the sample clip, through the real small models."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from running import books, ivg, rows

from ivg.fingerprint import fingerprint

FRAME = 1 / 30
STAGES = [
    "source",
    "scan",
    "split",
    "embed",
    "merge",
    "caption",
    "score",
    "hygiene",
    "filter",
    "ground",
    "export",
    "lineage",
    "quality",
]


def annotations(run, start: float) -> list[dict]:
    found = rows(run.folder / "final_dataset.jsonl")
    return [row for row in found if abs(row["start_sec"] - start) <= FRAME]


def test_quickstart_finds_the_true_scenes(quickstart, sample):
    truth = json.loads(sample.with_suffix(".json").read_text())["scenes"]
    (found,) = rows(quickstart.folder / "scenes.jsonl")
    assert len(found["scenes"]) == len(truth) == 12
    for (start, end), scene in zip(found["scenes"], truth, strict=True):
        assert start == pytest.approx(scene["start_sec"], abs=FRAME)
        assert end == pytest.approx(scene["end_sec"], abs=FRAME)


def test_quickstart_merges_only_the_two_motorcycle_scenes(quickstart):
    (found,) = rows(quickstart.folder / "scenes-merged.jsonl")
    assert len(found["scenes"]) == 11
    assert any(
        start == pytest.approx(19.8, abs=FRAME) and end == pytest.approx(26.8, abs=FRAME)
        for start, end in found["scenes"]
    )


@pytest.mark.parametrize(("start", "word"), [(0.0, "cat"), (11.5, "cat"), (4.0, "espresso")])
def test_quickstart_names_cat_and_espresso(quickstart, start, word):
    captions = rows(quickstart.folder / "scenes-small.jsonl")
    (found,) = [row for row in captions if abs(row["start_sec"] - start) <= FRAME]
    assert all(word in caption for caption in found["captions"])
    assert found["captions"]


@pytest.mark.parametrize(("start", "end", "neg_end"), [(0.0, 4.0, 11.5), (4.0, 8.0, 30.8)])
def test_quickstart_ends_a_negative_span_where_the_subject_comes_back(
    quickstart, start, end, neg_end
):
    (found,) = annotations(quickstart, start)
    assert found["end_sec"] == pytest.approx(end, abs=FRAME)
    assert found["neg_start_sec"] == 0
    assert found["neg_end_sec"] == pytest.approx(neg_end, abs=FRAME)


def test_quickstart_books_balance_and_name_every_stage(quickstart):
    lines = books(quickstart.folder)
    assert [stage for stage, unit in lines if unit == "video"] == STAGES
    for line in lines.values():
        lost = sum(line["dropped"].values()) + sum(line["failed"].values())
        assert line["n_in"] == line["n_out"] + lost
    assert lines["export", "annotation"]["n_out"] == len(
        rows(quickstart.folder / "final_dataset.jsonl")
    )


def test_quickstart_prints_table_examples_and_paths(quickstart):
    for word in ("stage", "dropped", "failed", "seconds", "looks like it", "small packaged models"):
        assert word in quickstart.output
    assert quickstart.output.count("nothing else in") == 3
    assert str(quickstart.folder / "final_dataset.jsonl") in quickstart.output


def test_quickstart_leaves_every_promised_file(quickstart):
    assert {path.name for path in quickstart.folder.iterdir()} >= {
        "scenes.jsonl",
        "scenes_similarity.jsonl",
        "scenes-merged.jsonl",
        "scenes_merged_similarity.jsonl",
        "scenes-small.jsonl",
        "scenes-small-filtered.jsonl",
        "scenes-small-filtered-high_sims.jsonl",
        "final_dataset.jsonl",
        "lineage.jsonl",
        "videos.jsonl",
        "failures.jsonl",
        "config.yaml",
        "summary.json",
        "manifest.json",
        "ivg.log",
    }


def test_show_prints_the_table_again(quickstart):
    done = ivg("show", str(quickstart.folder), cwd=quickstart.folder)
    assert "caption" in done.stdout
    assert done.stdout.count("nothing else in") == 3


def test_rerun_computes_nothing_and_writes_the_same_bytes(quickstart):
    again = quickstart.home / "again"
    more = [f"hydra.run.dir={again}"]
    done = ivg("build", "experiment=quickstart", *more, cwd=again.parent, cold=True)
    cached = [line for (stage, unit), line in books(again).items() if unit == "video"][1:7]
    assert [line["computed"] for line in cached] == [0] * 6
    assert "caption: reused 1 of 1 videos" in done.stderr
    for path in again.glob("*.jsonl"):
        assert path.read_bytes() == (quickstart.folder / path.name).read_bytes()


def test_changed_value_recomputes_what_depends_on_it_and_says_why(quickstart):
    here = quickstart.home
    done = ivg(
        "build",
        "experiment=quickstart",
        "scene_merge.threshold=0.9",
        "hydra.run.dir=changed",
        cwd=here,
    )
    computed = {
        stage: line["computed"]
        for (stage, unit), line in books(here / "changed").items()
        if unit == "video"
    }
    assert [computed[s] for s in ("scan", "split", "embed", "merge", "caption", "score")] == [
        0,
        0,
        0,
        1,
        1,
        1,
    ]
    assert "config.rule.threshold: 0.6 -> 0.9" in done.stderr
    assert "caption: computing 1 of 1 videos" in done.stderr
    assert "upstream" in done.stderr


@pytest.mark.slow
def test_sweep_of_five_thresholds_runs_the_models_once_in_all(tmp_path):
    values = "filter.threshold=0.5,0.6,0.66,0.75,0.8"
    ivg("build", "-m", "experiment=quickstart", values, "hydra.sweep.dir=sweep", cwd=tmp_path)
    runs = sorted(path for path in (tmp_path / "sweep").iterdir() if path.is_dir())
    assert len(runs) == 5
    for stage in ("scan", "split", "embed", "merge", "caption", "score"):
        assert sum(books(run)[stage, "video"]["computed"] for run in runs) == 1
    kept = [books(run)["filter", "caption"]["n_out"] for run in runs]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > kept[-1]


@pytest.fixture(scope="module")
def published_run(tmp_path_factory, tiny_models) -> Path:
    """The published settings on the sample clip, with tiny checkpoints."""
    here = tmp_path_factory.mktemp("published")
    apart = "scene_merge.threshold=1"  # random weights find everything alike
    ivg("build", "experiment=internvid_g", apart, *tiny_models, "hydra.run.dir=run", cwd=here)
    return here / "run"


def test_published_settings_run_on_video_with_tiny_checkpoints(published_run):
    scored = rows(published_run / "scenes-blip2-filtered.jsonl")
    kept = rows(published_run / "scenes-blip2-filtered-high_sims.jsonl")
    assert list(scored[0]) == ["video_fname", "start_sec", "end_sec", "caption", "clip_sim"]
    assert 0 < len(kept) < len(scored)


def test_manifests_tell_which_weights_were_used(published_run, tiny_models):
    paths = dict(given.split("=") for given in tiny_models[:3])
    used = json.loads((published_run / "manifest.json").read_text())["models"]
    assert set(used) == {"embedder", "captioner", "scorer"}
    for key, path in paths.items():
        known = used[key.partition(".")[0]]
        (weights,) = Path(path).glob("*.safetensors")
        assert known["files"][weights.name] == sha256(weights.read_bytes()).hexdigest()
    assert used["captioner"]["fingerprint"] == fingerprint(Path(paths["captioner.model"]))
    (stored,) = (published_run.parent / "store" / "caption").glob("*/manifest.json")
    assert json.loads(stored.read_text())["models"] == {"captioner": used["captioner"]}


@pytest.mark.parametrize("lost", ["*", "split"])
def test_missing_frames_are_split_afresh(quickstart, tmp_path, lost):
    store = shutil.copytree(quickstart.store, tmp_path / "store")
    frames = sorted(store.glob("frames/*/*/*.parquet"))
    (key,) = [path.name for path in store.glob("split/*")]
    for path in store.glob(f"frames/{key if lost == 'split' else lost}/*/*.parquet"):
        path.unlink()
    ivg("build", "experiment=quickstart", "captioner.n_frames=1", "hydra.run.dir=run", cwd=tmp_path)
    lines = books(tmp_path / "run")
    computed = [
        lines[stage, "video"]["computed"] for stage in ("scan", "split", "embed", "caption")
    ]
    assert computed == [0, 1, 0, 1]
    assert all(path.is_file() for path in frames)
