"""`ivg plan`: what of a config's results is stored, and what is to be computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivg.lineup import Lineup
from ivg.pipeline import Line
from ivg.shard import WHOLE, Shard, listed
from ivg.sources.source import Source
from ivg.step import Step
from ivg.store import Table
from ivg.stored import rows

AT_ONCE = 65536


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
    videos = Lineup.of(listed(source, line.local_dir, line.shard).videos)
    steps = [one for one in line.steps if one.stage.name not in source.provides]
    return len(videos), list(stages(line.store_dir, videos, steps, line.shard))


def stages(
    store_dir: Path, videos: Lineup, steps: Sequence[Step], shard: Shard = WHOLE
) -> Iterator[Stored]:
    """The per-video stages in turn; each is asked for the videos that come through to it."""
    coming, before = [part.ids for part in videos.batches(AT_ONCE)], None
    for step in steps:
        if not step.stage.cached:
            continue
        table = Table(store_dir, step.identity, step.stage.produces, shard)
        known, found = table.index(), Stored(step.stage.name, step.identity.key)
        for number, ids in enumerate(coming):
            there = known & frozenset(ids)
            found.stored += len(there)
            missing = set(ids) - there
            gone = dropped(before, missing) if before else set[str]()
            found.todo += len(missing - gone)
            coming[number] = [one for one in ids if one not in gone]
        before = table
        yield found


def dropped(table: Table, videos: set[str]) -> set[str]:
    """Those of some videos that a stage has left out."""
    here = table.index() & frozenset(videos) if videos else frozenset()
    return {video for video, done in rows(table, here, ()).items() if not done.outcome}


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
        plan = make_plan(config, Path())
        n, found = planned(plan.line, plan.source)
    except IvgError as error:
        fail(error)
    table = Printed(title=f"{n} videos", box=SIMPLE_HEAD)
    for name in ("stage", "stored", "to compute", "key"):
        table.add_column(name, justify="right" if name in ("stored", "to compute") else "left")
    for one in found:
        table.add_row(one.stage, str(one.stored), str(one.todo), one.key)
    Console().print(table)
