"""What became of one video, and how a file that is there is judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivg.audit.asked import Asked
from ivg.errors import IvgError, UnreadableFileError, VideoError

Status = Literal["same", "changed", "gone", "unknown"]
STATUSES: tuple[Status, ...] = ("same", "changed", "gone", "unknown")

SAME_CONTENT = "same content"
OTHER_NAME = "same content, under another name"
CONTENT_NEVER_KNOWN = "same duration; the content was never known"
SAME_DURATION = "same duration only"
OTHER_DURATION = "other duration"
NOT_READABLE = "no video that can be read"


@dataclass(frozen=True)
class Verdict:
    """What became of one video.

    Attributes:
        video: Which.
        status: `same`, `changed`, `gone` or `unknown`.
        reason: In words that many videos share.
        detail: Of this video.
    """

    video: Asked
    status: Status
    reason: str
    detail: str = ""


def judged(asked: Asked, path: Path, found: str | IvgError, tolerance: float) -> Verdict:
    """Compare a file with what the dataset knows of the video.

    Args:
        asked: The video.
        path: The file.
        found: Its content id, or why it can't be read.
        tolerance: Seconds by which its duration may differ: a re-encoded file ends a frame
            earlier or later, and its header tells the length of its longest stream.
    """
    if isinstance(found, IvgError):
        return Verdict(asked, "unknown", "the file can't be read", reason_of(found, path))
    if found == asked.content_id:
        return Verdict(asked, "same", SAME_CONTENT)
    try:
        secs = seconds(path)
    except VideoError as error:
        return Verdict(asked, "changed", NOT_READABLE, reason_of(error, path))
    if not secs:
        return Verdict(asked, "unknown", "the header tells no duration")
    detail = f"{asked.duration:.2f} -> {secs:.2f} s"
    if abs(secs - asked.duration) > tolerance:
        return Verdict(asked, "changed", OTHER_DURATION, detail)
    if asked.content_id is None:
        return Verdict(asked, "same", CONTENT_NEVER_KNOWN, detail)
    return Verdict(asked, "changed", SAME_DURATION, detail)


def seconds(path: Path) -> float:
    """The duration that the header tells; 0 if none.

    Raises:
        VideoError: It is no video that can be opened.
    """
    from ivg.video.probe import probe_apart

    header = probe_apart(path)
    return header.duration or header.whole


def reason_of(error: IvgError, path: Path) -> str:
    """What is wrong with a file, without the place where it lies."""
    text = str(error).replace(str(path), path.name)
    return text if isinstance(error, UnreadableFileError) else f"{type(error).__name__}: {text}"
