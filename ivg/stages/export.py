"""Write the published InternVid-G files into the run folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ivg.errors import ConfigError, RunFailedError
from ivg.published.lines import to_line, to_matrix_line
from ivg.published.rows import (
    annotation_row,
    caption_rows,
    kept_rows,
    scene_row,
    scored_rows,
)
from ivg.published.writer import Writer
from ivg.ranges import optional_whole_within
from ivg.records import Video
from ivg.similarity import scene_similarity, segment_similarity
from ivg.stage import Context, Outcome, Stage, Tally

SCENES, SCENES_SIMILARITY = "scenes.jsonl", "scenes_similarity.jsonl"
MERGED, MERGED_SIMILARITY = "scenes-merged.jsonl", "scenes_merged_similarity.jsonl"
FINAL = "final_dataset.jsonl"
FILE_NAME_PART = re.compile(r"[A-Za-z0-9_.-]+")


class Export(Stage):
    """All files of the published line under their published names and fields.

    The filtered files are left out where captions were given and therefore never scored.
    """

    name = "export"
    needs = ("scene_vectors",)
    cached = False

    def __init__(self, captioner: str, decimals: int | None = 3) -> None:
        """Check the values.

        Args:
            captioner: The captioner's name in file names, of `[A-Za-z0-9_.-]`.
            decimals: Times and scene similarities are rounded to so many decimals in the files;
                None writes them as they were computed. clip_sim is never rounded.

        Raises:
            ConfigError: A value can't be used; the message names `export.<key>`.
        """
        if not isinstance(captioner, str) or not FILE_NAME_PART.fullmatch(captioner):
            raise ConfigError(
                f"export.captioner must be letters, digits, '_', '.' or '-', got {captioner!r}"
            )
        self.captioner = captioner
        self.decimals = optional_whole_within("export.decimals", decimals, 3, 15)
        self._writer: Writer | None = None
        self._unscored = False
        self._outputs: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files of the finished export, sorted."""
        return self._outputs

    @property
    def caption_files(self) -> tuple[str, str, str]:
        """Names of the files of captions, of scored captions and of kept ones."""
        stem = f"scenes-{self.captioner}"
        return f"{stem}.jsonl", f"{stem}-filtered.jsonl", f"{stem}-filtered-high_sims.jsonl"

    def setup(self, context: Context) -> None:
        """Open the files under temporary names."""
        if context.run_dir is None:
            raise RunFailedError("export: there is no run folder to write to")
        names = (SCENES, SCENES_SIMILARITY, MERGED, MERGED_SIMILARITY, *self.caption_files, FINAL)
        self._writer = Writer(context.run_dir, names)
        self._unscored = False

    def process(self, video: Video, context: Context) -> Outcome:
        """Write the lines of one video."""
        if self._writer is None:
            raise RuntimeError("export: `setup` must open the files before `process`")
        written = self._writer.write(self._lines(video))
        self._unscored |= unscored(video)
        return Outcome({}, (Tally("annotation", len(video.annotations), written[FINAL]),))

    def finish(self, context: Context) -> None:
        """Flush the files to disk and give them their names."""
        if self._writer is not None:
            left_out = self.caption_files[1:] if self._unscored else ()
            self._outputs = self._writer.publish(leave_out=left_out)
            self._writer = None

    def _lines(self, video: Video) -> dict[str, Iterable[bytes]]:
        """Lines of each file, made while they are written."""
        name, digits = video.name, self.decimals
        scenes, segments = scene_similarity(video), segment_similarity(video)
        return {
            SCENES: [to_line(scene_row(name, video.scenes, digits))],
            SCENES_SIMILARITY: to_matrix_line(name, scenes.blocks(), digits),
            MERGED: [to_line(scene_row(name, video.segments, digits))],
            MERGED_SIMILARITY: to_matrix_line(name, segments.blocks(), digits),
            FINAL: (to_line(annotation_row(row, digits)) for row in video.annotations),
            **self._caption_lines(video),
        }

    def _caption_lines(self, video: Video) -> dict[str, Iterable[bytes]]:
        captions, scored, kept = self.caption_files
        rows = {captions: caption_rows(video.name, video.captions, self.decimals)}
        if not unscored(video):
            rows |= {scored: scored_rows(video, self.decimals)}
            rows |= {kept: kept_rows(video, self.decimals)}
        return {name: map(to_line, found) for name, found in rows.items()}


def unscored(video: Video) -> bool:
    """Whether the video's captions were given, so that no stage has scored them."""
    return len(video.captions) > 0 and len(video.clip_sim) == 0
