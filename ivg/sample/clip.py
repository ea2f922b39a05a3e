"""The bundled clip: where it is, and what each of its scenes shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ivg.errors import SourceError

FPS = 30


@dataclass(frozen=True, slots=True)
class SampleScene:
    """One scene of the clip, `[start_sec, end_sec)`, what it shows and a caption that is right."""

    start_sec: float
    end_sec: float
    subject: str
    caption: str

    @property
    def frames(self) -> range:
        """Numbers of its frames in the clip, which has 30 a second."""
        return range(round(self.start_sec * FPS), round(self.end_sec * FPS))


def sample_path() -> Path:
    """The clip's file.

    Raises:
        SourceError: It is missing from the installation.
    """
    path = Path(str(files("ivg").joinpath("sample", "sample.mp4")))
    if not path.is_file():
        raise SourceError(f"source=sample: {path} is missing; install ivg again")
    return path


@cache
def sample_scenes() -> tuple[SampleScene, ...]:
    """The clip's scenes in order, from `sample.json`."""
    known = json.loads(files("ivg").joinpath("sample", "sample.json").read_text("utf-8"))
    return tuple(SampleScene(**scene) for scene in known["scenes"])
