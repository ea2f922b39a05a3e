"""What the results were made with: versions and git commit, for manifests, never for keys."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "ivg",
    "av",
    "numpy",
    "open_clip_torch",
    "opencv-python-headless",
    "scenedetect-headless",
    "timm",
    "torch",
    "transformers",
    "yt-dlp",
)


@cache
def environment() -> dict[str, str]:
    """Package versions, Python version and the commit of this checkout, where known."""
    found = {name: installed(name) for name in PACKAGES}
    return {"python": platform.python_version(), "git_commit": git_commit(), **found}


def installed(package: str) -> str:
    """The installed version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def git_commit() -> str:
    """The commit of the checkout that `ivg` runs from; `not a checkout` for an installed wheel."""
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return "not a checkout"
    asked = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return "unknown"
    return done.stdout.strip() or "unknown"
