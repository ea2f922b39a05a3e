"""What a video is known to show, where its source knows: something to measure against.

The truth never enters a stage: it is not stored and changes no key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class TrueScene:
    """One shot, `[start_sec, end_sec)` in seconds from the start, and what it shows."""

    start_sec: float
    end_sec: float
    subject: str


@dataclass(frozen=True, slots=True)
class Truth:
    """All shots of a video, in order and without gaps."""

    scenes: tuple[TrueScene, ...]

    @property
    def cuts(self) -> tuple[float, ...]:
        """Where one shot follows another, seconds."""
        return tuple(scene.start_sec for scene in self.scenes[1:])

    @property
    def twins(self) -> tuple[tuple[int, int], ...]:
        """Pairs of indices (lower first) of scenes with one subject, neighbours among them."""
        return tuple(
            (i, j)
            for (i, one), (j, other) in combinations(enumerate(self.scenes), 2)
            if one.subject == other.subject
        )

    def subjects_in(self, start_sec: float, end_sec: float) -> tuple[str, ...]:
        """Subjects on screen in `[start_sec, end_sec]`, the one seen longest first.

        Scenes of one subject add up; of equals the one seen first comes first. Empty where
        no scene overlaps.
        """
        seen: dict[str, float] = {}
        for scene in self.scenes:
            shared = min(end_sec, scene.end_sec) - max(start_sec, scene.start_sec)
            if shared > 0:
                seen[scene.subject] = seen.get(scene.subject, 0.0) + shared
        return tuple(sorted(seen, key=lambda subject: -seen[subject]))


def caption_is_right(caption: str, subject: str) -> bool:
    """Whether a caption names the subject: it holds one of the subject's accepted words.

    The words (some are two) are in `ivg/sample/words.json`; they are looked for as whole words,
    in any case, with any punctuation or hyphen between them: "Cats!" names a cat, "catalogue"
    does not. Nothing else is understood: "no cat" is right, and so is a cat that sits beside
    what the caption goes on to invent. `rocket` and `launch` share their words, as each shows a
    rocket on its pad.

    Raises:
        ValueError: No words are known of the subject.
    """
    known = accepted_words()
    if subject not in known:
        raise ValueError(f"no words are known of {subject!r}; known are {sorted(known)}")
    said = spaced(caption)
    return any(spaced(word) in said for word in known[subject])


@cache
def accepted_words() -> dict[str, Sequence[str]]:
    """By subject, the words (or runs of words) of which a right caption holds one."""
    found: dict[str, Sequence[str]] = json.loads(
        files("ivg").joinpath("sample", "words.json").read_text("utf-8")
    )
    return found


def alike(subject: str, other: str) -> bool:
    """Whether two subjects are one, or share a word that is right of both."""
    known = accepted_words()
    return subject == other or not {*known.get(subject, ())}.isdisjoint(known.get(other, ()))


@lru_cache(maxsize=65536)
def spaced(text: str) -> str:
    """The words of a text in lower case, with one space around each."""
    return f" {' '.join(WORD.findall(text.lower()))} "
