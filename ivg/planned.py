"""`ivg plan`: what of a config's results is stored, and what is to be computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivg.catalogue import as_names, hashes
from ivg.parts import Ids
from ivg.pipeline import Line
from ivg.shard import WHOLE, Shard, listed
from ivg.sources.source import Source
from ivg.step import Step
from ivg.store import Table


@dataclass
class Stored:
    """One stage of the plan.

    Attributes:
        stage: Its name.
        key: Of its results.
        stored: Videos whose result is stored.
        todo: Videos whose result is to be computed; dropped ones before it are none.
    """

    stage: str
    key: str
    stored: int = 0
    todo: int = 0


def planned(line: Line, source: Source) -> tuple[int, list[Stored]]:
    """How many videos there are, and what is stored of them.

    Only the tables are asked: whether each frame file is there too, the run itself will see.

    Raises:
        SourceError: Nothing can be listed.
    """
    videos = listed(source, line.local_dir, line.shard).videos
    ids = as_names(one.id for one in videos)
    ids = ids[np.argsort(hashes(ids))]  # tables are asked in the order in which they hold them
    steps = [one for one in line.steps if one.stage.name not in source.provides]
    return len(ids), list(stages(line.store_dir, ids, steps, line.shard))


def stages(
    store_dir: Path, coming: Ids, steps: Sequence[Step], shard: Shard = WHOLE
) -> Iterator[Stored]:
    """The per-video stages in turn; each is asked for the videos that come through to it."""
    before: Table | None = None
    for step in steps:
        if not step.stage.cached:
            continue
        table = Table(store_dir, step.identity, step.stage.produces, shard)
        there = table.index().has(coming)
        if before and not there.all():
            stays = there | ~np.isin(coming, before.dropped())
            coming, there = coming[stays], there[stays]
        before, stored = table, int(there.sum())
        yield Stored(step.stage.name, step.identity.key, stored, len(coming) - stored)


def run_plan(arguments: list[str]) -> None:
    """Say what is stored and what is to be computed; no model is loaded, nothing is computed."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Printed

    from ivg.arguments import built_config, fail
    from ivg.errors import IvgError
    from ivg.plan import make_plan

    config = built_config(arguments, "ivg plan", run_plan.__doc__)
    try:
        plan = make_plan({**config, "device": "cpu"}, Path())  # nothing will run on it
        n, found = planned(plan.line, plan.source)
    except IvgError as error:
        fail(error)
    table = Printed(title=f"{n} videos", box=SIMPLE_HEAD)
    for name in ("stage", "stored", "to compute", "key"):
        table.add_column(name, justify="right" if name in ("stored", "to compute") else "left")
    for one in found:
        table.add_row(one.stage, str(one.stored), str(one.todo), one.key)
    Console().print(table)
