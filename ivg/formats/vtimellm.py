"""VTimeLLM's training JSON (Huang et al. 2024), stages 2 and 3: dialogues with time tokens.

Source: huangb23/VTimeLLM, `docs/data.md` and `vtimellm/train/dataset.py`
(`LazySupervisedDataset`). Fields: `source`, `id` (features are `{id}.npy`), `conversations`
(objects with `from`, `human` or `gpt`, and `value`; the first begins with `<video>` and a line
break), and `meta` with `duration` (of what is shown, seconds), `token` (seconds of each `<s0>`,
`<e0>`, which the loader replaces by hundredths of the duration) and, where only a part of the video
is shown, `split` (its start and end in the video).

With `window=span` the id is `ID_START_END`, not the video's: the loader finds features by `id`
alone, so that two spans of one video must not share one. The loader replaces tokens wherever they
stand, so captions with `<video>`, `<image>`, `<s0>`, `<e0>` in them are left out and counted.
The wordings are ours and config.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from ivg.formats.books import Row
from ivg.formats.layout import json_list
from ivg.formats.moment import Moment, moment, window_of
from ivg.formats.part import Part
from ivg.formats.words import chosen, fill, templates, without
from ivg.ranges import one_of, text

TOKENS = re.compile(r"<(?:video|image|s\d+|e\d+)>")
TASKS = ("grounding", "caption")
START, END = "<s0>", "<e0>"


class VTimeLlm:
    """One dialogue a row: when does it happen, or what happens then."""

    def __init__(
        self,
        window: str = "video",
        task: str = "grounding",
        source: str = "ivg",
        questions: Sequence[str] = (
            "When does this happen in the video: {caption}?",
            "Which frames of the video show this: {caption}?",
        ),
        answers: Sequence[str] = ("From {start} to {end}.",),
        caption_questions: Sequence[str] = ("What can be seen from {start} to {end}?",),
    ) -> None:
        """Check the values.

        Args:
            window: What a model is shown: the `video`, or the negative `span`.
            task: `grounding` asks for the times, `caption` for the caption.
            source: The field of that name.
            questions: Of grounding, with the place `{caption}`; one is chosen a row.
            answers: Of grounding, with `{start}` and `{end}`.
            caption_questions: Of caption, with `{start}` and `{end}`.

        Raises:
            ConfigError: A value can't be used; the message names `format.<key>`.
        """
        self.window = window_of(window)
        self.task = one_of("format.task", task, TASKS)
        self.source = text("format.source", source)
        self.questions = templates("format.questions", questions, ("caption",))
        self.answers = templates("format.answers", answers, ("start", "end"))
        self.caption_questions = templates(
            "format.caption_questions", caption_questions, ("start", "end")
        )

    def write(self, part: Part) -> None:
        """`PART.json`."""
        json_list(part.file(".json"), part.entries(partial(self.entry, part=part)))

    def entry(self, row: Row, part: Part) -> dict[str, Any]:
        """One row.

        Raises:
            CannotHoldError: The caption is empty or holds a token.
        """
        seen = moment(row, self.window, part.ids)
        asked, answer = self.dialogue(row, without(seen.caption, TOKENS))
        return {
            "source": self.source,
            "id": seen.id,
            "conversations": [
                {"from": "human", "value": f"<video>\n{asked}"},
                {"from": "gpt", "value": answer},
            ],
            "meta": meta(seen),
        }

    def dialogue(self, row: Row, caption: str) -> tuple[str, str]:
        """Question and answer, with tokens for times."""
        tokens = {"start": START, "end": END}
        if self.task == "caption":
            return fill(chosen(self.caption_questions, row, "question"), tokens), caption
        asked = fill(chosen(self.questions, row, "question"), {"caption": caption})
        return asked, fill(chosen(self.answers, row, "answer"), tokens)


def meta(seen: Moment) -> dict[str, Any]:
    """What the loader replaces the tokens with."""
    found: dict[str, Any] = {} if seen.split is None else {"split": list(seen.split)}
    tokens = {START: seen.start_sec, END: seen.end_sec}
    return {**found, "duration": seen.duration, "token": tokens}
