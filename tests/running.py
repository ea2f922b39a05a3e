"""Run the real command line in a process of its own, as a user would."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from warm import Warm

OFFLINE = {"HF_HUB_OFFLINE": "1", "WANDB_MODE": "offline", "COLUMNS": "200"}
BEFORE = dict(os.environ)
OURS = ("PYTEST_", "TORCHINDUCTOR_", "TOKENIZERS_", "LD_LIBRARY_PATH", "PYTORCH_NVML_", "KMP_")
OURS += ("DISABLE_SAFETENSORS_CONVERSION", "RAY_CLIENT_MODE", "PL_")
"""What pytest and libraries set in this process, for themselves."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from ivg.cli import main; main()", *arguments]


def environment() -> dict[str, str]:
    """That of this process, offline, without what libraries have set in it since."""
    now = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return now | {name: BEFORE[name] for name in BEFORE if name.startswith(OURS)} | OFFLINE


AT_FIRST = environment()


@cache
def warm() -> Warm:
    return Warm(AT_FIRST)


def ivg(
    *arguments: str, cwd: Path, check: bool = True, cold: bool = False, **env: str
) -> subprocess.CompletedProcess:
    """Run a command; if `cold`, or where a test has changed the environment, all is imported anew.

    Processes that begin anew also hash texts differently, so runs that must not differ are `cold`.
    """
    told = {**environment(), **env}
    if cold or told != AT_FIRST:
        done = subprocess.run(
            command(*arguments),
            cwd=cwd,
            env=told,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
    else:
        done = warm().run(arguments, cwd)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def books(run: Path) -> dict[tuple[str, str], dict]:
    """(stage, unit) to its line of the books, with `computed` beside the counts."""
    lines = json.loads((run / "summary.json").read_text())["lines"]
    return {
        (line["stage"], line["tally"]["unit"]): {**line["tally"], "computed": line["computed"]}
        for line in lines
    }
