"""A release and its rebuild, file for file and row for row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ivg.dataset import open_dataset
from ivg.hydra_node import guard_reading
from ivg.identity import differences
from ivg.release.layout import FINAL, LINEAGE, PINS, is_data
from ivg.release.manifest import read_sealed
from ivg.release.tables import Row, joined
from ivg.shown import shown

NAMED_BY = ("video", "start_sec", "end_sec", "caption", "captioner")
Name = tuple[Any, ...]


@dataclass(frozen=True)
class Comparison:
    """What a rebuild came to.

    Attributes:
        same: Data files with the same bytes.
        files: Data files that differ, or that only one of the two has.
        others: Cards, plots and so on that differ: they tell of versions, and are no data.
        rows: Rows that differ, with both values.
        keys: Fields of the stages' configs, and the release's key, that differ.
        made_with: Packages and models that differ; no fault by itself.
    """

    same: tuple[str, ...]
    files: tuple[str, ...]
    others: tuple[str, ...]
    rows: tuple[str, ...]
    keys: tuple[str, ...]
    made_with: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether all data files are byte for byte the same, and the key is."""
        return not (self.files or self.rows or self.keys)


def compare(release: Path, rebuilt: Path) -> Comparison:
    """Compare two releases.

    Raises:
        DatasetError: A file of either is broken.
    """
    old, new = read_sealed(release), read_sealed(rebuilt)
    names = sorted(old["sha256"].keys() | new["sha256"].keys())
    differing = [name for name in names if old["sha256"].get(name) != new["sha256"].get(name)]
    data = [name for name in differing if is_data(name)]
    return Comparison(
        same=tuple(name for name in names if is_data(name) and name not in differing),
        files=tuple(f"{name} {how(name, old['sha256'], new['sha256'])}" for name in data),
        others=tuple(name for name in differing if not is_data(name)),
        rows=tuple(rows(release, rebuilt)) if {FINAL, LINEAGE} & {*data} else (),
        keys=tuple(keys(release, rebuilt, old, new)),
        made_with=tuple(
            line
            for part in ("environment", "models")
            for line in differences(new[part], old[part], part)
        ),
    )


def how(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """In which way a file differs."""
    if name not in new:
        return "is only in the release"
    return "differs" if name in old else "is only in the rebuild"


def rows(release: Path, rebuilt: Path) -> Iterator[str]:
    """Rows that only one of both has, and the fields in which the others differ."""
    old, new = named_rows(release), named_rows(rebuilt)
    for name in sorted(old.keys() | new.keys(), key=repr):
        label = shown(f"{name[0]} {name[1]}-{name[2]} s {name[3]!r}")
        if name not in new:
            yield f"{label}: only in the release"
        elif name not in old:
            yield f"{label}: only in the rebuild"
        else:
            yield from (f"{label}: {line}" for line in differences(new[name], old[name]))


def named_rows(folder: Path) -> dict[Name, Row]:
    """The rows of a release by what a person calls them; those of one name are numbered."""
    seen: Counter[Name] = Counter()
    found = {}
    for row in joined(open_dataset(folder)):
        name = tuple(row[field] for field in NAMED_BY)
        found[(*name, seen[name])] = row
        seen[name] += 1
    return found


def keys(
    release: Path, rebuilt: Path, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[str]:
    """Why the keys differ, if they do."""
    was, now = old["release"]["key"], new["release"]["key"]
    if was == now:
        return
    yield f"release.key: {was!r} -> {now!r}"
    guard_reading()
    before, after = (OmegaConf.load(folder / PINS).release for folder in (release, rebuilt))
    yield from differences(plain(after.stages), plain(before.stages), "stages")
    yield from differences(content_ids(new), content_ids(old), "videos")


def content_ids(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Video name to content id."""
    return {name: known["id"] for name, known in manifest["videos"].items()}


def plain(config: Any) -> Any:
    """An OmegaConf node as plain values."""
    guard_reading()
    return OmegaConf.to_container(config, resolve=True)
