"""What is to be downloaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One video to download.

    Attributes:
        key: The id or address as the user knows it; its name in the archive of failures.
        url: Where it is.
        stem: The file name without extension; made of `[A-Za-z0-9_-]` only.
    """

    key: str
    url: str
    stem: str
