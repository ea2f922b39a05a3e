"""A store that lost what lies outside its rows: what is gone is computed again, and only that."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ivg.executors.local import LocalExecutor
from ivg.identity import Identity
from ivg.pipeline import Line
from ivg.records import Scene, Video
from ivg.sources.source import Listing
from ivg.stage import Context, Outcome, Stage, Tally
from ivg.step import Step
from ivg.store import Table
from ivg.video.frames import FrameStore

NAMES = ("a", "b", "c")


class Names:
    """A source of videos that are only names."""

    provides = ()

    def list_videos(self, store_dir: Path) -> Listing:
        videos = tuple(Video(id=f"id-{name}", name=name) for name in NAMES)
        return Listing(videos, Tally("video", len(videos), len(videos)))


class Keep(Stage):
    """Keeps a file a video, as the split stage does; each time it runs the scene is longer."""

    name = "split"
    produces = ("scenes",)

    def __init__(self, kept: Path) -> None:
        self.kept = kept

    def is_complete(self, video_id, context):
        return (self.kept / video_id).exists()

    def process(self, video, context):
        lasted = self.kept / f"{video.name}.secs"
        secs = float(lasted.read_text()) + 1 if lasted.exists() else 1.0
        lasted.write_text(str(secs))
        (self.kept / video.id).touch()
        return Outcome({"scenes": (Scene(0.0, secs),)}, (Tally("scene", 1, 1),))


def run(here: Path) -> Line:
    (here / "kept").mkdir(exist_ok=True)
    steps = [Step(Keep(here / "kept"), Identity("split", {}, ""))]
    line = Line(steps, LocalExecutor(), Context(FrameStore(here / "frames")), here / "store")
    line.run(Names())
    return line


def secs(line: Line) -> list[float]:
    return [video.scenes[0].end_sec for video in line.videos]


@pytest.mark.parametrize("lost", [("b",), ("a", "c"), NAMES])
def test_healed_store_stays_healed(tmp_path, lost):
    assert run(tmp_path).ledgers[-1].computed == 3
    for name in lost:
        (tmp_path / "kept" / f"id-{name}").unlink()
    expected = [2.0 if name in lost else 1.0 for name in NAMES]
    for computed in (len(lost), 0, 0):
        line = run(tmp_path)
        assert line.ledgers[-1].computed == computed
        assert line.ledgers[-1].videos == Tally("video", 3, 3)
        assert line.ledgers[-1].units["scene"] == Tally("scene", 3, 3)
        assert secs(line) == expected


def test_healed_store_holds_one_row_a_video(tmp_path):
    line = run(tmp_path)
    for _ in range(3):
        (tmp_path / "kept" / "id-b").unlink()
        line = run(tmp_path)
    table = Table(tmp_path / "store", line.steps[0].identity, ("scenes",))
    ids = table.index()
    assert sorted(done.video_id for done in table.scan(ids, [])) == ["id-a", "id-b", "id-c"]
    assert secs(line) == [1.0, 4.0, 1.0]
    (part,) = table.dir.glob("part-*.parquet")
    assert pq.read_metadata(part).num_rows == 3
