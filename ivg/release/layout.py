"""Which file of a release is called what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ivg.quality.figures import FILE as QUALITY
from ivg.stages.export import FINAL, MERGED_SIMILARITY
from ivg.stages.lineage import LINEAGE, VIDEOS
from ivg.summary import MANIFEST, SUMMARY

CARD = "README.md"
CONFIG = "config.yaml"
PINS = "release.yaml"
TABLES = "data"
PLOTS = "plots"
COPIED = (FINAL, LINEAGE, VIDEOS, MERGED_SIMILARITY, QUALITY)
"""As the run wrote them; `quality.json` is there only if something was measured."""

HUB = frozenset({".git", ".gitattributes", ".cache"})
"""What git and the Hugging Face hub put into a folder that is fetched from there."""

__all__ = [
    "CARD",
    "CONFIG",
    "COPIED",
    "FINAL",
    "LINEAGE",
    "MANIFEST",
    "MERGED_SIMILARITY",
    "PINS",
    "PLOTS",
    "QUALITY",
    "SUMMARY",
    "TABLES",
    "VIDEOS",
    "files_in",
    "is_data",
    "table_path",
]


def table_path(split: str) -> str:
    """The Parquet file of a split, relative to the release."""
    return f"{TABLES}/{split}.parquet"


def is_data(name: str) -> bool:
    """Whether a rebuild must give the same bytes, on any machine.

    The rest need not: cards and plots follow versions; config and books also say how the videos
    came (from YouTube then, from a folder now). Keys tell whether the results are the same.
    """
    return name in COPIED or name.startswith(f"{TABLES}/")


def files_in(folder: Path) -> Iterator[str]:
    """Everything in a release that is no plain folder, relative to it and sorted.

    Links count as files, even those to folders: nothing of a release lies elsewhere.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] not in HUB and (path.is_symlink() or not path.is_dir()):
            yield name.as_posix()
