"""HawkEye's training JSON (Wang et al. 2024): a list of videos with questions and spans to crop.

Source: yellow-binary-tree/HawkEye, `dataset/it_dataset.py` (`ITVidTrainDataset`), written there by
`data_preparing/internvid.py`. Fields: `video` (joined to the loader's `data_root`) and `QA`, a list
of one object with `i` (instruction), `q`, `a`, `start_sec`, `end_sec`, `neg_start_sec` and
`neg_end_sec`. The loader crops the video itself. What `q` and `a` are is the task, which is the
loader's `grounding_method`:

- `choice` (method `choice`): `q` ends in four lettered options, `a` is a list of pairs
  `[part, option]`, part one of `beginning`, `middle`, `end`, `throughout`; the loader takes the
  pair of the crop that it made.
- `choice_caption` (method `choice`): the other way, `q` are the pairs and `a` is the caption.
- `grounding` (method `second`): `a` holds two `%.1f`, filled by the loader with the crop's times.
- `caption` (method `second`): the other way. In these two the loader formats every text with a
  `%` in it, so a caption with one can't be said and is left out, and `questions` with one are
  refused.

The wordings are ours and config: the published files take theirs from lists that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from ivg.errors import ConfigError, MalformedEntryError
from ivg.formats.books import CannotHoldError, Row
from ivg.formats.given import Bad, Entry, Given, bad, json_of, seconds_of, text_of
from ivg.formats.layout import json_list
from ivg.formats.part import Part
from ivg.formats.words import caption_in, chosen, fill, sentence, templates
from ivg.ranges import one_of, text

TASKS = ("choice", "choice_caption", "grounding", "caption")
FILLED = ("grounding", "caption")
"""Tasks of which the loader fills every question and answer with a `%` in it."""
PARTS = ("beginning", "middle", "end", "throughout")
TIMES = ("start_sec", "end_sec", "neg_start_sec", "neg_end_sec")
OPTIONS = "\nOptions:"
ORDERS = tuple(permutations(PARTS))


class HawkEye:
    """One question a row; wording and order of options depend on the row's content alone."""

    lost = (
        "the case of a caption's first letter and its full stop, the video's duration (give "
        "durations=FILE or videos=FOLDER), and the numbers of scenes"
    )

    def __init__(
        self,
        task: str = "choice",
        instructions: Sequence[str] = ("Watch the video, then answer the question about it.",),
        questions: Sequence[str] = (
            "In which part of the video can one see this: {caption}?",
            "{caption}: which part of the video shows it?",
        ),
        span_sentence: str = "Between second %.1f and second %.1f.",
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Check the values.

        Args:
            task: What is asked; see above.
            instructions: Said before the conversation; one is chosen a row.
            questions: With the place `{caption}`; one is chosen a row. No `%` where the loader
                fills texts.
            span_sentence: With two `%.1f`, which the loader fills.
            options: The wording of the four parts, by part.

        Raises:
            ConfigError: A value can't be used; the message names `format.<key>`.
        """
        self.task = one_of("format.task", task, TASKS)
        self.instructions = templates("format.instructions", instructions, ())
        self.questions = templates("format.questions", questions, ("caption",))
        self.check_percent()
        self.span_sentence = two_numbers("format.span_sentence", span_sentence)
        self.options = four_options(options)

    def check_percent(self) -> None:
        """Refuse questions that the loader would take for ones to fill with times.

        Raises:
            ConfigError: A question holds a `%` where the loader fills what does.
        """
        for question in self.questions if self.task in FILLED else ():
            if "%" in question:
                raise ConfigError(
                    f"format.questions must hold no '%' with format.task={self.task}, for the "
                    f"loader would fill it; got {question!r}"
                )

    def write(self, part: Part) -> None:
        """`PART.json`."""
        json_list(part.file(".json"), part.entries(self.entry))

    def entry(self, row: Row) -> dict[str, Any]:
        """One row.

        Raises:
            CannotHoldError: The caption is empty, or holds a `%` where the loader would fill it.
        """
        caption = sentence(row["caption"])
        asked = {
            "i": chosen(self.instructions, row, "instruction"),
            **self.question(row, caption),
            **{name: row[name] for name in TIMES},
        }
        return {"video": row["video"], "QA": [asked]}

    def question(self, row: Row, caption: str) -> dict[str, Any]:
        """`q` and `a`."""
        if self.task in FILLED and "%" in caption:
            raise CannotHoldError("the caption holds a '%', which the loader would fill")
        asked = fill(chosen(self.questions, row, "question"), {"caption": caption})
        pairs = self.pairs(row)
        worded: dict[str, dict[str, Any]] = {
            "choice": {"q": asked + OPTIONS + "".join(f"\n{o}" for _, o in pairs), "a": pairs},
            "choice_caption": {"q": pairs, "a": caption},
            "grounding": {"q": asked, "a": self.span_sentence},
            "caption": {"q": self.span_sentence, "a": caption},
        }
        return worded[self.task]

    def pairs(self, row: Row) -> list[list[str]]:
        """The options in an order of the row's own."""
        order = chosen(ORDERS, row, "options")
        return [
            [part, f"({letter}) {self.options[part]}"]
            for letter, part in zip("ABCD", order, strict=True)
        ]

    def read(self, path: Path) -> Iterator[Entry]:
        """Every question; the caption is found by `questions`, which must be the file's own."""
        for number, entry in enumerate(json_of(path, list)):
            where = f"{path.name}: entry {number}"
            asked = entry.get("QA") if isinstance(entry, dict) else None
            if not isinstance(asked, list) or not asked:
                yield Bad(where, "has no QA")
                continue
            for qa in asked:
                yield self.given(where, entry, qa)

    def given(self, where: str, entry: dict[str, Any], qa: Any) -> Entry:
        """One question."""
        try:
            if not isinstance(qa, dict):
                raise MalformedEntryError(f"{where}: QA holds no object")
            start, end, first, last = (seconds_of(where, qa, name) for name in TIMES)
            video, caption = text_of(where, entry, "video"), self.caption(where, qa)
            return Given(where, video, start, end, caption, None, (first, last), named=True)
        except MalformedEntryError as error:
            return bad(where, error)

    def caption(self, where: str, qa: dict[str, Any]) -> str:
        """The caption of a question of any task.

        Raises:
            MalformedEntryError: No template of `questions` says it.
        """
        asked, answer = qa.get("q"), qa.get("a")
        if isinstance(answer, str) and (isinstance(asked, list) or "%" not in answer):
            return text_of(where, qa, "a")
        if isinstance(asked, str):
            said = asked
            if isinstance(answer, list):  # options follow, and HawkEye's own files say it so
                said = asked.rpartition(OPTIONS)[0]
            for question in (said, said.removeprefix("Question: ")):
                if caption := caption_in(question, self.questions):
                    return caption
        raise MalformedEntryError(f"{where}: no format.questions is like {str(asked)[:80]!r}")


def two_numbers(key: str, value: str) -> str:
    """Check a text that the loader fills by `%` with two numbers.

    Raises:
        ConfigError: It can't be filled so.
    """
    try:
        filled = text(key, value) % (0.0, 1.0)
    except (TypeError, ValueError):
        filled = value
    if filled == value:
        raise ConfigError(f"{key} must hold two %.1f, got {value!r}")
    return value


def four_options(options: Mapping[str, str] | None) -> dict[str, str]:
    """Check the wording of the options; None takes ours.

    Raises:
        ConfigError: A part is missing or unknown.
    """
    worded = options or {
        "beginning": "It is near the start.",
        "middle": "It is around the middle.",
        "end": "It is near the end.",
        "throughout": "It goes on from start to end.",
    }
    if set(worded) != set(PARTS):
        raise ConfigError(f"format.options must word {', '.join(PARTS)}, got {sorted(worded)}")
    return {part: text(f"format.options.{part}", worded[part]) for part in PARTS}
