"""Run the real command line in a process of its own, as a user would."""

import json
import os
import subprocess
import sys
from pathlib import Path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from ivg.cli import main; main()", *arguments]


def ivg(*arguments: str, cwd: Path, check: bool = True, **env: str) -> subprocess.CompletedProcess:
    offline = {"HF_HUB_OFFLINE": "1", "WANDB_MODE": "offline", "COLUMNS": "200"}
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env={**os.environ, **offline, **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
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
