"""LLaVA-style conversations about videos: a list of dialogues between `human` and `gpt`.

Source: LLaVA-VL/LLaVA-NeXT, `llava/train/train.py` (`LazySupervisedDataset`). Fields: `id`, `video`
(joined to the loader's `video_folder`) and `conversations` (objects with `from` and `value`, the
human first). The first value begins with the token that stands for the video and a line break:
`<video>` in Video-LLaVA, ShareGPT4Video, Qwen-VL's and most later trainers, `<image>` in LLaVA-NeXT
and LLaVA-Video-178K itself (`token=<image>`).

Trainers count these tokens, so captions with one in them are left out and counted. The loader shows
the whole file: with `window=span` it is called `ID_START_END.mp4` and has to be cut, as
`format=webdataset` does, which tells ID_START_END as `clip_id`. The wordings are ours and config.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from ivg.formats.books import Row
from ivg.formats.layout import json_list
from ivg.formats.moment import moment, window_of
from ivg.formats.part import Part
from ivg.formats.words import chosen, fill, templates, without
from ivg.ranges import one_of, whole_within

TOKENS = re.compile("<(?:image|video)>")


class Llava:
    """One question and answer a row."""

    def __init__(
        self,
        window: str = "video",
        token: str = "<video>",  # noqa: S107 - a placeholder, no secret
        decimals: int = 1,
        questions: Sequence[str] = (
            "When does this happen in the video: {caption}?",
            "From which second to which does the video show this: {caption}?",
        ),
        answers: Sequence[str] = ("From {start} to {end} seconds.",),
    ) -> None:
        """Check the values.

        Args:
            window: What a model is shown: the `video`, or the negative `span`.
            token: Stands for the video: `<video>` or `<image>`.
            decimals: Of the seconds in answers.
            questions: With the place `{caption}`; one is chosen a row.
            answers: With `{start}` and `{end}`.

        Raises:
            ConfigError: A value can't be used; the message names `format.<key>`.
        """
        self.window = window_of(window)
        self.token = one_of("format.token", token, ("<video>", "<image>"))
        self.decimals = whole_within("format.decimals", decimals, 0, 6)
        self.questions = templates("format.questions", questions, ("caption",))
        self.answers = templates("format.answers", answers, ("start", "end"))

    def write(self, part: Part) -> None:
        """`PART.json`."""
        json_list(part.file(".json"), part.entries(partial(self.entry, part=part)))

    def entry(self, row: Row, part: Part) -> dict[str, Any]:
        """One row.

        Raises:
            CannotHoldError: The caption is empty or holds a token.
        """
        seen = moment(row, self.window, part.ids)
        caption = without(seen.caption, TOKENS)
        asked = fill(chosen(self.questions, row, "question"), {"caption": caption})
        times = {"start": seen.start_sec, "end": seen.end_sec}
        said = {name: f"{time:.{self.decimals}f}" for name, time in times.items()}
        answer = fill(chosen(self.answers, row, "answer"), said)
        return {
            "id": f"{part.name}-{part.books.rows - 1}",
            "video": seen.file,
            "conversations": [
                {"from": "human", "value": f"{self.token}\n{asked}"},
                {"from": "gpt", "value": answer},
            ],
        }
