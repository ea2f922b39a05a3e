"""Files on disk, known by what they hold and not by where they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

STRIDE = 1 << 20
SAMPLE_BYTES = 4096
HEAD_BYTES = 1 << 20


def checkpoint_identity(value: object) -> object:
    """The fingerprint of a local checkpoint; a hub id or a tag stands for itself."""
    path = local(value)
    return {"fingerprint": fingerprint(path)} if path else value


def file_identity(value: object) -> object:
    """The hash of all of a file, for files that are small; what names no file stands for itself."""
    path = local(value)
    if path is None or not path.is_file():
        return value
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
    return {"content": digest.hexdigest()}


def local(value: object) -> Path | None:
    """The path that a text names, if there is one."""
    if not isinstance(value, str) or not value:
        return None
    try:
        path = Path(value).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError):  # no such user, or no name that a file can have
        return None


def fingerprint(path: Path) -> str:
    """A hash of a file or folder: names, sizes, and samples of each file.

    Samples are its first MiB, which names the tensors of safetensors, and 4 KiB of every further
    one: a single layer that was trained on is seen, and 40 GB take seconds, not minutes.
    """
    digest = hashlib.blake2b(digest_size=16)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if is_content(p, path))
    for file in files:
        name = file.relative_to(path).as_posix() if file != path else ""
        digest.update(f"{name}\0{file.stat().st_size}\0".encode())
        digest.update(samples(file))
    return digest.hexdigest()


def is_content(file: Path, folder: Path) -> bool:
    """Whether a file belongs to the checkpoint (hidden ones are caches)."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.is_file() and not hidden


def samples(file: Path) -> bytes:
    """The first MiB, 4 KiB of every further one, and the last 4 KiB."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        found = [opened.read(HEAD_BYTES)]
        for start in (*range(HEAD_BYTES, size, STRIDE), max(0, size - SAMPLE_BYTES)):
            opened.seek(start)
            found.append(opened.read(SAMPLE_BYTES))
    return b"".join(found)
