"""Stages that ask a model: the questions of many videos answered in one go.

Such a stage is written a video at a time, as a generator that yields questions (pictures, clips,
texts) and is sent the answers. Here many of these dialogues are open at once, and what they ask
goes to the model together, so that its batches are full even where each video asks little. While
the model answers, threads begin the next dialogues: they read and decode the frames to ask about.
An error in one dialogue, or in the answer to it, costs that video only.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from ivg.apart import break_off
from ivg.errors import StageBrokenError
from ivg.models.answers import counted
from ivg.stage import Drop, Outcome, Processed, Stage, checked, failed, run_stage

if TYPE_CHECKING:
    from ivg.records import Video
    from ivg.stage import Context

MOST_OPEN = 64
"""Videos that a model is asked about at a time, at most."""
READERS = 2


class Dialogue:
    """One video under way.

    Attributes:
        questions: What it asks now; empty once it is done.
        done: The result.
        seconds: Time spent on it so far.
    """

    def __init__(self, stage: Stage, video: Video, context: Context) -> None:
        """Begin, up to the first questions."""
        self.stage = stage
        self.video = video
        self.questions: Sequence[Any] = ()
        self.done: Processed | None = None
        self.seconds = 0.0
        self._talk = stage.converse(video, context)
        self._go_on(None)

    def take(self, answers: Sequence[Any], seconds: float) -> None:
        """Go on to the next questions; an exception among the answers is raised where it asked."""
        self.seconds += seconds
        self._go_on(answers)

    def _go_on(self, answers: Sequence[Any] | None) -> None:
        begun = time.perf_counter()
        try:
            self.questions = self._next(answers)
        except StopIteration as end:
            self._end("out", begun, outcome=end.value)
        except Drop as drop:
            self._end("dropped", begun, reason=drop.reason)
        except StageBrokenError:
            raise
        except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
            self._fail(error, begun)
        else:
            self.seconds += time.perf_counter() - begun

    def _next(self, answers: Sequence[Any] | None) -> Sequence[Any]:
        wrong = [answer for answer in answers or () if isinstance(answer, Exception)]
        return self._talk.throw(wrong[0]) if wrong else self._talk.send(answers)  # type: ignore[arg-type]

    def _end(self, status: Any, begun: float, reason: str = "", outcome: Any = None) -> None:
        self.questions = ()
        self.seconds += time.perf_counter() - begun
        try:
            found = checked(self.stage, outcome) if status == "out" else None
            self.done = Processed(self.video.id, status, self.seconds, found, reason)
        except TypeError as error:
            self._fail(error, begun)

    def _fail(self, error: Exception, begun: float) -> None:
        self.questions = ()
        seconds = self.seconds + time.perf_counter() - begun
        self.done = failed(self.stage, self.video, error, seconds)


def run_stage_on(stage: Stage, videos: Iterable[Video], context: Context) -> Iterator[Processed]:
    """Run a stage that is set up on many videos; results come in no fixed order."""
    if not stage.questions_at_once:
        yield from (run_stage(stage, video, context) for video in videos)
        return
    with reading() as readers:
        following = Following(readers, stage, videos, context)
        under_way: list[Dialogue] = []
        while True:
            yield from _open(following, under_way, stage.questions_at_once)
            if not under_way:
                return
            following.begin(len(under_way))
            _answer(stage, under_way)
            yield from (one.done for one in under_way if one.done)
            under_way = [one for one in under_way if not one.done]


@contextmanager
def reading() -> Iterator[ThreadPoolExecutor]:
    """Threads that begin dialogues; what breaks the run off does not wait for what they decode."""
    readers = ThreadPoolExecutor(READERS)
    try:
        yield readers
    except BaseException:
        readers.shutdown(wait=False, cancel_futures=True)
        break_off()
        raise
    readers.shutdown()


class Following:
    """The dialogues to come; some are being begun by threads.

    Videos are taken in the caller's thread: the stages before this one run there.
    """

    def __init__(
        self, readers: ThreadPoolExecutor, stage: Stage, videos: Iterable[Video], context: Context
    ) -> None:
        """Take no video yet."""
        self._readers = readers
        self._stage = stage
        self._context = context
        self._videos = iter(videos)
        self._begun: deque[Future[Dialogue]] = deque()

    def begin(self, count: int) -> None:
        """Have so many dialogues begun, as far as there are videos."""
        wanted = max(0, count - len(self._begun))
        for video in islice(self._videos, wanted):
            self._begun.append(self._readers.submit(Dialogue, self._stage, video, self._context))

    def next(self) -> Dialogue | None:
        """The next dialogue, up to its first questions; None if that was all."""
        self.begin(READERS)
        return self._begun.popleft().result() if self._begun else None


def converse_alone(stage: Stage, video: Video, context: Context) -> Outcome:
    """The whole dialogue of one video; raises what it raises."""
    talk = stage.converse(video, context)
    try:
        questions = next(talk)
        while True:
            answers = answers_of(stage, questions)
            wrong = [answer for answer in answers if isinstance(answer, Exception)]
            questions = talk.throw(wrong[0]) if wrong else talk.send(answers)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def answers_of(stage: Stage, questions: Sequence[Any]) -> Sequence[Any]:
    """One answer a question; a model that miscounts could give one video's words to another."""
    answers: Sequence[Any] = counted(stage, stage.answer(questions), questions)
    return answers


def _open(following: Following, under_way: list[Dialogue], enough: int) -> Iterator[Processed]:
    """Take up dialogues until enough is asked; those that ask nothing are through."""
    asked = sum(len(one.questions) for one in under_way)
    while asked < enough and len(under_way) < MOST_OPEN:
        one = following.next()
        if one is None:
            return
        if one.done:
            yield one.done
        else:
            under_way.append(one)
            asked += len(one.questions)


def _answer(stage: Stage, under_way: Sequence[Dialogue]) -> None:
    """One round: every dialogue gets its answers and goes on."""
    begun = time.perf_counter()
    groups = _answers(stage, [one.questions for one in under_way])
    each = (time.perf_counter() - begun) / max(1, sum(len(group) for group in groups))
    for one, answers in zip(under_way, groups, strict=True):
        one.take(answers, each * len(answers))


def _answers(stage: Stage, groups: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The answers, group by group; where the model breaks, each group is asked by itself."""
    try:
        following = iter(answers_of(stage, [question for group in groups for question in group]))
        found: list[Sequence[Any]] = [list(islice(following, len(group))) for group in groups]
    except StageBrokenError:
        raise
    except Exception as error:  # noqa: BLE001 - told to the one video that it is the fault of
        if len(groups) == 1:
            return [[error] * len(groups[0])]
        return [answers for group in groups for answers in _answers(stage, [group])]
    return found
