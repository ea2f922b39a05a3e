"""The tables of a dataset card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ivg.quality.figures import Figure
from ivg.quality.table import interval, number
from ivg.release.tables import COLUMNS
from ivg.summary import StageLine


class Code(str):
    """Text that is Markdown already, or stands in a code span, where nothing can be escaped."""

    __slots__ = ()


def fields_table() -> list[tuple[Code, Code, str]]:
    """Name, type and meaning of each column."""
    return [
        (Code(name), Code(f"{kind}?" if nullable else kind), meaning)
        for name, (kind, nullable, meaning) in COLUMNS.items()
    ]


def books_table(lines: Sequence[StageLine]) -> list[dict[str, Any]]:
    """The funnel, one line a unit of a stage."""
    return [
        {
            "stage": line.stage,
            "unit": f"{line.tally.unit}s",
            "n_in": line.tally.n_in,
            "n_out": line.tally.n_out,
            "dropped": reasons(line.tally.dropped),
            "failed": reasons(line.tally.failed),
        }
        for line in lines
    ]


def reasons(counts: Mapping[str, int]) -> str:
    """`12 too short, 3 no context`."""
    return ", ".join(f"{count} {reason}" for reason, count in counts.items() if count)


def quality_table(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Figures with their interval, chance and n."""
    return [
        {
            "name": one.name,
            "value": Code(number(one.value)),
            "interval": Code(interval(one)),
            "chance": Code(number(one.floor)),
            "n": one.n,
        }
        for one in figures
    ]


def models_table(models: Mapping[str, Any]) -> list[dict[str, str]]:
    """Role, model, revision and licence; nested parts by their path."""
    found: list[dict[str, str]] = []
    for role, known in models.items():
        if not isinstance(known, Mapping):
            continue
        if any(isinstance(value, Mapping) and name != "files" for name, value in known.items()):
            found += models_table({f"{role}/{name}": value for name, value in known.items()})
            continue
        found.append(
            {
                "role": role,
                "model": model_in_words(known),
                "revision": str(known.get("commit") or known.get("fingerprint") or ""),
                "licence": str(known.get("licence", "unknown")),
            }
        )
    return found


def model_in_words(known: Mapping[str, Any]) -> str:
    """The model's name, or the packages that hold it with their versions."""
    if "model" in known:
        return str(known["model"])
    skipped = ("licence", "commit", "fingerprint", "files", "revision")
    return ", ".join(f"{name} {value}" for name, value in known.items() if name not in skipped)
