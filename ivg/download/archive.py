"""The archive of permanent failures, `failed.jsonl`, one JSON object a line."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivg.errors import DownloadError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """A failure that is remembered: its error type, and the message of then."""

    error: str
    message: str


class Archive:
    """What need not be asked for again; delete a line (or the file) to ask again."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lock = threading.Lock()

    def known(self) -> dict[str, Known]:
        """Failures by id or address."""
        if not self.file.exists():
            return {}
        lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        rows = [row for row in map(self.parse, lines) if row]
        return {
            str(row["id"]): Known(str(row["error"]), str(row.get("message", ""))) for row in rows
        }

    def parse(self, line: str) -> Mapping[str, Any]:
        """One line; an unreadable one (a kill in the middle of it) costs that line only."""
        try:
            row = json.loads(line)
            if {"id", "error"} <= row.keys():
                return dict(row)
        except (ValueError, AttributeError, RecursionError):
            pass
        if line.strip():
            log.warning("%s: a line can't be read and is passed over: %.80s", self.file, line)
        return {}

    def add(self, key: str, error: DownloadError) -> None:
        """Remember the failure if it is a permanent one."""
        if not error.permanent:
            return
        row = {
            "id": key,
            "error": type(error).__name__,
            "message": str(error),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with self.lock, self.file.open("a+b") as file:
            # A line that a kill cut short must not swallow this one.
            file.seek(max(file.seek(0, 2) - 1, 0))
            start = b"" if file.read(1) in (b"", b"\n") else b"\n"
            file.write(start + json.dumps(row, ensure_ascii=False).encode() + b"\n")
