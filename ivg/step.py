"""A stage together with the identity of its results."""

from __future__ import annotations

from dataclasses import dataclass

from ivg.identity import Identity
from ivg.stage import Stage


@dataclass(frozen=True)
class Step:
    """A stage and the identity of its results."""

    stage: Stage
    identity: Identity
