"""The changes of a difference by reason, with some examples of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from ivg.diff.difference import Change, Difference
from ivg.identity import differences
from ivg.quality.figures import Figure
from ivg.shown import shown

KINDS = ("changed", "removed", "added")
ReasonKey = tuple[str, str, str]
"""Kind, stage and what the stage did."""


@dataclass
class ByReason:
    """How many rows each reason has touched.

    Attributes:
        most: Examples kept of each reason.
        counts: By kind, stage and words.
        examples: The first few of each.
    """

    most: int
    counts: Counter[ReasonKey] = field(default_factory=Counter)
    examples: dict[ReasonKey, list[Change]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Count changes as they go by."""
        for change in changes:
            key = change.kind, change.reason.stage, change.reason.what
            self.counts[key] += 1
            if len(self.examples[key]) < self.most:
                self.examples[key].append(change)
            yield change

    def ranked(self) -> list[tuple[ReasonKey, int]]:
        """By kind, then the most frequent first."""
        return sorted(
            self.counts.items(), key=lambda one: (KINDS.index(one[0][0]), -one[1], one[0])
        )


def in_words(change: Change) -> str:
    """One changed row, and the values that tell why."""
    row = change.b if change.a is None else change.a
    if row is None:
        raise RuntimeError("diff: a change has a row")
    place = f"{shown(row['video'])} {row['start_sec']:.2f}-{row['end_sec']:.2f} s"
    detail = f": {change.reason.detail}" if change.reason.detail else ""
    return f'{place} "{shown(row["caption"])}"{detail}'


def summary(found: Difference, by_reason: ByReason) -> dict[str, Any]:
    """All but the rows, as JSON; to be asked for when the changes are through."""
    return {
        "A": found.a.kind,
        "B": found.b.kind,
        "books": asdict(found.books),
        "reasons": [
            {"kind": kind, "stage": stage, "what": what, "rows": count}
            for (kind, stage, what), count in by_reason.ranked()
        ],
        "config": found.stages,
        "environment": environment(found),
        "quality": [measured(*pair) for pair in found.figures()],
    }


def environment(found: Difference) -> list[str]:
    """Versions that differ, as `torch: '2.5' -> '2.6'`, of what both sides tell."""
    before, after = (one.environment for one in found.made)
    both = before.keys() & after.keys()
    return differences({name: after[name] for name in both}, {name: before[name] for name in both})


def measured(a: Figure | None, b: Figure | None) -> dict[str, Any]:
    """One measure of both, with its 95 % intervals."""
    named = a or b
    if named is None:
        raise RuntimeError("diff: a measure has a name")
    ends = {
        label: None if one is None else {"value": one.value, "low": one.low, "high": one.high}
        for label, one in (("A", a), ("B", b))
    }
    return {"name": named.name, "better": named.better, **ends}
