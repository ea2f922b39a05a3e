"""What of a release folder is published: what its manifest lists, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.errors import PushError
from ivg.summary import MANIFEST

SHOWN = 5
NOT_LISTED = " is not listed in the manifest"
"""How `ivg.release.verify` ends the name of a file that is no part of the release."""


@dataclass(frozen=True)
class Package:
    """A release that was verified.

    Attributes:
        folder: Of the release.
        manifest: What it says.
        sizes: Bytes of each file, by its path in the folder with `/`; sorted.
        left_out: Files in the folder that are no part of the release.
    """

    folder: Path
    manifest: dict[str, Any]
    sizes: dict[str, int]
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the dataset."""
        return str(self.manifest["release"]["name"])

    @property
    def version(self) -> str:
        """Of the dataset."""
        return str(self.manifest["release"]["version"])

    @property
    def n_bytes(self) -> int:
        """Of all files."""
        return sum(self.sizes.values())


def verified(folder: Path) -> Package:
    """Verify a release, every byte of it, and say what belongs to it.

    Raises:
        DatasetError: The folder is no release.
        PushError: The release is broken; the message names the first few problems.
    """
    from ivg.dataset import open_dataset

    problems, left_out = problems_of(folder)
    if problems:
        more = f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        told = "\n  ".join(problems[:SHOWN])
        raise PushError(f"{folder} is not what was released, and is not pushed:\n  {told}{more}")
    manifest = open_dataset(folder).manifest()
    names = sorted([MANIFEST, *manifest["sha256"]])
    sizes = {name: (folder / name).stat().st_size for name in names}
    return Package(folder, manifest, sizes, left_out)


def problems_of(folder: Path) -> tuple[list[str], tuple[str, ...]]:
    """What `ivg verify` finds wrong, and the files that are no part of the release."""
    from ivg.release.verify import verify

    checks = verify(folder)
    found = [problem for check in checks for problem in check.problems]
    found += [f"{check.name}: not checked: {check.skipped}" for check in checks if check.skipped]
    others = [problem for problem in found if problem.endswith(NOT_LISTED)]
    left_out = tuple(problem.removesuffix(NOT_LISTED) for problem in others)
    return [problem for problem in found if problem not in others], left_out
