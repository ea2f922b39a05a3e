"""Frame files that were met damaged or missing, so that a resume knows of them.

A folder needs no list: a damaged file is removed there, and a resume sees that it is gone. A remote
store is not asked for each file; `<root>/lost.json` lists the videos to look at. It is written
without a lock: an entry that gets lost comes again when the file is met again, and one that is no
longer true costs one look.
"""

from __future__ import annotations

import json
import logging
import time
from functools import lru_cache
from pathlib import Path

from ivg import remote
from ivg.errors import StoreError
from ivg.files import remove

log = logging.getLogger(__name__)

LOST = "lost.json"
FRESH_SECS = 10.0


def is_lost(root: Path, video_id: str) -> bool:
    """Whether the frames of a video were met damaged or missing, as of a few seconds ago."""
    return video_id in _listed(root, int(time.monotonic() / FRESH_SECS))


def give_up(root: Path, video_id: str, path: Path) -> None:
    """See to it that the next run makes the frames of a video anew."""
    try:
        remove(path)
        if remote.is_remote(root):
            videos = sorted(_read(root) | {video_id})
            remote.put(root / LOST, json.dumps({"videos": videos}).encode())
    except (OSError, StoreError) as error:
        log.warning("%s: not removed (%s)", path, error)


@lru_cache(4)
def _listed(root: Path, _when: int) -> frozenset[str]:
    return _read(root)


def _read(root: Path) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(remote.read(root / LOST))["videos"]))
    except FileNotFoundError:
        return frozenset()
    except (ValueError, KeyError, TypeError) as error:
        log.warning("%s: not readable (%s)", root / LOST, error)
        return frozenset()
