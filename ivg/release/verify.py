"""`ivg verify`: is every byte of a release as it was, and does it say what it should?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ivg.dataset import SPLITS, open_dataset
from ivg.errors import ConfigError, DatasetError
from ivg.release import layout
from ivg.release.manifest import read_sealed, release_key, splits_of
from ivg.release.verify_rows import check_rows
from ivg.summary import checksum

SHAPE = ("release", "splits", "keys", "environment", "models", "videos", "sha256")
NEEDED = (
    *(name for name in layout.COPIED if name != layout.QUALITY),
    layout.SUMMARY,
    layout.CONFIG,
    layout.CARD,
    layout.PINS,
)


@dataclass(frozen=True)
class Check:
    """One line of the table.

    Attributes:
        name: What was checked.
        n: How many files or rows were looked at.
        problems: What is wrong, each beginning with the name of the file.
        skipped: Why it could not be checked at all.
    """

    name: str
    n: int
    problems: tuple[str, ...] = ()
    skipped: str = ""


def verify(folder: Path) -> list[Check]:
    """Check a release; a file that is bad is named and not looked into.

    Raises:
        DatasetError: The folder is no release.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder; give that of a release")
    if not (folder / layout.MANIFEST).exists():
        raise DatasetError(f"{folder} has no {layout.MANIFEST}: it is no release, or not whole")
    try:
        manifest = shaped(read_sealed(folder))
    except DatasetError as error:
        problem = str(error).removeprefix(f"{folder}/")
        rest = [Check(name, 0, (), f"{layout.MANIFEST} is bad") for name in ("files", "rows")]
        return [Check("manifest", 1, (problem,)), *rest]
    files = check_files(folder, manifest["sha256"])
    return [Check("manifest", 1, tuple(told(manifest))), files, *content(folder, manifest, files)]


def shaped(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest, if it has all parts.

    Raises:
        DatasetError: One is missing or no mapping.
    """
    for name in SHAPE:
        if not isinstance(manifest.get(name), Mapping):
            raise DatasetError(f"{layout.MANIFEST}: there is no {name!r}")
    return manifest


def check_files(folder: Path, hashes: Mapping[str, Any]) -> Check:
    """Every file by its hash; none missing, none more."""
    there = set(layout.files_in(folder)) - {layout.MANIFEST}
    problems = dict.fromkeys(there - hashes.keys(), "is not listed in the manifest")
    for name, wanted in hashes.items():
        if name not in there or not is_inside(name):
            problems[name] = "is missing"
        elif (folder / name).is_symlink() or not (folder / name).is_file():
            problems[name] = "is no plain file"
        elif checksum(folder / name) != wanted:
            problems[name] = "was changed: its SHA-256 is another one"
    needed = {name: "is not part of the release" for name in NEEDED if name not in hashes}
    found = sorted({**needed, **problems}.items())
    return Check("files", len(hashes), tuple(f"{name} {problem}" for name, problem in found))


def is_inside(name: str) -> bool:
    """Whether a path of the manifest stays in the release."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def told(manifest: Mapping[str, Any]) -> list[str]:
    """What the manifest says that can't be true."""
    try:
        splits = splits_of(manifest)
        ids = {name: known["id"] for name, known in manifest["videos"].items()}
    except (ConfigError, DatasetError, KeyError, TypeError) as error:
        return [f"{layout.MANIFEST}: {error}"]
    key = release_key(manifest["keys"], ids, splits)
    if key != manifest["release"].get("key"):
        return [f"{layout.MANIFEST}: release.key does not follow from keys, videos and splits"]
    return []


def content(folder: Path, manifest: Mapping[str, Any], files: Check) -> list[Check]:
    """What is in the files, where all that it takes are good."""
    bad = {problem.partition(" ")[0] for problem in files.problems}
    tables = [layout.table_path(split) for split in SPLITS if split in manifest["splits"]]
    wanted = {layout.FINAL, layout.LINEAGE, layout.VIDEOS, *tables}
    lost = sorted(wanted & bad or wanted - manifest["sha256"].keys())
    if lost or told(manifest):
        return [Check("rows", 0, (), f"{(lost or [layout.MANIFEST])[0]} is bad")]
    return [guarded("rows", lambda: check_rows(open_dataset(folder), manifest))]


def guarded(name: str, check: Callable[[], tuple[int, list[str]]]) -> Check:
    """A check whose files may be broken in ways of their own."""
    try:
        n, problems = check()
    except DatasetError as error:
        return Check(name, 0, (str(error),))
    return Check(name, n, tuple(problems))
