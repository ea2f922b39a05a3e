"""Thumbnails of the scenes of a video out of the frame store, all of them in one picture."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.errors import ConfigError, IvgError
from ivg.remote import is_remote, located
from ivg.sweep.jobs import plain
from ivg.video.frames import FrameStore

WIDTH, HEIGHT, COLUMNS = 128, 72, 20
"""Pixels of a thumbnail, and how many a row of the picture has."""
QUALITY = 72
MOST_SCENES = 10_000
"""20 columns of them: a JPEG may be 65,535 pixels high."""


@dataclass(frozen=True)
class Thumbnails:
    """Where frames may be, and why there are none.

    Attributes:
        frames: None where no store was found.
        note: What the page says then; empty otherwise.
    """

    frames: FrameStore | None
    note: str = ""

    def write(self, record: Mapping[str, Any], path: Path) -> bool:
        """Write the picture; False where the store has no frames of this video."""
        scenes = record["scenes"][:MOST_SCENES]
        if self.frames is None or not scenes:
            return False
        try:
            jpegs = self._jpegs(str(record["video_id"]), scenes)
            picture = sheet(jpegs) if any(jpegs) else b""
        except (IvgError, OSError):  # damaged, or an id that can name no file: as good as missing
            return False
        if picture:
            path.write_bytes(picture)
        return bool(picture)

    def _jpegs(self, video_id: str, scenes: Sequence[Sequence[float]]) -> list[bytes]:
        """The frame nearest to the middle of each scene; empty where none lies in it."""
        assert self.frames is not None  # noqa: S101 - told by `write`
        with self.frames.opened(video_id) as shelf:
            chosen = [middle_of(shelf.times, *scene[:2]) for scene in scenes]
            wanted = sorted({time for time in chosen if time is not None})
            found = dict(shelf.frames(wanted))
        return [b"" if time is None else found[time] for time in chosen]


def middle_of(times: Sequence[float], start: float, end: float) -> float | None:
    """The time in [start, end] that is nearest to its middle."""
    inside = [time for time in times if start <= time <= end]
    return min(inside, key=lambda time: abs(time - (start + end) / 2), default=None)


def sheet(jpegs: Sequence[bytes]) -> bytes:
    """All pictures in one JPEG, row by row; grey where there is none."""
    from PIL import Image, ImageOps

    rows = math.ceil(len(jpegs) / COLUMNS)
    size = (min(len(jpegs), COLUMNS) * WIDTH, rows * HEIGHT)
    whole = Image.new("RGB", size, (128, 128, 128))
    for place, jpeg in enumerate(jpegs):
        if jpeg:
            small = ImageOps.fit(Image.open(io.BytesIO(jpeg)).convert("RGB"), (WIDTH, HEIGHT))
            whole.paste(small, (place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT))
    written = io.BytesIO()
    whole.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def thumbnails_of(folder: Path, keys: Mapping[str, str], store: str | None) -> Thumbnails:
    """The frames that a run has kept.

    Args:
        folder: Of the run or release.
        keys: Stage to key, out of its manifest.
        store: The store, where the user names it.
    """
    key = keys.get("split")
    place = located(store) if store else store_of(folder)
    if key is None or place is None:
        return Thumbnails(None, "No thumbnails: this dataset names no store (give store=DIR).")
    root = place / "frames" / key
    if not is_remote(root) and not root.is_dir():
        return Thumbnails(None, "No thumbnails: the store with the frames is gone.")
    return Thumbnails(FrameStore(root))


def store_of(folder: Path) -> Path | None:
    """The store of a run: `store.dir` of its config, from where it was started."""
    try:
        config = plain(folder / "config.yaml", {})
        hydra = plain(folder / ".hydra" / "hydra.yaml", {}).get("hydra", {})
    except ConfigError:
        return None
    store = config.get("store", {})
    found, start = store.get("dir"), hydra.get("runtime", {}).get("cwd")
    if not isinstance(found, str) or not isinstance(start, str):
        return None
    if "://" in found:
        return located(found, store.get("options"))
    return Path(start) / Path(found).expanduser()
