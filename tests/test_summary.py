"""What a run leaves beside its data."""

from pathlib import Path

from ivg.books import Ledger
from ivg.executors.local import LocalExecutor
from ivg.pipeline import Line
from ivg.stage import Context, Failure
from ivg.summary import in_order
from ivg.video.frames import FrameStore


def test_failures_are_in_the_order_of_stages_and_videos_whoever_met_them_first(tmp_path):
    line = Line([], LocalExecutor(), Context(FrameStore(Path("none"))), tmp_path)
    line.ledgers = [Ledger("scan"), Ledger("caption")]
    met = [("caption", "a"), ("scan", "c"), ("caption", "b"), ("scan", "b")]
    line.failures = [Failure(stage, video, "E", "no") for stage, video in met]
    found = [(one.stage, one.video) for one in in_order(line)]
    assert found == [("scan", "b"), ("scan", "c"), ("caption", "a"), ("caption", "b")]
