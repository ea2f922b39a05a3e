"""What an actor of each stage reserves on a Ray cluster, and how many there may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ivg.errors import ConfigError
from ivg.executors.bunches import MOST_AT_ONCE, TURNS
from ivg.ranges import number_within, whole_span_within, whole_within
from ivg.step import Step

Station = tuple[Step, ...]
"""A stage, and those after it that are no work for a process of their own."""
MOST_IN_A_BLOCK = 64
BLOCKS = 10_000
"""Ray's driver handles every block; more than this many of one video each would keep it busy."""


@dataclass(frozen=True)
class Wish:
    """What a config says of the actors of a stage; None: as `settled` finds it."""

    cpus: float | None = None
    gpus: float | None = None
    actors: int | Sequence[int] | None = None
    batch: int | None = None

    def checked(self, key: str) -> Wish:
        """Itself, its values checked.

        Raises:
            ConfigError: A value is out of range; the message names its key under `key`.
        """
        return Wish(
            None if self.cpus is None else number_within(f"{key}.cpus", self.cpus, 0),
            None if self.gpus is None else number_within(f"{key}.gpus", self.gpus, 0),
            None if self.actors is None else pool_size(f"{key}.actors", self.actors),
            None if self.batch is None else whole_within(f"{key}.batch", self.batch, 1),
        )


@dataclass(frozen=True)
class Crew:
    """The actors of a station.

    Attributes:
        cpus: CPUs that Ray reserves for each.
        gpus: GPUs, or a fraction of one.
        least: Actors that are there from the start to the end.
        most: Actors that Ray may add where there is room; None: as many as fit.
        batch: Videos that an actor is given at a time.
    """

    cpus: float
    gpus: float
    least: int
    most: int | None
    batch: int


def pool_size(key: str, value: Any) -> tuple[int, int]:
    """Least and most actors: `2` is [2, 2].

    Raises:
        ConfigError: It is neither a number nor a pair; the message names `key`.
    """
    if isinstance(value, Sequence):
        return whole_span_within(key, value, 1)
    number = whole_within(key, value, 1)
    return number, number


def wishes(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, Wish]:
    """What `executor.resources` says of each stage.

    Raises:
        ConfigError: It is no group of groups, or a key or a value is wrong; the message names it.
    """
    if not isinstance(resources, Mapping):
        raise ConfigError(f"executor.resources must be groups by stage, got {resources!r}")
    known = [field.name for field in fields(Wish)]
    for stage, one in resources.items():
        if not isinstance(one, Mapping):
            raise ConfigError(f"executor.resources.{stage} must be a group of keys, got {one!r}")
        for name in one:
            if name not in known:
                raise ConfigError(
                    f"executor.resources.{stage}.{name}: there is no such key; there are {known}"
                )
    return {
        stage: Wish(**one).checked(f"executor.resources.{stage}")
        for stage, one in resources.items()
    }


def stations(steps: Sequence[Step], given: Mapping[str, Wish]) -> list[Station]:
    """The steps in groups, each done by actors of its own.

    A stage that is no work for a process of its own (`spread`) is done by the actors of the stage
    before, unless the config gives it its own.
    """
    found: list[list[Step]] = []
    for step in steps:
        if found and not step.stage.spread and step.stage.name not in given:
            found[-1].append(step)
        else:
            found.append([step])
    return [tuple(station) for station in found]


def crews(
    line: Sequence[Station],
    given: Mapping[str, Wish],
    default: Wish,
    there: Mapping[str, float],
    n_videos: int,
    on_gpus: bool,
) -> list[Crew]:
    """The actors of each station.

    Args:
        line: The stations.
        given: What the config says of some stages.
        default: What it says of the others.
        there: What the cluster has, as Ray counts it: `CPU`, `GPU`.
        n_videos: Videos that may come.
        on_gpus: Whether models run on GPUs.
    """
    asking = [station for station in line if asks(station)]
    cpus = share(there.get("CPU", 0), 2 * len(line))
    gpus = share(there.get("GPU", 0), len(asking)) if on_gpus else 0
    found = []
    for station in line:
        own = given.get(station[0].stage.name, Wish())
        wish = replace(default, **{k: v for k, v in vars(own).items() if v is not None})
        least, most = wish.actors or (1, None)  # type: ignore[misc]
        found.append(
            Crew(
                cpus if wish.cpus is None else wish.cpus,
                (gpus if asks(station) else 0) if wish.gpus is None else wish.gpus,
                least,
                most,
                wish.batch or batch_of(station, n_videos, least),
            )
        )
    return found


def asks(station: Station) -> bool:
    """Whether it asks a model."""
    return any(step.stage.questions_at_once for step in station)


def share(there: float, shares: int) -> float:
    """A whole one, or an equal share where there are fewer."""
    return min(1.0, there / shares) if shares else 0.0


def batch_of(station: Station, n_videos: int, actors: int) -> int:
    """Videos at a time: more where a model gains from them, or where there are very many."""
    few = min(MOST_IN_A_BLOCK, n_videos // BLOCKS)
    together = min(MOST_AT_ONCE, n_videos // (TURNS * actors)) if asks(station) else 1
    return max(1, few, together)


def too_much(found: Sequence[Crew], there: Mapping[str, float]) -> str:
    """What the actors that must be there lack; empty if nothing."""
    for kind, name, each in (
        ("CPU", "cpus", [crew.cpus * crew.least for crew in found]),
        ("GPU", "gpus", [crew.gpus * crew.least for crew in found]),
    ):
        if sum(each) > there.get(kind, 0) + 1e-6:
            return (
                f"executor.{name}, executor.resources: the stages' actors reserve "
                f"{sum(each):g} {kind}s, and there are {there.get(kind, 0):g}"
            )
    return ""
