"""What the download tests share: what came of a download, and how a server breaks one off."""

import json
import re
from pathlib import Path
from typing import Any

from ivg.sources.source import Listing


def video_files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".unknown"))


def errors(listing: Listing) -> list[str]:
    return [failure.error for failure in listing.failures]


def archive(tmp_path: Path) -> list[dict[str, str]]:
    file = tmp_path / "videos" / "failed.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def cut_half_way(handler: Any, body: bytes) -> None:
    """Promise the whole, send half, hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "video/mp4")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def answer_rest(handler: Any, body: bytes) -> None:
    """What is left from the byte that is asked for."""
    wanted = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if wanted is None:
        return handler.answer(200, body)
    start = int(wanted[1])
    ranges = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
    return handler.answer(206, body[start:], headers=ranges)
