"""Small stages that write down when and where they run, and lines of them for Ray."""

import logging
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivg.errors import MissingDependencyError
from ivg.identity import Identity
from ivg.pipeline import Line
from ivg.records import Video
from ivg.sources.source import Listing
from ivg.stage import Context, Drop, Outcome, Stage, Tally
from ivg.step import Step
from ivg.video.frames import FrameStore

log = logging.getLogger("ivg.noting")

WHERE = "IVG_TEST_NODE"


@dataclass(frozen=True)
class Note:
    """One line of the book: what a stage did with a video, when, where and in which process."""

    stage: str
    video: str
    what: str
    node: str
    pid: int
    parent: int
    at: float


class Noting(Stage):
    """Writes down the begin and the end of each video, and does what its name says."""

    def __init__(self, book: Path, secs: float = 0.0, crash: str = "", setup_error: str = ""):
        self.book, self.secs, self.crash, self.setup_error = book, secs, crash, setup_error

    def setup(self, context):
        if self.setup_error == self.name:
            raise MissingDependencyError(f"{self.name}.model: no checkpoint")

    def work(self, video):
        self.note(video, "begin")
        log.info("%s of %s", self.name, video.name)
        time.sleep(self.secs)
        if f"{self.name}-crash" in video.name:
            os._exit(9)
        if f"{self.name}-bug" in video.name:
            raise ZeroDivisionError("a bug")
        if f"{self.name}-drop" in video.name:
            raise Drop("no_scene")
        self.note(video, "end")

    def note(self, video, what):
        where = os.environ.get(WHERE, "-")
        words = (self.name, video.name, what, where, os.getpid(), os.getppid(), time.time())
        with self.book.open("a") as file:
            file.write(" ".join(map(str, words)) + "\n")


class Scan(Noting):
    name = "scan"
    produces = ("duration", "features")

    def process(self, video, context):
        self.work(video)
        number = float(sum(map(ord, video.name)))
        return Outcome({"duration": number, "features": np.full((1, 2), number)})


class Embed(Noting):
    name = "embed"
    produces = ("fps",)
    needs = ("features",)
    questions_at_once = 4

    def process(self, video, context):
        raise NotImplementedError

    def converse(self, video, context):
        self.work(video)
        (answer,) = yield [video.features.sum() + video.duration]
        return Outcome({"fps": answer}, (Tally("scene", 2, 1, {"too_short": 1}),))

    def answer(self, questions):
        return [float(question) for question in questions]


class Merge(Noting):
    name = "merge"
    produces = ("neighbour_similarity",)
    spread = False

    def process(self, video, context):
        self.work(video)
        return Outcome({"neighbour_similarity": np.array([video.fps])})


class Meet(Noting):
    """Ends only once two processes have begun; tells whether it was given a GPU."""

    name = "embed"
    produces = ("fps",)
    questions_at_once = 4

    def process(self, video, context):
        self.note(video, "begin")
        ends = time.monotonic() + 120
        while len({note.pid for note in notes(self.book.parent)}) < 2:
            if time.monotonic() > ends:
                raise TimeoutError("nobody came")
            time.sleep(0.05)
        return Outcome({"fps": float(context.device == "cuda")})


class Names:
    """A source of videos that are only names."""

    provides = ()

    def __init__(self, names) -> None:
        self.names = names

    def list_videos(self, store_dir: Path) -> Listing:
        videos = tuple(Video(id=f"id-{name}", name=name) for name in self.names)
        return Listing(videos, Tally("video", len(videos), len(videos)))


def chain(here: Path, executor, stages=(Scan, Embed, Merge), store=None, **config) -> Line:
    steps, upstream = [], ""
    for kind in stages:
        stage = kind(here / "book", **config)
        steps.append(Step(stage, Identity(stage.name, {"version": 1}, upstream)))
        upstream = steps[-1].identity.key
    store = store or here / "store"
    return Line(steps, executor, Context(FrameStore(store / "frames")), store)


def notes(here: Path) -> list[Note]:
    lines = (here / "book").read_text().splitlines() if (here / "book").exists() else []
    words = (line.split() for line in lines)
    return [Note(*row[:4], int(row[4]), int(row[5]), float(row[6])) for row in words]


def times(here: Path) -> Counter:
    """How often each stage has begun with each video."""
    return Counter((note.stage, note.video) for note in notes(here) if note.what == "begin")


def found(line: Line) -> list[tuple]:
    """All that is known of the videos left."""
    return [
        (video.name, video.duration, video.fps, video.neighbour_similarity.tolist())
        for video in line.videos
    ]


def booked(line: Line) -> list[tuple]:
    return [(one.stage, one.videos, one.units, one.computed) for one in line.ledgers]
