"""Captions as words, for comparing them."""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


def words_of(text: str) -> list[str]:
    """The words of a text, without case, punctuation and compatibility forms of letters."""
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def normal(text: str) -> str:
    """Equal for texts that say the same in other spacing, case or punctuation."""
    return " ".join(words_of(text))
