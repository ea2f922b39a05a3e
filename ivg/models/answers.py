"""What comes back from a model, before anything is made of it.

A model can answer with NaN (half precision that overflowed, a broken checkpoint), with an odd shape
or with too few rows. None of it may reach the store: an answer that can't be used becomes the error
of the video that asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from operator import itemgetter
from typing import Any

import numpy as np

from ivg.errors import BadModelOutputError
from ivg.models.protocols import Said
from ivg.records import FloatArray

NUMBERS = "fiu"
"""Kinds of NumPy types: floats and integers, signed or not."""


def counted(model: object, found: Any, asked: Sequence[Any]) -> Any:
    """What was found, if it is one an item: another count would give items the rows of others.

    Raises:
        BadModelOutputError: It is not.
    """
    count = len(found) if isinstance(found, Sized) else f"{found!r:.20} in place of"
    if count != len(asked):
        raise BadModelOutputError(f"{name(model)} gave {count} answers to {len(asked)} questions")
    return found


def vectors(
    model: object, found: Any, asked: Sequence[Any]
) -> list[FloatArray | BadModelOutputError]:
    """A vector a question; where it is none of finite numbers, what is wrong with it.

    Where lengths differ, the most frequent one is taken for the right one.

    Raises:
        BadModelOutputError: There is not one row a question.
    """
    rows = [np.asarray(row) for row in counted(model, found, asked)]
    common = max(Counter(row.size for row in rows).items(), key=itemgetter(1), default=(0, 0))[0]
    return [_refused(model, fault) if (fault := fault_of(row, common)) else row for row in rows]


def matrix(model: object, found: Any, asked: Sequence[Any]) -> FloatArray:
    """The vectors as the rows of a matrix, all of them usable.

    Raises:
        BadModelOutputError: One is not.
    """
    rows = vectors(model, found, asked)
    for row in rows:
        if isinstance(row, BadModelOutputError):
            raise row
    return np.asarray(found)


def captions(model: object, found: Any, asked: Sequence[Any]) -> list[Said]:
    """The captions of each clip; where they are no list of texts, what is wrong with them.

    Raises:
        BadModelOutputError: There is not one answer a clip.
    """
    return [_listed(model, said) for said in counted(model, found, asked)]


def fault_of(row: Any, size: int) -> str:
    """What makes a row no vector of so many finite numbers; empty if nothing does."""
    if row.ndim != 1 or not row.size or row.dtype.kind not in NUMBERS:
        return f"an array of shape {row.shape} and type {row.dtype} in place of a vector"
    if row.size != size:
        return f"a vector of {row.size} numbers among those of {size}"
    bad = int(np.count_nonzero(~np.isfinite(row)))
    return f"a vector of which {bad} of {row.size} numbers are NaN or infinite" if bad else ""


def name(model: object) -> str:
    """How messages call a model."""
    return type(model).__name__


def _refused(model: object, what: str) -> BadModelOutputError:
    return BadModelOutputError(f"{name(model)} gave {what}")


def _listed(model: object, said: Any) -> Said:
    if isinstance(said, Exception):
        return said
    named = said if isinstance(said, Mapping) else {"": said}
    if all(isinstance(who, str) and _are_texts(texts) for who, texts in named.items()):
        return said  # type: ignore[no-any-return]
    return _refused(
        model, f"{said!r:.80}; a captioner must give a list of texts a clip, as [['a cat'], ...]"
    )


def _are_texts(found: Any) -> bool:
    """Whether it is a list of texts: a text alone would be taken letter by letter."""
    is_list = isinstance(found, Sequence) and not isinstance(found, str | bytes)
    return is_list and all(isinstance(text, str) for text in found)
