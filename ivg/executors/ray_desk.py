"""One stage inside an actor: what is stored is taken, the rest is computed and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ivg.apart import Crew
from ivg.dialogue import run_stage_on
from ivg.errors import WorkerCrashedError
from ivg.executors.guard import Guard
from ivg.executors.passage import Passage
from ivg.executors.ray_beside import DEATHS_ALONE, Past
from ivg.executors.ray_record import crashed
from ivg.executors.worker import alone
from ivg.identity import Identity
from ivg.portable import portable
from ivg.records import HEAVY, Video
from ivg.shard import Shard
from ivg.stage import Context, Processed, Stage, failed
from ivg.step import Step
from ivg.store import Table


@dataclass(frozen=True)
class Shelf:
    """A table from which heavy fields are read."""

    identity: Identity
    fields: tuple[str, ...]


class Reader:
    """Reads heavy fields where the stages before have written them.

    A row that this run has written is found by its part; only for older ones is the index read.
    """

    def __init__(self, store_dir: Path, shelves: Mapping[str, Shelf], shard: Shard) -> None:
        """Open nothing yet.

        Args:
            store_dir: The store.
            shelves: By heavy field.
            shard: Whose rows are read.
        """
        self._by_field = shelves
        self._tables = {
            shelf.identity.stage: Table(store_dir, shelf.identity, shelf.fields, shard)
            for shelf in shelves.values()
        }
        self._indexed: set[str] = set()

    def hydrate(self, passage: Passage, needs: Iterable[str]) -> Video:
        """The video with the heavy fields that a stage needs."""
        wanted: dict[str, list[str]] = {}
        for name in needs:
            if name in self._by_field:
                wanted.setdefault(self._by_field[name].identity.stage, []).append(name)
        video = passage.video
        for stage, names in wanted.items():
            outcome = self._row(stage, passage, names).outcome
            video = replace(video, **outcome.fields) if outcome else video
        return video

    def _row(self, stage: str, passage: Passage, names: list[str]) -> Processed:
        table, video_id = self._tables[stage], passage.video.id
        parts = [stop.part for stop in passage.stops if stop.stage == stage and stop.part]
        if parts:
            return table.read(parts[0], video_id, names)
        if stage not in self._indexed:
            table.index()
            self._indexed.add(stage)
        return table.get(video_id, names)


class Desk:
    """A stage, set up once its first video is there."""

    def __init__(
        self,
        step: Step,
        store_dir: Path,
        reader: Reader,
        context: Context,
        attempts: Any,
        node: str,
        shard: Shard,
    ) -> None:
        """Touch nothing yet.

        Args:
            step: The stage, and the identity of its results.
            store_dir: The store.
            reader: Of heavy fields.
            context: The device and the threads of this actor.
            attempts: Handle of the `Attempts`.
            node: Where this actor is.
            shard: Whose rows are written.
        """
        self.stage = step.stage
        self._table = Table(store_dir, step.identity, step.stage.produces, shard)
        self._light = [name for name in step.stage.produces if name not in HEAVY]
        self._reader = reader
        self._context = context
        self._attempts = attempts
        self._node = node
        self._crew = Crew()
        self._guard: Guard | None = None
        self._is_set_up = False

    def serve(self, passages: Sequence[Passage]) -> list[Passage]:
        """Take those still on the line through the stage; what ends the run is in `broken`."""
        left = {one.video.id: one for one in passages}
        try:
            for after in self._through([one for one in passages if self._is_due(one)]):
                left[after.video.id] = after
        except Exception as error:  # noqa: BLE001 - the driver raises it
            name, why = self.stage.name, portable(error)
            left = {key: self._broken(one, name, why) for key, one in left.items()}
        return list(left.values())

    def _is_due(self, one: Passage) -> bool:
        return one.on and self.stage.name not in one.behind

    def _broken(self, one: Passage, name: str, why: Exception) -> Passage:
        waits = self._is_due(one) and all(stop.stage != name for stop in one.stops)
        return replace(one, broken=(name, why)) if waits else one

    def _through(self, here: list[Passage]) -> Iterator[Passage]:
        name, todo = self.stage.name, []
        for one in here:
            if name in one.known:
                yield one.through(name, one.known[name], None, computed=False)
            else:
                todo.append(one)
        if todo:
            yield from self._worked(todo)

    def _worked(self, todo: list[Passage]) -> Iterator[Passage]:
        past = self._asked("begin", [one.video.id for one in todo])
        yield from self._computed([one for one in todo if one.video.id not in past])
        for one in todo:
            if one.video.id in past:
                yield from self._again(one, past[one.video.id])

    def _again(self, one: Passage, past: Past) -> Iterator[Passage]:
        """A video that a worker had who is gone: its row may be there, or it may be to blame."""
        name, video = self.stage.name, one.video
        if past.part and self.stage.is_complete(video.id, self._context):
            done = self._table.read(past.part, video.id, self._light)
            yield one.through(name, done, past.part, computed=True)
        elif past.deaths >= DEATHS_ALONE:
            message = "the worker process died twice on it (out of memory?)"
            done = crashed(name, video, message, WorkerCrashedError.__name__)
            yield one.through(name, done, None, computed=True)
        else:
            self._asked("begin_alone", video.id)
            yield from self._computed([one])

    def _computed(self, group: list[Passage]) -> Iterator[Passage]:
        waiting = {one.video.id: one for one in group}
        broken: list[Processed] = []
        for done in self._results(self._ready(group, broken), len(group)):
            yield self._kept(waiting[done.video_id], done)
        for done in broken:
            yield self._kept(waiting[done.video_id], done)

    def _kept(self, one: Passage, done: Processed) -> Passage:
        part = None if done.failure else self._table.write(done)
        self._attempts.done.remote(self.stage.name, done.video_id, part)
        return one.through(self.stage.name, done, part, computed=True)

    def _ready(self, group: list[Passage], broken: list[Processed]) -> Iterator[Video]:
        """Videos with their heavy fields; those whose fields can't be read go to `broken`."""
        for one in group:
            try:
                video = self._reader.hydrate(one, self.stage.needs)
            except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
                broken.append(failed(self.stage, one.video, error))
            else:
                yield video

    def _results(self, videos: Iterator[Video], n_videos: int) -> Iterator[Processed]:
        if not n_videos:
            return iter(())
        if self.stage.decodes and self._context.limits.guarded:
            return (alone(self._crew, self.stage, self._context, video) for video in videos)
        if is_spread(self.stage):
            self._guard = self._guard or Guard(self.stage, self._context)
            return map(self._guard.run, videos)
        if not self._is_set_up:
            self.stage.setup(self._context)
            self._is_set_up = True
        return run_stage_on(self.stage, videos, self._context)

    def _asked(self, what: str, about: Any) -> Any:
        import ray

        call = getattr(self._attempts, what)
        return ray.get(call.remote(self.stage.name, about, self._node))


def is_spread(stage: Stage) -> bool:
    """Whether a local run gives it processes of its own, so that a crash costs one video."""
    return stage.spread and not stage.questions_at_once
