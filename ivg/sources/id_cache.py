"""A small table on disk: (path, size, mtime, ctime, inode) to content id."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

log = logging.getLogger(__name__)

Fingerprint = tuple[int, int, int, int]
"""Size in bytes, times of modification and of change in ns, inode.

The first of the times can be set by anybody (`cp -p`, a clock that was put back), the second not.
"""

WAIT_SECS = 30.0
# Journals belong to the file: one left beside a new, empty database would be played into it.
COMPANIONS = ("", "-journal", "-wal", "-shm")
SCHEMA = """CREATE TABLE IF NOT EXISTS ids_v2 (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
    id TEXT NOT NULL
) WITHOUT ROWID"""
SELECT = """SELECT id FROM ids_v2
    WHERE path = ? AND size = ? AND mtime_ns = ? AND ctime_ns = ? AND inode = ?"""
INSERT = "INSERT OR REPLACE INTO ids_v2 VALUES (?, ?, ?, ?, ?, ?)"


class IdCache:
    """A cache and nothing more: when it can't be used, work goes on without it.

    Several processes may use one file: SQLite's own locks order them.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.connection: sqlite3.Connection | None = None
        try:
            self.open()
        except (sqlite3.Error, OSError) as error:
            self.mend(error)

    def open(self) -> None:
        """Connect, and make the table where there is none."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.file, timeout=WAIT_SECS)
        try:
            with connection:
                connection.execute(SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        self.connection = connection

    def get(self, path: Path, fingerprint: Fingerprint) -> str | None:
        """The id of the file if it is known and has not changed."""
        if self.connection is None:
            return None
        try:
            row = self.connection.execute(SELECT, (os.fsencode(path), *fingerprint)).fetchone()
        except sqlite3.Error as error:
            self.mend(error)
            return None
        return None if row is None else str(row[0])

    def put(self, path: Path, fingerprint: Fingerprint, content_id: str) -> None:
        """Keep an id."""
        if self.connection is None:
            return
        try:
            with self.connection:
                self.connection.execute(INSERT, (os.fsencode(path), *fingerprint, content_id))
        except sqlite3.Error as error:
            self.mend(error)

    def mend(self, error: Exception) -> None:
        """Start anew if the file is damaged; do without it if it is locked or read-only."""
        self.close()
        if type(error) is not sqlite3.DatabaseError:
            log.warning("%s can't be used, files are read again: %s", self.file, error)
            return
        log.warning("%s is damaged and is made anew: %s", self.file, error)
        try:
            for ending in COMPANIONS:
                Path(f"{self.file}{ending}").unlink(missing_ok=True)
            self.open()
        except (sqlite3.Error, OSError) as again:
            log.warning("%s can't be made anew, files are read again: %s", self.file, again)

    def close(self) -> None:
        """Let go of the file."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
