"""Per-dataset stages: a pass takes each video through several, one after the other.

A stage that has to see the whole set first gets its own look at it: the stages before it answer
for that without being booked. The books, and files, are made in the pass.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.books import Ledger
from ivg.errors import IvgError, RunFailedError
from ivg.lineup import batched
from ivg.progress import track
from ivg.records import HEAVY, IntArray, Video
from ivg.stage import Context, Processed, Stage, failed, run_stage
from ivg.step import Step
from ivg.store import Table
from ivg.stored import Again, Held, Layer, Videos, rows

if TYPE_CHECKING:
    from ivg.pipeline import Line

log = logging.getLogger(__name__)

HELD = 1024
"""So many videos are kept, rather than looked at again."""
HEAVY_AT_ONCE = 16
"""Videos whose heavy fields are read together: 20 MB each where there are 5,000 scenes."""

GONE = -1

Heavy = Mapping[str, Any]
NOTHING: Heavy = MappingProxyType({})
BLANK = Video("", "")


def passes(steps: Iterable[Step], apart: bool) -> Iterator[list[Step]]:
    """The stages that a pass takes together.

    One that sees the whole set begins a new pass if a stage before it leaves files: that has to
    be done with, failures and all.

    Args:
        steps: In their order.
        apart: Each is to be through before the next begins, as `on_error=stop` wants it.
    """
    some: list[Step] = []
    for step in steps:
        left_files = any(not one.stage.produces for one in some)
        if some and (apart or (left_files and looks_ahead(step.stage))):
            yield some
            some = []
        some.append(step)
    if some:
        yield some


def looks_ahead(stage: Stage) -> bool:
    """Whether the stage sees the whole set before it answers for a video."""
    return type(stage).prepare is not Stage.prepare


@dataclass
class Post:
    """A stage in the pass, and its books."""

    step: Step
    ledger: Ledger
    came_in: int = 0
    left: int = 0
    busy: float = 0.0


@dataclass
class Pass:
    """Takes the videos of a line through some stages.

    Attributes:
        line: Its lineup is what is left afterwards.
        steps: The stages.
    """

    line: Line
    steps: Sequence[Step]
    _held: dict[str, Video] = field(default_factory=dict)

    def run(self) -> None:
        """Prepare all stages, then take the videos through.

        Raises:
            RunFailedError: A stage breaks outside any one video, or failures left no video.
            BooksError: The books of a stage don't balance.
        """
        context = self.line.whole_context()
        posts: list[Post] = []
        for step in self.steps:
            post = Post(step, Ledger(step.stage.name, step.identity.key))
            try:
                self._prepare(post, posts, context)
            except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
                self._broken(posts, post, context, error)
            posts.append(post)
        self._through(posts, context)

    def _prepare(self, post: Post, before: Sequence[Post], context: Context) -> None:
        begun, stage = time.perf_counter(), post.step.stage
        stage.setup(context)
        if looks_ahead(stage):
            wanted = reads([*(one.step.stage for one in before), stage])
            layers = (*self.line.layers, *self._again(before))
            stage.prepare(Videos(self.line.lineup, layers, wanted))
        post.ledger.seconds += time.perf_counter() - begun

    def _again(self, posts: Iterable[Post]) -> Iterator[Layer]:
        for post in posts:
            if produces := post.step.stage.produces:
                yield Again(partial(self._answer, post.step.stage), produces)

    def _broken(
        self, posts: Sequence[Post], post: Post, context: Context, error: Exception
    ) -> None:
        """End the run at a stage that can't begin, when those before it are through."""
        if posts:
            self._through(posts, context)
        self.line.ledgers.append(post.ledger)
        if isinstance(error, RunFailedError):
            raise error
        self.line.abandon(post.ledger, len(self.line.lineup), error)

    def _through(self, posts: Sequence[Post], context: Context) -> None:
        line, begun = self.line, time.perf_counter()
        line.ledgers += [post.ledger for post in posts]
        try:
            annotations = self._annotations(posts)
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            line.abandon(posts[0].ledger, len(line.lineup), error)
        layers = (*line.layers, *self._again(posts))
        few = len(line.lineup) <= HELD
        line.put(line.lineup.kept(annotations != GONE), (Held(self._held),) if few else layers)
        line.annotations = annotations[annotations != GONE]
        posts[0].busy += time.perf_counter() - begun - sum(post.busy for post in posts)
        self._close(posts, context)

    def _annotations(self, posts: Sequence[Post]) -> IntArray:
        """Take the videos through; (n,) how many annotations each has, or that it is gone."""
        n = len(self.line.lineup)
        found = np.full(n, GONE, dtype=np.int64)
        videos = enumerate(track(self.line.videos, posts[-1].step.stage.name, n))
        for some in batched(videos, HEAVY_AT_ONCE):
            heavy = self._read_ahead([video for _, video in some], posts)
            for place, video in some:
                if left := self._one(video, posts, heavy[video.id]):
                    found[place] = len(left.annotations)
                    if n <= HELD:
                        self._held[left.id] = without_heavy(left)
        return found

    def _one(self, video: Video, posts: Iterable[Post], heavy: Heavy) -> Video | None:
        """Take one video through; None if it does not come out."""
        left: Video | None = replace(video, **heavy) if heavy else video
        for post in posts:
            if left is None:
                break
            begun = time.perf_counter()
            post.came_in += 1
            post.ledger.computed += 1
            done = self._answer(post.step.stage, left, heavy)
            left = self.line.enter(post.ledger, left, done)
            post.left += left is not None
            post.busy += time.perf_counter() - begun
        return left

    def _answer(self, stage: Stage, video: Video, heavy: Heavy = NOTHING) -> Processed:
        """What a stage makes of a video that has the heavy fields `heavy` already."""
        wanted = [name for name in stage.needs if name in self.line.heavy and name not in heavy]
        try:
            ready = self.line.hydrate(video, wanted) if wanted else video
        except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
            return failed(stage, video, error)
        return run_stage(stage, ready, self.line.context)

    def _read_ahead(self, videos: Iterable[Video], posts: Iterable[Post]) -> dict[str, Heavy]:
        """Heavy fields of some videos; where they can't be read, each is told by itself."""
        wanted: dict[Table, list[str]] = {}
        for name in dict.fromkeys(name for post in posts for name in post.step.stage.needs):
            if name in self.line.heavy:
                wanted.setdefault(self.line.heavy[name], []).append(name)
        found: dict[str, dict[str, Any]] = {video.id: {} for video in videos}
        for table, names in wanted.items():
            for video, done in read_if_whole(table, found, names).items():
                found[video].update(done.outcome.fields if done.outcome else {})
        return dict(found)

    def _close(self, posts: Sequence[Post], context: Context) -> None:
        """Finish the stages and close their books in order; with one that breaks the rest goes."""
        ledgers = self.line.ledgers
        for number, post in enumerate(posts, len(ledgers) - len(posts) + 1):
            try:
                self._finish(post, context)
                self.line.check(post.ledger, post.came_in, post.left)
            except IvgError:
                del ledgers[number:]
                raise

    def _finish(self, post: Post, context: Context) -> None:
        begun = time.perf_counter()
        try:
            post.step.stage.finish(context)
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self.line.abandon(post.ledger, post.came_in, error)
        finally:
            post.ledger.seconds += post.busy + time.perf_counter() - begun


def without_heavy(video: Video) -> Video:
    """The record with its light fields only."""
    return replace(video, **{name: getattr(BLANK, name) for name in HEAVY})


def reads(stages: Iterable[Stage]) -> frozenset[str] | None:
    """The fields that some stages read; None where one of them may read any."""
    named = [stage.reads for stage in stages]
    found = [names for names in named if names is not None]
    return frozenset().union(*found) if len(found) == len(named) else None


def read_if_whole(
    table: Table, video_ids: Iterable[str], fields: Sequence[str]
) -> dict[str, Processed]:
    """Rows of some videos; none where one can't be read: each is then asked for by itself."""
    try:
        return rows(table, video_ids, fields)
    except Exception:  # met again, and recorded, video by video
        log.debug("%s: can't be read together", table.dir, exc_info=True)
        return {}
