"""Many videos share the batches of a model; an error costs the video that it belongs to."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivg.apart import apart
from ivg.dialogue import MOST_OPEN, converse_alone, run_stage_on
from ivg.errors import ServerRefusedError
from ivg.records import Video
from ivg.stage import Context, Drop, Outcome, Stage
from ivg.video.frames import FrameStore

CONTEXT = Context(FrameStore(Path("none")))


class Asks(Stage):
    """Asks as many questions as the video's id says, twice; answers are shouted back."""

    name = "asks"
    produces = ("captions",)
    questions_at_once = 8

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []

    def process(self, video, context):
        return converse_alone(self, video, context)

    def converse(self, video, context):
        if "drop" in video.name:
            raise Drop("unwanted")
        if "broken" in video.name:
            raise ValueError("broken before it asked")
        first = yield [f"{video.name}-{number}" for number in range(int(video.id))]
        second = yield [answer.lower() for answer in first]
        if "late" in video.name:
            raise ValueError("broken after it was answered")
        return Outcome({"captions": tuple(second)})

    def answer(self, questions: Sequence[str]) -> list:
        self.rounds.append(list(questions))
        if any("refused" in asked for asked in questions):
            raise ServerRefusedError("wrong key")
        if any("poison" in asked for asked in questions):
            raise RuntimeError("the model broke on poison")
        return [OSError("this one") if "sour" in q else q.upper() for q in questions]


def videos(*names: str, each: int = 3) -> list[Video]:
    return [Video(str(each), name) for name in names]


def test_dialogue_fills_batches_over_videos_and_answers_each_its_own():
    stage = Asks()
    done = list(run_stage_on(stage, videos(*"abcde"), CONTEXT))
    found = [one.outcome.fields["captions"] for one in done]
    assert sorted(found) == [tuple(f"{name}-{i}" for i in range(3)) for name in "ABCDE"]
    assert max(len(asked) for asked in stage.rounds) >= 8
    assert len(stage.rounds) < 10


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken", "before it asked"),
        ("late", "after it was answered"),
        ("sour", "this one"),
        ("poison", "broke on poison"),
    ],
)
def test_dialogue_error_costs_one_video(name, said):
    stage = Asks()
    given = videos("a", "b", name, "c", "d")
    done = list(run_stage_on(stage, given, CONTEXT))
    assert [one.status for one in done].count("out") == 4
    (wrong,) = [one for one in done if one.status == "failed"]
    assert wrong.failure.video == name
    assert said in wrong.failure.message


def test_dialogue_dropped_video_is_dropped():
    done = list(run_stage_on(Asks(), videos("a", "drop"), CONTEXT))
    assert sorted(one.status for one in done) == ["dropped", "out"]
    assert [one.reason for one in done if one.status == "dropped"] == ["unwanted"]


def test_dialogue_refused_server_ends_the_stage():
    with pytest.raises(ServerRefusedError, match="wrong key"):
        list(run_stage_on(Asks(), videos("a", "refused", "b"), CONTEXT))


@pytest.mark.parametrize("count", [2, 4])
def test_dialogue_model_that_miscounts_fails_and_mixes_nothing_up(count):
    class Miscounts(Asks):
        def answer(self, questions):
            return ["x"] * count

    done = list(run_stage_on(Miscounts(), videos("a", "b"), CONTEXT))
    assert {one.status for one in done} == {"failed"}
    assert f"{count} answers to 3 questions" in done[0].failure.message


def test_dialogue_holds_no_more_videos_than_it_may():
    opened: list[str] = []

    class Counts(Asks):
        def converse(self, video, context):
            opened.append(video.name)
            yield ["one"]
            return Outcome({"captions": ()})

        questions_at_once = 10_000

    running = run_stage_on(Counts(), videos(*map(str, range(200))), CONTEXT)
    next(running)
    assert MOST_OPEN <= len(opened) <= 2 * MOST_OPEN
    assert len(list(running)) == 199


def test_dialogue_of_one_video_gives_what_many_give():
    (alone,) = videos("a")
    together = list(run_stage_on(Asks(), videos("a", "b"), CONTEXT))
    assert Asks().process(alone, CONTEXT).fields in [one.outcome.fields for one in together]


def test_dialogue_outcome_with_other_fields_is_a_failure():
    class Wrong(Asks):
        def converse(self, video, context):
            yield ["x"]
            return Outcome({"scenes": ()})

    (done,) = run_stage_on(Wrong(), videos("a"), CONTEXT)
    assert (done.status, done.failure.error) == ("failed", "TypeError")


class Late(Asks):
    """Decodes a long video before it asks; the second one is taken up, and the run broken off."""

    def converse(self, video, context):
        if video.name == "long":
            apart(video.name, time.sleep, 60)
        return (yield from super().converse(video, context))


def test_dialogue_that_is_broken_off_does_not_wait_for_what_is_decoded():
    begun = time.monotonic()
    results = run_stage_on(Late(), videos("a", "long", each=8), CONTEXT)
    next(results)
    results.close()
    assert time.monotonic() - begun < 30
