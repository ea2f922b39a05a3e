"""`quality=probe` end to end: real small models, montages as the dataset and as a benchmark."""

import json
from pathlib import Path

import pytest
from composing import composed
from running import books, ivg

from ivg.models.small import Classifier
from ivg.plan import make_plan, resolved
from ivg.quality.benchmarks.held_out import of_truth
from ivg.quality.figures import read_figures
from ivg.sources.montage import MontageSource
from ivg.summary import summarise
from ivg.video import decode, fetch

pytestmark = pytest.mark.slow

TINY = {"scenes": [4, 5], "secs": [1.0, 1.5], "height": 96}
PROBED = [
    "experiment=quickstart",
    "source=montage",
    "source.n_videos=6",
    *(f"source.{key}={value}".replace(" ", "") for key, value in TINY.items()),
    "judge=small",
    "quality=probe",
    "quality.measures.probe.settings.max_epochs=2",
    "hydra.run.dir=run",
]
LOST = "GONE 1 2##a cat.\nBROKEN 0 1##a dog.\nBROKEN 1 2##a bird.\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Where one build with `benchmark=held_out` has been."""
    here = tmp_path_factory.mktemp("probe")
    # half of six: with a share of 0.2 the hash of their contents may keep none out
    done = ivg("build", *PROBED, "benchmark=held_out", "benchmark.share=0.5", cwd=here)
    (here / "said").write_text(done.stdout + done.stderr)
    (here / "run").rename(here / "held_out")
    return here


@pytest.fixture(scope="module")
def benchmark(home) -> list[str]:
    """A Charades-STA of three montages that the dataset does not have, one missing, one broken."""
    folder = home / "benchmark"
    source = MontageSource(3, seed=7, repeats=0, neighbours=0, folder=str(folder), **TINY)
    lines = [
        f"{video.path.stem} {start} {end}##{text}\n"
        for video in source.list_videos(home / "own").videos
        for text, (start, end) in of_truth(video.truth)
    ]
    (folder / "BROKEN.mp4").write_bytes(b"no video")
    (folder / "sta.txt").write_text("".join(lines) + LOST)
    assert len(lines) > 2
    named = [f"benchmark.annotations={folder}/sta.txt", f"benchmark.videos={folder}"]
    return ["benchmark=charades_sta", *named]


def notes(run: Path) -> dict:
    return json.loads((run / "quality.json").read_text())["notes"]["probe"]


def test_held_out_videos_test_what_the_others_teach(home):
    figures = {figure.name: figure for figure in read_figures(home / "held_out")}
    told = notes(home / "held_out")
    assert 0 < told["videos_kept_out"] < 5
    assert len(set(told["n_train"])) == 1
    assert told["short_of_samples"]
    assert figures["probe/mIoU"].n == told["asked"] > 0
    assert "of the 200 training samples" in (home / "said").read_text()
    assert not any(stage.startswith("benchmark/") for stage, _ in books(home / "held_out"))
    said = ivg("show", "held_out", cwd=home).stdout
    for name in ("R@1@0.3", "R@1@0.5", "R@1@0.7", "mIoU", "mAP", "blind_mIoU"):
        assert figures[f"probe/{name}"].floor is not None
        assert f"probe/{name} " in said


def test_benchmark_is_embedded_once_and_what_it_lacks_is_named(home, benchmark, monkeypatch):
    opened, embedded = [], []
    original, features = decode.open_video, Classifier.features
    for module in (decode, fetch):
        monkeypatch.setattr(module, "open_video", lambda p, *m: opened.append(p) or original(p, *m))
    monkeypatch.setattr(
        Classifier, "features", lambda s, i, *m: embedded.append(len(i)) or features(s, i, *m)
    )
    here = ("executor.workers=1", "device=cpu", "limits=null")  # all in this process
    config = resolved(composed(*PROBED, *benchmark, f"store.dir={home}/store", *here))
    found = []
    for name in ("first", "second"):
        run = home / name
        run.mkdir()
        plan = make_plan(config, run)
        plan.line.run(plan.source)
        summary = summarise(plan.line, run, 0.0, "")
        found.append((read_figures(run), notes(run)))
        if name == "first":
            lines = {(line.stage, line.tally.unit): line for line in summary.lines}
            check_books(lines, plan.line)
            names = {video.name for video in plan.line.branch.line.videos}
            assert {path.stem for path in opened} == names | {"BROKEN"}
            assert sum(embedded) == lines["benchmark/judge_frames", "frame"].tally.n_out
            opened.clear()
            embedded.clear()
    # failures are never stored: the broken file is tried again
    assert ([path.stem for path in opened], embedded) == (["BROKEN"], [])
    assert found[0] == found[1]
    told = found[0][1]
    assert told["left_out"] == {"MissingVideoError": {"GONE": 1}, "NotAVideoError": {"BROKEN": 2}}
    assert told["queries"] == told["asked"] + 3
    assert told["videos_kept_out"] == 0


def check_books(lines, line):
    assert all(entry.tally.balanced for entry in lines.values())
    stages = ("source", "scan", "split", "judge_frames", "queries", "judge_captions")
    counts = [lines[f"benchmark/{stage}", "video"].tally for stage in stages]
    assert [tally.n_in for tally in counts] == [5, 4, 3, 3, 3, 3]
    assert lines["benchmark/judge_captions", "video"].computed == 3
    assert lines["scan", "video"].computed == 0
    assert [(one.stage, one.video) for one in line.failures] == [
        ("benchmark/source", "GONE"),
        ("benchmark/scan", "BROKEN"),
    ]


@pytest.mark.parametrize(
    ("left_out", "message"),
    [("benchmark", "quality=probe needs a benchmark"), ("judge", "quality=probe needs a judge")],
)
def test_probe_without_what_it_needs_computes_nothing(tmp_path, left_out, message):
    given = {"benchmark": "benchmark=held_out", "judge": "judge=small"}
    given.pop(left_out)
    done = ivg("build", "quality=probe", *given.values(), cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "store").exists()


def test_benchmark_that_cannot_be_read_ends_the_run_before_the_dataset(tmp_path):
    named = ["benchmark=charades_sta", "benchmark.annotations=no.txt", "benchmark.videos=none"]
    done = ivg("build", "judge=small", "quality=probe", *named, cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert "benchmark/source: no.txt: No such file" in done.stderr
    assert not (tmp_path / "store" / "scan").exists()
