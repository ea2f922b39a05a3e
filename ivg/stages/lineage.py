"""Write beside the dataset how each of its rows came about, and what became of every caption."""

from __future__ import annotations

from ivg.errors import RunFailedError
from ivg.lineage import row_lineage, video_record
from ivg.published.lines import to_line
from ivg.published.writer import Writer
from ivg.ranges import optional_whole_within
from ivg.records import Video
from ivg.similarity import segment_similarity
from ivg.stage import Context, Outcome, Stage, Tally

LINEAGE, VIDEOS = "lineage.jsonl", "videos.jsonl"


class Lineage(Stage):
    """`lineage.jsonl`, a line for each line of `final_dataset.jsonl`, and `videos.jsonl`.

    Releases and reports are made of them, without the store.
    """

    name = "lineage"
    needs = ("scene_vectors",)
    cached = False
    aside = True

    def __init__(self, decimals: int | None = 3) -> None:
        """Check the value.

        Args:
            decimals: Times and similarities are rounded to so many decimals, `clip_sim` too; None
                writes them as they were computed.

        Raises:
            ConfigError: The value can't be used; the message names `lineage.decimals`.
        """
        self.decimals = optional_whole_within("lineage.decimals", decimals, 3, 15)
        self._writer: Writer | None = None
        self._outputs: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files, once they are whole, sorted."""
        return self._outputs

    def setup(self, context: Context) -> None:
        """Open the files under temporary names."""
        if context.run_dir is None:
            raise RunFailedError("lineage: there is no run folder to write to")
        self._writer = Writer(context.run_dir, (LINEAGE, VIDEOS))

    def process(self, video: Video, context: Context) -> Outcome:
        """Write the lines of one video."""
        if self._writer is None:
            raise RuntimeError("lineage: `setup` must open the files before `process`")
        segments = segment_similarity(video)
        rows = (
            row_lineage(video, i, segments, self.decimals) for i in range(len(video.annotations))
        )
        record = video_record(video, self.decimals)
        written = self._writer.write({LINEAGE: map(to_line, rows), VIDEOS: [to_line(record)]})
        return Outcome({}, (Tally("annotation", len(video.annotations), written[LINEAGE]),))

    def finish(self, context: Context) -> None:
        """Flush the files to disk and give them their names."""
        if self._writer is not None:
            self._outputs = self._writer.publish()
            self._writer = None
