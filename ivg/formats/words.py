"""Sentences around captions: filled, chosen and taken apart again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ivg.errors import ConfigError
from ivg.formats.books import CannotHoldError
from ivg.ranges import texts

T = TypeVar("T")
PLACE = re.compile(r"\{(\w+)\}")


def templates(key: str, value: str | Sequence[str], places: Sequence[str]) -> tuple[str, ...]:
    """Check texts with places like `{caption}`, each of which must be there.

    Raises:
        ConfigError: It is no text or list of texts, or a place is unknown or missing.
    """
    found = texts(key, value)
    listed = (found,) if isinstance(found, str) else tuple(found)
    for text in listed:
        if set(PLACE.findall(text)) != set(places):
            wanted = " and ".join(f"{{{place}}}" for place in places) or "no {place}"
            raise ConfigError(f"{key} must hold {wanted}, got {text!r}")
    return listed


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled, in one pass: a caption may hold `{start}` itself."""
    return PLACE.sub(lambda place: values[place[1]], template)


def caption_in(text: str, made_by: Sequence[str]) -> str | None:
    """The caption that a filled template holds; None where no template gives such a text."""
    for template in made_by:
        before, _, after = template.partition("{caption}")
        if len(text) < len(before) + len(after):
            continue
        if text.startswith(before) and text.endswith(after):
            return text[len(before) : len(text) - len(after)]
    return None


def place_of(row: Mapping[str, Any], n_choices: int, purpose: str) -> int:
    """A number below `n_choices` by the row's content: the same row gets the same wording.

    Args:
        row: Of a dataset.
        n_choices: What there is to choose from.
        purpose: What is chosen. Without it a row's question would tell the order of its answers.
    """
    content = (str(row[key]) for key in ("video", "start_sec", "end_sec", "caption"))
    whose = "\0".join((purpose, *content))
    digest = hashlib.blake2b(whose.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "big") % n_choices


def chosen(choices: Sequence[T], row: Mapping[str, Any], purpose: str) -> T:
    """What a row gets of some choices; see `place_of`."""
    return choices[place_of(row, len(choices), purpose)]


def spoken(caption: str) -> str:
    """The caption as it stands.

    Raises:
        CannotHoldError: It has no letter to read.
    """
    if not caption.strip():
        raise CannotHoldError("the caption is empty")
    return caption


def without(caption: str, tokens: re.Pattern[str]) -> str:
    """The caption, if it holds no token that the format's loader would replace.

    Raises:
        CannotHoldError: It holds one, or is empty.
    """
    if tokens.search(caption):
        raise CannotHoldError("the caption holds a token of the format")
    return spoken(caption)


def one_line(text: str) -> str:
    """The text with every run of white space, line breaks too, as one space."""
    return " ".join(text.split())


def sentence(caption: str) -> str:
    """As HawkEye writes captions: first letter upper-cased, one trailing full stop removed.

    Raises:
        CannotHoldError: Nothing is left.
    """
    plain = spoken(caption)
    upper = (plain[0].upper() + plain[1:]).removesuffix(".")
    return spoken(upper)
