"""`source=internvid_g`: carry on with the working folder of an InternVid-G run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ivg.errors import BadAnnotationError, MissingAnnotationError, SourceError, VideoError
from ivg.published.gather import Gathered, gather, gather_captions
from ivg.published.parse import parse_duration, parse_matrix, parse_scenes
from ivg.published.reader import read_durations
from ivg.ranges import text
from ivg.records import Caption, FloatArray, Scene, Video
from ivg.sources.source import Listing
from ivg.stage import Failure, Tally, describe

SCENES, SIMILARITY = "scenes.jsonl", "scenes_similarity.jsonl"
DURATIONS, CAPTIONS = "durations.json", "captions.jsonl"

T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """All that the folder says."""

    scenes: Gathered[tuple[Scene, ...]]
    matrices: Gathered[FloatArray]
    durations: Mapping[str, Any]
    captions: Gathered[tuple[Caption, ...]]

    @property
    def names(self) -> list[str]:
        """Every video (or broken line) of which some file speaks, sorted."""
        files = (self.scenes, self.matrices, self.captions)
        return sorted({name for file in files for name in (*file.values, *file.errors)})

    def video(self, name: str) -> Video:
        """One video, all files put together.

        Raises:
            BadAnnotationError: A file says of it what can't be true.
            MissingAnnotationError: A file does not know it.
        """
        for file in (self.scenes, self.matrices, self.captions):
            if name in file.errors:
                raise file.errors[name]
        scenes = known(self.scenes.values, name, SCENES)
        matrix = known(self.matrices.values, name, SIMILARITY)
        duration = parse_duration(known(self.durations, name, DURATIONS))
        if len(matrix) > len(scenes):
            raise BadAnnotationError(
                f"{name}: {SIMILARITY} compares {len(matrix)} scenes, {SCENES} has {len(scenes)}"
            )
        captions = self.captions.values.get(name, ())
        return Video(
            id=content_id(name, duration, scenes, matrix, captions),
            name=name,
            duration=duration,
            scenes=scenes,
            similarity=matrix,
            captions=captions,
        )


@dataclass(frozen=True)
class VideoFile:
    """A video file and its content id, or why it can't be read."""

    path: Path
    content: str | VideoError


class InternVidGSource:
    """Videos of which scenes and similarities are known, and perhaps captions.

    The folder holds `scenes.jsonl` (`{video_fname, scenes}`), `scenes_similarity.jsonl`
    (`{video_fname, similarity_matrix}`), `durations.json` (`{name: seconds}`) and, if captions are
    known, `captions.jsonl` (`{video_fname, start_sec, end_sec, captions}`). `fps` is 0 where no
    video file is at hand or none will be read.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset({"dir", "videos"})

    def __init__(self, dir: str, videos: str | None = None) -> None:  # noqa: A002 - the config key
        """Store the folders.

        Args:
            dir: The working folder.
            videos: Folder of the video files, needed only where captions are missing.
        """
        self.dir = text("source.dir", dir)
        self.videos = None if videos is None else text("source.videos", videos)

    @property
    def folder(self) -> Path:
        """The working folder."""
        return Path(self.dir).expanduser()

    @property
    def provides(self) -> tuple[str, ...]:
        """The stages done already; with captions the line goes straight to the spans."""
        captioned = (self.folder / CAPTIONS).is_file()
        later = ("caption", "score", "hygiene", "filter") if captioned else ()
        return ("scan", "split", "embed", *later)

    def list_videos(self, store_dir: Path) -> Listing:
        """Read the folder; what is wrong with one video costs that video.

        Raises:
            SourceError: A file is missing or can't be read, or no video is listed.
        """
        found = self._read()
        if not found.names:
            raise SourceError(f"source.dir: {self.folder / SCENES} lists no video")
        files = self._files(store_dir)
        videos, failures = [], []
        for name in found.names:
            try:
                videos.append(with_file(found.video(name), files.get(name)))
            except VideoError as error:
                failures.append(describe("source", name, error))
        return Listing(tuple(videos), tally(videos, failures), tuple(failures))

    def _files(self, store_dir: Path) -> dict[str, VideoFile]:
        """The video files by name, where frames will be read."""
        if self.videos is None or "caption" in self.provides:
            return {}
        from ivg.sources.content import content_ids

        paths = video_files(self.videos)
        ids = content_ids(list(paths.values()), store_dir)
        return {name: VideoFile(path, ids[path]) for name, path in paths.items()}

    def _read(self) -> Known:
        if not self.folder.is_dir():
            raise SourceError(f"source.dir: {self.folder} is no folder")
        captions = self.folder / CAPTIONS
        return Known(
            gather(self.folder / SCENES, lambda row: parse_scenes(row.get("scenes"))),
            gather(
                self.folder / SIMILARITY, lambda row: parse_matrix(row.get("similarity_matrix"))
            ),
            read_durations(self.folder / DURATIONS),
            gather_captions(captions) if captions.is_file() else Gathered(),
        )


def with_file(video: Video, file: VideoFile | None) -> Video:
    """Add the file, its frame rate, and its content to the video's identity.

    Raises:
        VideoError: The file can't be read or is no video.
    """
    if file is None:
        return video
    if isinstance(file.content, VideoError):
        raise file.content
    from ivg.video.probe import probe_apart

    both = hashlib.blake2b(f"{video.id}{file.content}".encode(), digest_size=16).hexdigest()
    content, fps = file.content, probe_apart(file.path).fps
    return replace(video, id=both, path=file.path, content=content, fps=fps)


def known(values: Mapping[str, T], name: str, file: str) -> T:
    """What a file says of a video.

    Raises:
        MissingAnnotationError: Nothing.
    """
    if name not in values:
        raise MissingAnnotationError(f"{name}: not in {file}")
    return values[name]


def content_id(
    name: str,
    duration: float,
    scenes: Sequence[Scene],
    matrix: FloatArray,
    captions: Sequence[Caption],
) -> str:
    """A hash of all that was given; without the file, the name is what tells videos apart."""
    given = {
        "name": name,
        "duration": duration,
        "scenes": [(scene.start_sec, scene.end_sec) for scene in scenes],
        "captions": [(c.start_sec, c.end_sec, c.text) for c in captions],
    }
    text = json.dumps(given, sort_keys=True, separators=(",", ":"))
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    digest.update(matrix.astype("<f8").tobytes())
    return digest.hexdigest()


def video_files(folder: str) -> dict[str, Path]:
    """The files of a folder by name; a name from a published file is never joined to a path.

    Raises:
        SourceError: The folder can't be read.
    """
    try:
        return {p.name: p for p in Path(folder).expanduser().absolute().iterdir() if p.is_file()}
    except OSError as error:
        raise SourceError(f"source.videos: {folder} can't be read: {error.strerror}") from error


def tally(videos: Sequence[Video], failures: Sequence[Failure]) -> Tally:
    """The books of the listing."""
    failed = Counter(failure.error for failure in failures)
    return Tally("video", len(videos) + len(failures), len(videos), failed=dict(failed))
