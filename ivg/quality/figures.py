"""What a measure says: a value with its interval, its number and what chance reaches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ivg.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the quality table.

    Attributes:
        name: `measure/figure`, as in `groundability/R@1`: what `objective` names.
        value: The figure; None where there was nothing to measure.
        low: Lower end of the 95 % interval, by a bootstrap over videos (of the probe: over seeds);
            None where it can't be had.
        high: Its upper end.
        n: How many rows, captions or videos it was taken over.
        better: 1: higher is better, -1: lower, 0: neither.
        floor: What chance reaches, None where that makes no sense.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    better: int = 0
    floor: float | None = None


FILE = "quality.json"
"""Its name in the run folder."""


def read_figures(run_dir: Path) -> list[Figure]:
    """The figures of a run; none, if it measured nothing.

    Raises:
        ConfigError: The file is not of this version of ivg.
    """
    path = run_dir / FILE
    if not path.is_file():
        return []
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return [Figure(**row) for row in plain["figures"]]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path}: not the quality of this version of ivg ({error})") from error
