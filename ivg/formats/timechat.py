"""TimeChat's instruction JSON (Ren et al. 2024, TimeIT): a list of videos with questions.

Source: RenShuhuai-Andy/TimeChat, `docs/DATA.md`, `utils/construct_it_data/
process_grounding_data.py` and `timechat/datasets/datasets/video_instruct_dataset.py`
(`Video_Instruct_Dataset`). Fields: `video` (joined to the loader's `vis_root`), `QA` (objects with
`q` and `a`) and `source` (not read). Answers give seconds as `START - END seconds`, one decimal, in
the words of the model's time stamps.

The loader shows the whole file. With `window=span` the file is therefore called
`ID_START_END.mp4`, and has to be cut: `format=webdataset` cuts such clips and tells ID_START_END as
`clip_id`. The wordings are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ivg.formats.books import Row
from ivg.formats.layout import json_list
from ivg.formats.moment import moment, window_of
from ivg.formats.part import Part
from ivg.formats.words import chosen, fill, spoken, templates
from ivg.ranges import text, whole_within


class TimeChat:
    """One question a row."""

    def __init__(
        self,
        window: str = "video",
        source: str = "ivg",
        decimals: int = 1,
        questions: Sequence[str] = (
            "Find the part of the video that shows '{caption}'. Say its start and end in seconds.",
            "At which seconds does the video show '{caption}'?",
        ),
        answers: Sequence[str] = ("It is shown in {start} - {end} seconds.",),
    ) -> None:
        """Check the values.

        Args:
            window: What a model is shown: the `video`, or the negative `span`.
            source: The field of that name.
            decimals: Of the seconds in answers.
            questions: With the place `{caption}`; one is chosen a row.
            answers: With `{start}` and `{end}`.

        Raises:
            ConfigError: A value can't be used; the message names `format.<key>`.
        """
        self.window = window_of(window)
        self.source = text("format.source", source)
        self.decimals = whole_within("format.decimals", decimals, 0, 6)
        self.questions = templates("format.questions", questions, ("caption",))
        self.answers = templates("format.answers", answers, ("start", "end"))

    def write(self, part: Part) -> None:
        """`PART.json`."""
        json_list(part.file(".json"), part.entries(partial(self.entry, part=part)))

    def entry(self, row: Row, part: Part) -> dict[str, Any]:
        """One row.

        Raises:
            CannotHoldError: The caption is empty.
        """
        seen = moment(row, self.window, part.ids)
        asked = chosen(self.questions, row, "question")
        answer = chosen(self.answers, row, "answer")
        times = {"start": seen.start_sec, "end": seen.end_sec}
        said = {name: f"{time:.{self.decimals}f}" for name, time in times.items()}
        pair = {"q": fill(asked, {"caption": spoken(seen.caption)}), "a": fill(answer, said)}
        return {"video": seen.file, "QA": [pair], "source": self.source}
