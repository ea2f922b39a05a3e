"""The one place that knows how `ivg` is asked: its command line, no internals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
CONTENT = "split=content"
KEEP_SHORT = "split.min_secs=0"
THRESHOLDS = "split.threshold=18,20,22,24,26,27,28,30,32,34"
MODEL_STAGES = ("embed", "merge", "caption", "score", "hygiene", "filter", "ground")
"""Stages that a build without models leaves out."""
OTHERS_CHEAP = ("scorer=cheap", "captioner=cheap", "filter=none")
CHEAP = ("embedder=cheap", *OTHERS_CHEAP)
"""A whole build with models that cost nothing."""
SPLIT_ONLY = tuple(f"~stages.{stage}" for stage in MODEL_STAGES)
MAIN = "from ivg.cli import main; main()"


def build(videos: Path, folder: Path, *overrides: str, sweep: bool = False) -> list[str]:
    """Arguments of `ivg build` on a file or folder; store and run folders lie in `folder`."""
    flags = (*(["-m"] if sweep else []), "--config-dir", str(HERE / "conf"))
    places = (f"store.dir={folder / 'store'}", f"hydra.run.dir={folder / 'run'}")
    fixed = (
        "source=local",
        f"source.path={videos}",
        "device=cpu",
        f"hydra.sweep.dir={folder}/runs",
    )
    return ["build", *flags, *fixed, *places, *overrides]


def detector(name: str) -> str:
    """The override that chooses one."""
    return f"split={name}"


def frames(count: int) -> str:
    """The override that keeps so many of each scene."""
    return f"split.frames_per_scene={count}"


def detectors(wanted: Iterable[str]) -> list[str]:
    """Those detectors that this ivg has."""
    return choices("split", wanted)


def environment(**more: str) -> dict[str, str]:
    """Ours, with the models of benchmarks/cheap.py known to ivg."""
    paths = [str(HERE), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    known = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "IVG_PACKAGES": "cheap"}
    return {**os.environ, **known, "HF_HUB_OFFLINE": "1", "COLUMNS": "200", **more}


def run(arguments: Sequence[str], **more: str) -> None:
    """Run `ivg` in a process of its own."""
    line = [sys.executable, "-c", MAIN, *arguments]
    done = subprocess.run(
        line, env=environment(**more), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"ivg {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def here(arguments: Sequence[str]) -> None:
    """Run `ivg` in this process."""
    from ivg.cli import main

    sys.argv = ["ivg", *arguments]
    main()


def choices(group: str, wanted: Iterable[str]) -> list[str]:
    """Those choices of a config group that this ivg has."""
    spec = find_spec("ivg.conf")
    places = [Path(place) / group for place in (spec and spec.submodule_search_locations) or ()]
    return [name for name in wanted if any((place / f"{name}.yaml").exists() for place in places)]
