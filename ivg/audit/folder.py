"""Look for videos in a folder of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ivg.audit.asked import Asked
from ivg.audit.verdict import OTHER_NAME, Verdict, judged
from ivg.errors import UnreadableFileError
from ivg.sources.content import content_ids
from ivg.sources.local import named_files

Found = Mapping[Path, str | UnreadableFileError]


def in_folder(
    asked: Sequence[Asked], names: frozenset[str], folder: str, tolerance: float, workers: int
) -> Iterator[Verdict]:
    """Judge each video by the file of its name below the folder.

    No path is made of a name: the folder is searched as `source=local` does. Files of other names
    are read only if a video is missing: it may have been renamed.

    Args:
        asked: The videos.
        names: Of all videos of the dataset.
        folder: That holds them.
        tolerance: As for `judged`.
        workers: Files read at a time.

    Raises:
        ConfigError: There is no such folder.
    """
    there = named_files(folder, names)
    ids = read_ids([there[one.name] for one in asked if one.name in there], workers)
    missing = any(one.name not in there for one in asked)
    others = [path for name, path in there.items() if name not in names] if missing else []
    by_id = {found: path for path, found in read_ids(others, workers).items()}
    for one in asked:
        path = there.get(one.name)
        if path is not None:
            yield judged(one, path, ids[path], tolerance)
        elif one.content_id in by_id:
            yield Verdict(one, "same", OTHER_NAME, by_id[one.content_id].name)
        else:
            yield Verdict(one, "gone", "not in the folder")


def read_ids(paths: Sequence[Path], workers: int) -> Found:
    """Content ids, every file read anew: an audit trusts no cache."""
    with TemporaryDirectory(prefix="ivg-audit-") as store:
        return content_ids(paths, Path(store), workers)
