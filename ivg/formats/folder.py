"""A folder that appears whole or not at all, and takes the place of nothing but its like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ivg.errors import ConfigError, RunFailedError
from ivg.files import whole_folder


def check_place(out: Path, marker: str, overwrite: bool) -> None:
    """Refuse a place where something stands, before anything is computed.

    Args:
        out: The folder to be.
        marker: The file that tells a folder of this kind.
        overwrite: Whether one of this kind may be replaced.

    Raises:
        ConfigError: There is something, and it may not be replaced.
    """
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise ConfigError(f"out={out} is no folder; name one that is not there yet")
    ours = (out / marker).is_file() or not any(out.iterdir())
    if not ours:
        raise ConfigError(f"out={out} holds other things (no {marker}); name another folder")
    if not overwrite and any(out.iterdir()):
        raise ConfigError(f"out={out} is there already; name another folder or set overwrite=true")


@contextmanager
def export_folder(out: Path) -> Iterator[Path]:
    """See `ivg.files.whole_folder`.

    Raises:
        RunFailedError: The folder can't be written.
    """
    try:
        with whole_folder(out) as folder:
            yield folder
    except OSError as error:
        raise RunFailedError(f"{error.filename or out}: {error.strerror}") from error


def say(text: str) -> None:
    """Print a line on standard error, however long."""
    from ivg.progress import console

    console.print(text, markup=False, highlight=False, soft_wrap=True)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """A small JSON file for readers and programs."""
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
