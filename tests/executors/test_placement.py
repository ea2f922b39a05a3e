"""Which device each worker of a stage takes."""

from pathlib import Path

import pytest
import torch

from ivg.executors.bunches import MOST_AT_ONCE, bunches
from ivg.executors.placement import devices_for
from ivg.records import Video
from ivg.stage import Context, Stage
from ivg.video.frames import FrameStore


class Plain(Stage):
    name = "plain"

    def process(self, video, context):
        raise NotImplementedError


class Light(Plain):
    spread = False


class Model(Plain):
    questions_at_once = 8


@pytest.fixture
def machine(monkeypatch):
    """Says how many GPUs there are."""
    return lambda count: monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.parametrize(
    ("stage", "device", "gpus", "workers", "expected"),
    [
        (Plain(), "cuda", 4, 2, ["cuda", "cuda"]),
        (Model(), "cpu", 4, 2, ["cpu", "cpu"]),
        (Model(), "cuda", 4, 2, ["cuda:0", "cuda:1", "cuda:2", "cuda:3"]),
        (Model(), "cuda", 1, 8, ["cuda"]),
        (Model(), "cuda:2", 4, 8, ["cuda:2"]),
        (Model(), "cpu", 0, None, ["cpu"]),
        (Plain(), "cpu", 0, None, ["cpu"] * 3),
        (Plain(), "cpu", 0, 9, ["cpu"] * 5),
        (Light(), "cpu", 0, 9, ["cpu"]),
    ],
)
def test_models_get_one_process_a_gpu(machine, monkeypatch, stage, device, gpus, workers, expected):
    machine(gpus)
    monkeypatch.setattr("ivg.executors.placement.cores", lambda: 3)
    context = Context(FrameStore(Path("none")), device)
    assert devices_for(stage, context, workers, n_videos=5) == expected


def test_one_video_is_worked_on_in_this_process():
    assert devices_for(Plain(), Context(FrameStore(Path("none"))), 8, n_videos=1) == ["cpu"]


@pytest.mark.parametrize("n_videos", [1, 7, 40, 1000])
@pytest.mark.parametrize("workers", [1, 4])
def test_bunches_hold_every_video_once_and_leave_work_for_all(n_videos, workers):
    videos = [Video(str(i), str(i)) for i in range(n_videos)]
    found = list(bunches(Model(), videos, n_videos, workers))
    assert [video for bunch in found for video in bunch] == videos
    assert max(map(len, found)) <= MOST_AT_ONCE
    assert len(found) >= min(n_videos, 4 * workers)
    assert all(len(bunch) == 1 for bunch in bunches(Plain(), videos, n_videos, workers))
