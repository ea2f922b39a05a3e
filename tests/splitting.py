"""Scan and split one video, as a build does."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ivg.records import Video
from ivg.stage import Context, Processed, run_stage
from ivg.stages.scan import Scan
from ivg.stages.split import Split
from ivg.video import decode, fetch, probe
from ivg.video.frames import FrameStore


def contexts(root: Path) -> Context:
    """Both frame stores, in a folder."""
    return Context(FrameStore(root / "frames"), passing=FrameStore(root / "passing"))


def scan_for(split: Split, hint: bool = True) -> Scan:
    """The scan stage that comes before a split stage."""
    return Scan(split.measure, split.frame_side, split.jpeg_quality, split if hint else None)


def scan_and_split(split: Split, video: Video, context: Context, hint: bool = True) -> Processed:
    """The result of split with what scan has found, or how scan has failed."""
    done = run_stage(scan_for(split, hint), video, context)
    if done.outcome is None:
        return done
    known = replace(video, **done.outcome.fields)
    found = run_stage(split, known, context)
    if found.outcome is None:
        return found
    light = {name: value for name, value in done.outcome.fields.items() if name != "track"}
    outcome = replace(found.outcome, fields={**light, **found.outcome.fields})
    return replace(found, outcome=outcome)


def split_file(path: Path, **options) -> dict:
    """The fields of a file that splits."""
    video = Video("v", path.name, path)
    with TemporaryDirectory() as folder:
        done = scan_and_split(Split(**options), video, contexts(Path(folder)))
    assert done.outcome is not None, done.failure or done.reason
    return dict(done.outcome.fields)


class Openings:
    """Counts how often a video is opened."""

    def __init__(self, monkeypatch) -> None:
        self.count = 0
        for module in (probe, decode, fetch):
            monkeypatch.setattr(module, "open_video", self.opened)

    def opened(self, *args, **more):
        self.count += 1
        return OPEN(*args, **more)


OPEN = probe.open_video
