"""What is known of the weights in use: commit, file hashes and licence, for manifests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ivg.fingerprint import fingerprint, is_content
from ivg.models.hub import commit_of, hub_is_away

SHA256 = re.compile(r"[0-9a-f]{64}")
CARD = "README.md"
UNKNOWN = "unknown"
ASK_SECONDS = 5.0


def provenance(model: str, revision: str | None) -> Mapping[str, Any]:
    """What is known of a hub id or a folder.

    Returns:
        `model` (a folder by its name only), `revision` as asked, `commit` (hub) or `fingerprint`
        (folder), `licence`, and `files`: name to SHA-256.
    """
    path = Path(model).expanduser()
    folder = path if path.exists() else cached_folder(model, revision)
    if folder is None:
        return {"model": model, "revision": revision, "commit": UNKNOWN}
    files = sorted(file for file in folder.rglob("*") if is_content(file, folder))
    hashes = {file.relative_to(folder).as_posix(): sha256(file) for file in files}
    return {
        **_named(folder, model, revision),
        "licence": licence_of(folder, model),
        "files": hashes,
    }


def file_provenance(file: Path, model: str, revision: str | None) -> Mapping[str, Any]:
    """The same of a single file of weights."""
    return {
        **_named(file, model, revision),
        "licence": licence_of(file.parent, model),
        "files": {file.name: sha256(file)},
    }


def cached_folder(model: str, revision: str | None) -> Path | None:
    """The folder of a hub id in the local cache; None if it is not there."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model, "config.json", revision=revision)
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def sha256(file: Path) -> str:
    """SHA-256 of a file, read once a process; the hub's cache names its large files by it."""
    target = file.resolve()
    if target.parent.name == "blobs" and SHA256.fullmatch(target.name):
        return target.name
    status = target.stat()
    return _hashed(target, status.st_size, status.st_mtime_ns)


def licence_of(folder: Path, model: str) -> str:
    """What the model card says; `unknown` where there is none and the hub can't be asked."""
    from huggingface_hub import metadata_load
    from yaml import YAMLError

    card = folder / CARD
    try:
        known = (metadata_load(card) or {}) if card.is_file() else {}
    except (OSError, ValueError, YAMLError):
        return UNKNOWN
    return str(known.get("license") or _licence_on_hub(folder, model))


def _named(place: Path, model: str, revision: str | None) -> dict[str, Any]:
    commit = commit_of(str(place))
    if commit == UNKNOWN:
        return {"model": place.name, "fingerprint": fingerprint(place)}
    return {"model": model, "revision": revision, "commit": commit}


@cache
def _hashed(file: Path, size: int, changed: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@cache
def _licence_on_hub(folder: Path, model: str) -> str:
    commit = commit_of(str(folder / CARD))
    if commit == UNKNOWN or hub_is_away():
        return UNKNOWN
    from huggingface_hub import model_info

    try:
        card = model_info(model, revision=commit, timeout=ASK_SECONDS).card_data
    except Exception:  # noqa: BLE001 - the hub's HTTP client, and its errors, vary by version
        return UNKNOWN
    return str(card.license or UNKNOWN) if card else UNKNOWN
