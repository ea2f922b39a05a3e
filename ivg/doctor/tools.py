"""The programs that downloads need."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from ivg.doctor.finding import Finding, State, tried
from ivg.download.tools import ffmpeg_path, js_runtimes
from ivg.errors import MissingDependencyError

PATIENCE_SECS = 20


def examine_tools(needed: bool) -> Iterator[Finding]:
    """Start each; only a source that downloads can't do without.

    Args:
        needed: Whether the source downloads.
    """
    otherwise: State = "bad" if needed else "note"
    yield tried("ffmpeg", lambda: _first_line(ffmpeg_path(), "-version"), otherwise)
    yield tried("javascript", lambda: _first_line(_deno(), "--version"), otherwise)


def _deno() -> str:
    found = js_runtimes()["deno"].get("path") or shutil.which("deno")
    if not found:
        raise MissingDependencyError(
            "no deno, which YouTube downloads need: run `pip install deno`, or put it in PATH"
        )
    return str(found)


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECS)
    if done.returncode:
        raise MissingDependencyError(f"{command[0]} ends with {done.returncode}: {done.stderr}")
    return done.stdout.partition("\n")[0].strip()
