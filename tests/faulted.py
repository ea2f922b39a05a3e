"""Runs of the whole line into which faults are put, and what must be true of them afterwards."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from make_videos import shots, write_video
from running import command, ivg

CACHED = (
    "scan",
    "split",
    "judge_frames",
    "embed",
    "merge",
    "caption",
    "judge_captions",
    "score",
    "score_scenes",
)
OF_THE_SET = ("hygiene", "filter", "ground", "export", "lineage", "quality")
IN_GROUPS = {"split": "split", "hygiene": "hygiene", "ground": "negatives", "quality": "quality"}
CLASSES = {
    "scan": "Scan",
    "split": "Split",
    "judge_frames": "JudgeFrames",
    "embed": "Embed",
    "merge": "MergeScenes",
    "caption": "CaptionSegments",
    "judge_captions": "JudgeCaptions",
    "score": "Score",
    "score_scenes": "ScoreScenes",
    "hygiene": "Hygiene",
    "filter": "Filter",
    "ground": "Ground",
    "export": "Export",
    "lineage": "Lineage",
    "quality": "Quality",
}
MODELS = (
    "stages.embed.embedder",
    "stages.caption.captioner",
    *("stages.score.embedder", "stages.score.scorer"),
    *("stages.score_scenes.embedder", "stages.score_scenes.scorer"),
    *("stages.judge_frames.judge", "stages.judge_captions.judge"),
    *("quality.judge", "quality.scorer"),
)
LONG = 120.0


def write_videos(folder: Path, count: int) -> list[Path]:
    """Videos of three shots of a second, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_video(folder / f"{i:03}.mp4", shots(30, 30, 30, seed=i + 1)) for i in range(count)
    ]


def arguments(videos: Path, run: str, *more: str, package: str = "faulty") -> list[str]:
    """The whole line, every stage at work; stages are those of `package`, models of `faulty`."""
    models = (
        f"{place}={{_target_: faulty.Eyes, role: {place.rpartition('.')[2]}}}" for place in MODELS
    )
    stages = (
        f"{IN_GROUPS.get(name, f'stages.{name}')}._target_={package}.{of}"
        for name, of in CLASSES.items()
    )
    return [
        "build",
        "source=local",
        f"source.path={videos}",
        "scorer=small",
        "judge=small",
        *models,
        "filter=none",
        "negatives.verify_caption=true",
        "quality.bootstrap.resamples=20",
        "device=cpu",
        *stages,
        f"hydra.run.dir={run}",
        *more,
    ]


def environment(**more: str) -> dict[str, str]:
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    return {"IVG_PACKAGES": "faulty,soaky", "PYTHONPATH": path, **more}


def build(
    here: Path, run: str, *more: str, check: bool = True, **env: str
) -> subprocess.CompletedProcess:
    """A run to its end."""
    told = arguments(here / "videos", run, *more)
    return ivg(*told, cwd=here, check=check, **environment(**env))


def begin(
    here: Path, run: str, *more: str, package: str = "faulty", **env: str
) -> subprocess.Popen:
    """A run that goes on."""
    with (here / f"{run}.said").open("w") as told:
        return subprocess.Popen(
            command(*arguments(here / "videos", run, *more, package=package)),
            cwd=here,
            env={**os.environ, **environment(**env)},
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def arm(here: Path, stage: str, video: str) -> Path:
    """Have `stage` wait at `video`; the folder for `FAULTS`."""
    folder = here / "faults"
    folder.mkdir(exist_ok=True)
    (folder / f"arm-{stage}").write_text(video)
    return folder


def caught(folder: Path, stage: str, run: subprocess.Popen) -> int:
    """The process in which `stage` waits, once it does."""
    here = folder / f"here-{stage}"
    wait_until(lambda: here.exists() or run.poll() is not None)
    assert here.exists(), f"the run ended before {stage} met its video"
    pid = int(here.read_text())
    here.unlink()
    return pid


def wait_until(condition: Callable[[], bool], seconds: float = LONG) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.02)


def kill(run: subprocess.Popen) -> None:
    """Kill -9 of the driver and all that it started."""
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL


def data(run: Path) -> dict[str, bytes]:
    """The files that a run has made of its videos."""
    found = {path.name: path.read_bytes() for path in run.glob("*.jsonl")}
    quality = run / "quality.json"
    return found | ({quality.name: quality.read_bytes()} if quality.exists() else {})


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text())


def check_books(run: Path) -> None:
    """in = out + dropped + failed on every line; a stage takes all that the one before has left.

    The latter is true of finished runs: others have videos between two stages.
    """
    left = None
    for line in summary(run)["lines"]:
        tally = line["tally"]
        lost = sum(tally["dropped"].values()) + sum(tally["failed"].values())
        assert tally["n_in"] == tally["n_out"] + lost, line
        if tally["unit"] == "video" and summary(run)["status"] == "finished":
            assert left in (None, tally["n_in"]), line
            left = tally["n_out"]


def failed(run: Path) -> Counter:
    """How many videos each (stage, error) has cost, as the books and the failures tell."""
    told = [json.loads(row) for row in (run / "failures.jsonl").read_text().splitlines()]
    booked = Counter(
        {
            (line["stage"], error): count
            for line in summary(run)["lines"]
            if line["tally"]["unit"] == "video"
            for error, count in line["tally"]["failed"].items()
        }
    )
    assert booked == Counter((one["stage"], one["error"]) for one in told)
    return booked


def check_like(calm: Path, ended: Path) -> None:
    """The run ended well, its books balance, and its files are those of an undisturbed run."""
    assert summary(ended)["status"] == "finished"
    check_books(ended)
    expected, found = data(calm), data(ended)
    assert expected["final_dataset.jsonl"]
    assert found.keys() == expected.keys()
    for name, content in expected.items():
        assert found[name] == content, name
