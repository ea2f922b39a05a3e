"""Are the rows of a release the same in all its files, and can they be true?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivg.dataset import SPLITS, Dataset
from ivg.errors import DatasetError
from ivg.release.layout import FINAL, MANIFEST, VIDEOS, table_path
from ivg.release.manifest import splits_of
from ivg.release.tables import Row, fit, joined, read_table

ROUNDING = 1.001e-3
"""Seconds: published files have three decimals."""
MOST = 10
"""Problems of one file that are spelt out."""


@dataclass(frozen=True)
class Known:
    """What `videos.jsonl` says of a video: its content id, seconds, and how many of each."""

    id: str
    duration: float
    segments: int
    scenes: int


def check_rows(release: Dataset, manifest: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Compare every row of the Parquet files with the JSONL, and with its video.

    Returns:
        How many rows there are, and what is wrong.

    Raises:
        DatasetError: A file is broken.
    """
    videos = known_videos(release)
    problems, counts = [*check_videos(videos, manifest)], Counter[str]()
    try:
        for split, problem in compared(release, manifest, videos):
            counts[split] += 1
            problems += [problem] if problem else []
    except DatasetError as error:  # what was found before still counts
        broken = str(error).removeprefix(f"{release.folder}/")
        return counts.total(), shortened([*problems, broken])
    wanted = {split: manifest["splits"].get(split, 0) for split in SPLITS}
    problems += [
        f"{MANIFEST}: splits.{split} is {n}, there are {counts[split]} rows"
        for split, n in wanted.items()
        if n != counts[split]
    ]
    return counts.total(), shortened(problems)


def compared(
    release: Dataset, manifest: Mapping[str, Any], videos: Mapping[str, Known]
) -> Iterator[tuple[str, str]]:
    """Of each row of the JSONL its split, and what is wrong with it in the Parquet file.

    Raises:
        DatasetError: A file is broken, or a table has rows that the JSONL does not have.
    """
    splits = splits_of(manifest)
    paths = {
        name: release.folder / table_path(name) for name in SPLITS if name in manifest["splits"]
    }
    tables = {split: read_table(path) for split, path in paths.items()}
    for number, row in enumerate(joined(release), 1):
        split = splits.of(row["video_id"])
        there = next(tables.get(split, iter(())), None)
        wrong = untrue(there, videos) if there == row else "is another one, or missing"
        yield split, wrong and f"{table_path(split)}: row {number} of {FINAL} {wrong}"
    for split, left in tables.items():
        if next(left, None) is not None:
            raise DatasetError(f"{table_path(split)}: has more rows than {FINAL} has for it")


def known_videos(release: Dataset) -> dict[str, Known]:
    """Name to what is known of each video.

    Raises:
        DatasetError: A line lacks something.
    """
    found = {}
    for number, row in enumerate(release.videos(), 1):
        try:
            sizes = len(row["segments"]), len(row["scenes"])
            found[fit(row["video"])] = Known(row["video_id"], float(row["duration"]), *sizes)
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{VIDEOS}:{number}: {error!r}") from error
    return found


def check_videos(videos: Mapping[str, Known], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Whether the manifest knows the same videos."""
    listed = {fit(name): known for name, known in manifest["videos"].items()}
    for name in sorted(videos.keys() | listed.keys()):
        known = videos.get(name)
        if not known or listed.get(name) != {"id": known.id, "duration": known.duration}:
            yield f"{VIDEOS}: {name!r} is not as {MANIFEST} says"


def untrue(row: Row, videos: Mapping[str, Known]) -> str:
    """What of a row can't be true; empty where all can."""
    video = videos.get(row["video"])
    if video is None or video.id != row["video_id"]:
        return f"is of a video that {VIDEOS} does not know"
    within = (0, row["neg_start_sec"], row["start_sec"], row["end_sec"], row["neg_end_sec"])
    if list(within) != sorted(within) or not row["start_sec"] < row["end_sec"]:
        return "breaks 0 <= neg_start_sec <= start_sec < end_sec <= neg_end_sec"
    if row["neg_end_sec"] > video.duration + ROUNDING or row["duration"] != video.duration:
        return "passes the end of its video, or has another duration"
    places = (row["start_scene"], row["end_scene"], row["neg_start_scene"], row["neg_end_scene"])
    if not all(place is None or 0 <= place < video.segments for place in places):
        return f"speaks of a segment that {VIDEOS} does not have"
    if not 0 <= row["first_scene"] <= row["last_scene"] < video.scenes:
        return f"speaks of a scene that {VIDEOS} does not have"
    return "" if row["start_scene"] <= row["end_scene"] else "ends before the segment it starts in"


def shortened(problems: list[str]) -> list[str]:
    """Some problems of each file, and how many more there are."""
    by_file: dict[str, list[str]] = {}
    for problem in problems:
        by_file.setdefault(problem.partition(":")[0], []).append(problem)
    more = {name: len(found) - MOST for name, found in by_file.items() if len(found) > MOST}
    kept = [problem for found in by_file.values() for problem in found[:MOST]]
    return [*kept, *(f"{name}: {n} problems more" for name, n in more.items())]
