"""Cut lists equal those of PySceneDetect, through its own backend and manager."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import av
import pytest
from detection_videos import VIDEOS
from scenedetect import (
    AdaptiveDetector,
    ContentDetector,
    HashDetector,
    HistogramDetector,
    SceneManager,
    ThresholdDetector,
)
from scenedetect.backends.pyav import VideoStreamAv
from splitting import Openings, contexts, scan_for

from ivg.detectors.adaptive import AdaptiveRule
from ivg.detectors.content import ContentMeasure, ContentRule
from ivg.detectors.hash import HashMeasure, HashRule
from ivg.detectors.histogram import HistogramMeasure, HistogramRule
from ivg.detectors.threshold import ThresholdMeasure, ThresholdRule
from ivg.records import Video
from ivg.stage import run_stage
from ivg.stages.split import Split

EDGES = ContentDetector.Components(1.0, 0.5, 1.0, 0.7)
CEILING = ThresholdDetector.Method.CEILING

DETECTORS = {
    "content": (
        ContentMeasure(),
        ContentRule(),
        lambda t, n: ContentDetector(t, n),
        (27.0, 20.0, 45.0),
    ),
    "content_edges": (
        ContentMeasure(1.0, 0.5, 1.0, 0.7, edge_width=5),
        ContentRule(),
        lambda t, n: ContentDetector(t, n, weights=EDGES, kernel_size=5),
        (27.0,),
    ),
    "content_luma": (
        ContentMeasure(0, 0, 1, 0),
        ContentRule(),
        lambda t, n: ContentDetector(t, n, luma_only=True),
        (27.0,),
    ),
    "adaptive": (
        ContentMeasure(),
        AdaptiveRule(),
        lambda t, n: AdaptiveDetector(t, n),
        (3.0, 1.5, 5.0),
    ),
    "adaptive_wide": (
        ContentMeasure(),
        AdaptiveRule(window_width=4, min_content_val=30.0),
        lambda t, n: AdaptiveDetector(t, n, window_width=4, min_content_val=30.0),
        (2.0,),
    ),
    "hash": (
        HashMeasure(),
        HashRule(),
        lambda t, n: HashDetector(t, min_scene_len=n),
        (0.35, 0.2, 0.0),
    ),
    "hash_big": (
        HashMeasure(size=16, lowpass=3),
        HashRule(),
        lambda t, n: HashDetector(t, 16, 3, n),
        (0.395,),
    ),
    "histogram": (
        HistogramMeasure(),
        HistogramRule(),
        lambda t, n: HistogramDetector(t, min_scene_len=n),
        (0.2, 0.05, 0.0),
    ),
    "histogram_coarse": (
        HistogramMeasure(bins=16),
        HistogramRule(),
        lambda t, n: HistogramDetector(t, bins=16, min_scene_len=n),
        (0.2,),
    ),
    "threshold": (
        ThresholdMeasure(),
        ThresholdRule(),
        lambda t, n: ThresholdDetector(t, n),
        (12, 60, 100),
    ),
    "threshold_biased": (
        ThresholdMeasure(),
        ThresholdRule(-0.7, "ceiling", add_final_scene=True, min_out_length=3),
        lambda t, n: ThresholdDetector(
            t, n, fade_bias=-0.7, add_final_scene=True, method=CEILING, min_out_length=3
        ),
        (120,),
    ),
}


def theirs(path: Path, detector) -> list[float]:
    manager = SceneManager()
    manager.add_detector(detector)
    manager.detect_scenes(VideoStreamAv(str(path)))
    return [start.seconds for start, _ in manager.get_scene_list(start_in_scene=True)]


@pytest.mark.parametrize(("name", "video"), list(product(DETECTORS, VIDEOS)))
def test_cuts_equal_pyscenedetects_at_any_threshold_of_one_pass(
    tmp_path, videos, monkeypatch, name, video
):
    measure, rule, make, thresholds = DETECTORS[name]
    path = videos[video]
    context = contexts(tmp_path)
    openings = Openings(monkeypatch)
    known = Video("v", video, path)
    scan = run_stage(scan_for(Split(measure, rule, thresholds[0])), known, context)
    known = replace(known, **scan.outcome.fields)
    assert openings.count == 1
    found = []
    for threshold, min_scene_len in zip(thresholds, (15, 0, 7), strict=False):
        split = Split(measure, rule, threshold, min_scene_len, min_secs=0)
        done = run_stage(split, known, context)
        starts = [scene.start_sec for scene in done.outcome.fields["scenes"]]
        expected = theirs(path, make(threshold, min_scene_len))
        assert starts == pytest.approx(expected, abs=1e-9)
        found.append(len(starts))
    assert max(found) > 1


def test_videos_are_what_they_are_called(videos):
    codecs = {}
    for name, path in videos.items():
        with av.open(str(path)) as container:
            codecs[name] = container.streams.video[0].codec_context.name
            kinds = {int(frame.pict_type) for frame in container.decode(video=0)}
        if name == "h264_b_frames":
            assert int(av.video.frame.PictureType.B) in kinds
    assert codecs == {
        "h264_b_frames": "h264",
        "mpeg4": "mpeg4",
        "vp9": codecs["vp9"],
        "variable": "h264",
        "odd_sizes": "ffv1",
    }
    assert codecs["vp9"] in {"vp9", "libvpx-vp9"}
