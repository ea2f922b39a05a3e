"""Content ids and their cache."""

import hashlib
import logging
import os
import sqlite3
import threading
from multiprocessing import get_context
from pathlib import Path

import pytest

from ivg.errors import UnreadableFileError
from ivg.sources import content
from ivg.sources.content import content_ids


def expected(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{i}.mp4" for i in range(5)]
    for i, path in enumerate(paths):
        path.write_bytes(bytes([i]) * (i * 70_000))
    return paths


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which files were read."""
    seen: list[Path] = []
    real = content.hash_stable

    def hash_stable(path: Path) -> object:
        seen.append(path)
        return real(path)

    monkeypatch.setattr(content, "hash_stable", hash_stable)
    return seen


def test_content_id_is_blake2b_of_the_bytes(files: list[Path], tmp_path: Path) -> None:
    ids = content_ids(files, tmp_path / "store")
    assert ids == {path: expected(path.read_bytes()) for path in files}


def test_content_ids_are_read_once(files: list[Path], tmp_path: Path, reads: list[Path]) -> None:
    first = content_ids(files, tmp_path)
    assert sorted(reads) == files
    assert content_ids(files, tmp_path) == first
    assert len(reads) == 5


def test_content_id_of_a_changed_file_is_read_again(
    files: list[Path], tmp_path: Path, reads: list[Path]
) -> None:
    content_ids(files, tmp_path)
    before = files[1].stat()
    files[1].write_bytes(b"x" * before.st_size)
    os.utime(files[1], ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert content_ids(files, tmp_path)[files[1]] == expected(files[1].read_bytes())
    assert len(reads) == 6


def test_content_id_of_a_replaced_file_is_read_again(files: list[Path], tmp_path: Path) -> None:
    content_ids(files, tmp_path)
    before = files[1].stat()
    other = tmp_path / "other"
    other.write_bytes(b"x" * before.st_size)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(files[1])  # size and time agree; the inode does not
    assert content_ids(files, tmp_path)[files[1]] == expected(b"x" * before.st_size)


def test_content_unreadable_files_are_typed_and_cost_only_themselves(
    files: list[Path], tmp_path: Path
) -> None:
    fifo, loop = tmp_path / "fifo.mp4", tmp_path / "loop.mp4"
    os.mkfifo(fifo)
    loop.symlink_to(loop)
    ids = content_ids([*files, tmp_path / "none.mp4", fifo, loop], tmp_path)
    for path in (tmp_path / "none.mp4", fifo, loop):
        assert isinstance(ids[path], UnreadableFileError)
        assert str(path) in str(ids[path])
    assert ids[files[2]] == expected(files[2].read_bytes())


@pytest.mark.parametrize("damage", [b"not a database", b"SQLite format 3\0" + b"\xff" * 4000])
def test_content_damaged_cache_is_made_anew(
    files: list[Path],
    tmp_path: Path,
    reads: list[Path],
    damage: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = content_ids(files, tmp_path)
    (tmp_path / "content_ids.sqlite").write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert content_ids(files, tmp_path) == first
    assert "is damaged" in caplog.text
    content_ids(files, tmp_path)
    assert len(reads) == 10


def test_content_cache_that_can_not_be_made_is_done_without(
    files: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "store").write_text("a file, not a folder")
    ids = content_ids(files, tmp_path / "store")
    assert ids[files[1]] == expected(files[1].read_bytes())
    assert "files are read again" in caplog.text


def test_content_names_that_are_no_utf8_are_cached(tmp_path: Path, reads: list[Path]) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4"))
    path.write_bytes(b"x")
    assert content_ids([path], tmp_path) == content_ids([path], tmp_path) == {path: expected(b"x")}
    assert len(reads) == 1


def test_content_file_that_grows_while_read_is_not_kept(tmp_path: Path, reads: list[Path]) -> None:
    path = tmp_path / "growing.mp4"
    path.write_bytes(b"x" * 40_000_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"y")

    writer = threading.Thread(target=grow)
    writer.start()
    content_ids([path], tmp_path)
    stop.set()
    writer.join()
    rows = sqlite3.connect(tmp_path / "content_ids.sqlite").execute("SELECT * FROM ids_v2")
    assert rows.fetchall() == []


def test_content_two_processes_at_once(files: list[Path], tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        results = pool.starmap(content_ids, [(files, tmp_path / "store")] * 4)
    assert results == [{path: expected(path.read_bytes()) for path in files}] * 4
