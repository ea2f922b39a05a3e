"""`manifest.json` of a release: the hash of every other file, and of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from ivg.environment import installed
from ivg.errors import DatasetError
from ivg.identity import KEY_LENGTH
from ivg.release.layout import MANIFEST
from ivg.release.splits import Splits

SELF = "self"
WRITERS = ("pyarrow", "matplotlib", "jinja2", "huggingface-hub")
"""Packages that decide bytes of a release, beside those of the run."""


def render(manifest: Mapping[str, Any]) -> str:
    """The one way in which a manifest is written."""
    return json.dumps(manifest, indent=1, allow_nan=False) + "\n"


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the SHA-256 of itself, as `self`.

    It shows damage, not malice: who can change the file can also change the hash.
    """
    plain = {name: value for name, value in manifest.items() if name != SELF}
    return {**plain, SELF: sha256(render(plain).encode()).hexdigest()}


def read_sealed(folder: Path) -> dict[str, Any]:
    """The manifest of a release, byte for byte as it was written.

    Raises:
        DatasetError: It is missing or changed; the message names the file.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
        manifest = dict(json.loads(raw))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DatasetError(f"{path} can't be read: {error}") from error
    if SELF not in manifest:
        raise DatasetError(f"{path}: this is the manifest of a run, not of a release")
    try:
        whole = render(sealed(manifest)).encode() == raw
    except ValueError:  # a number became NaN
        whole = False
    if not whole:
        raise DatasetError(f"{path} was changed: it is not what its own hash says")
    return manifest


def release_key(keys: Mapping[str, str], ids: Mapping[str, str], splits: Splits) -> str:
    """What the data of a release follows from, as one short hash of 16 hexadecimal digits.

    Args:
        keys: Stage to key.
        ids: Video name to content id.
        splits: How videos are shared out.
    """
    described = {"keys": dict(keys), "videos": dict(ids), "splits": asdict(splits)}
    text = json.dumps(described, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=KEY_LENGTH // 2).hexdigest()


def environment(run: Mapping[str, Any]) -> dict[str, str]:
    """What a run's data was made with, and this release."""
    return {
        **run["environment"],
        **{name: installed(name) for name in WRITERS},
        "device": str(run.get("device", "unknown")),
    }


def splits_of(manifest: Mapping[str, Any]) -> Splits:
    """How the videos of a release were shared out.

    Raises:
        DatasetError: The manifest does not say.
    """
    try:
        return Splits(**manifest["splits"]["ratios"], salt=manifest["splits"]["salt"])
    except (KeyError, TypeError) as error:
        raise DatasetError(f"{MANIFEST}: splits: {error}") from error
