"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from ivg import remote
from ivg.errors import UnwritableError

TEMPORARY = ".tmp-"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
NO_RIGHT = (errno.EACCES, errno.EPERM)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; on leaving, flush it to disk and rename it.

    A kill at any moment leaves the old file or the new one, never half of one. Where `path` is
    remote, the temporary file is a local one, and is put there as a whole.

    Raises:
        UnwritableError: There is no room, or no right.
        StoreError: The remote store does not take it.
    """
    if remote.is_remote(path):
        with TemporaryDirectory(prefix="ivg-") as folder:
            yield (temporary := Path(folder) / path.name)
            remote.put(path, temporary)
        return
    temporary = path.with_name(f"{TEMPORARY}{uuid4().hex[:8]}-{path.name}")
    with writing(path.parent):
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell what no other video would fare better with: that `folder` can't be written.

    Raises:
        UnwritableError: There is no room, or no right.
    """
    try:
        yield
    except OSError as error:
        no_right = error.errno in NO_RIGHT and not os.access(folder, os.W_OK)
        if error.errno in NO_ROOM or no_right:
            raise UnwritableError(
                f"{folder} can't be written: {os.strerror(error.errno or 0)}; mend it and run "
                "again, what was computed stays"
            ) from error
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`; on leaving, flush it to disk and rename it.

    What stood at `path` is removed, after the new folder has taken its place; whether it may go is
    for the caller to say, before.

    Raises:
        OSError: The folder can't be written.
    """
    temporary = path.with_name(f"{TEMPORARY}{uuid4().hex[:8]}-{path.name}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        for part in temporary.rglob("*"):
            sync(part)
        _replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace(temporary: Path, path: Path) -> None:
    old = temporary.with_name(f"{temporary.name}-old")
    if path.exists():
        path.rename(old)
    temporary.rename(path)
    sync(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_bytes(path: Path) -> bytes:
    """What a file holds, local or remote.

    Raises:
        FileNotFoundError: It isn't there.
        OSError: It can't be read.
        StoreError: The remote store does not answer.
    """
    return remote.read(path) if remote.is_remote(path) else path.read_bytes()


def remove(path: Path) -> None:
    """Delete a file, local or remote, if it is there."""
    if remote.is_remote(path):
        remote.remove(path)
    else:
        path.unlink(missing_ok=True)


def share_file(path: Path, to: Path) -> None:
    """Give a file a second place, without a copy where possible.

    Raises:
        FileNotFoundError: It isn't there.
        OSError: It can't be written.
    """
    if remote.is_remote(path):
        remote.copy(path, to)
        return
    with whole_file(to) as temporary:
        try:
            os.link(path, temporary)
        except FileNotFoundError:
            raise
        except OSError:  # a file system without links
            shutil.copyfile(path, temporary)


def sync(path: Path) -> None:
    """Flush a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files that a killed process left in `folder`; needs the folder's lock."""
    for path in folder.glob(f"{TEMPORARY}*"):
        path.unlink(missing_ok=True)
