"""The video is touched once, and whatever has to be touched again gives the same bytes."""

import logging
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from make_videos import shot, shots, write_video
from splitting import Openings, contexts, scan_and_split, scan_for

from ivg.detectors.hash import HashMeasure, HashRule
from ivg.errors import FrameUnavailableError
from ivg.records import Track, Video
from ivg.stage import Context, run_stage
from ivg.stages.scan import Scan
from ivg.stages.split import Split
from ivg.video import probe
from ivg.video.fetch import fetch
from ivg.video.frames import FrameStore
from ivg.video.picture import mark
from ivg.video.replay import replay
from ivg.video.sampling import inside
from ivg.video.scan import affordable

LENGTHS = (20, 150, 16, 17, 400, 15, 33)


def soft_cuts():
    """Cuts of rising strength, so that every threshold finds others; noise in between."""
    rng = np.random.default_rng(3)
    base = rng.integers(60, 190, (64, 96, 3))
    for index, length in enumerate(LENGTHS * 2):
        base = np.clip(base + rng.integers(-8 * index, 8 * index + 1, 3), 0, 255)
        for picture in shot(index, length, noise=3):
            yield (0.6 * base + 0.1 * picture + 0.3 * rng.integers(0, 9)).astype(np.uint8)


@pytest.fixture(scope="module")
def soft(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soft")
    options = {"x264-params": "keyint=60:scenecut=0:open-gop=1:bframes=3"}
    return write_video(folder / "soft.mp4", soft_cuts(), 30, options=options)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """One key frame, then bands of refreshed blocks: nothing to seek to."""
    folder = tmp_path_factory.mktemp("refreshed")
    options = {"x264-params": "intra-refresh=1:keyint=40:scenecut=0"}
    return write_video(folder / "r.mkv", soft_cuts(), 30, options=options)


def stored(split: Split, path, context: Context, hint=None):
    """What split leaves for a file: scenes, times and the bytes of its frames."""
    video = Video("v", path.name, path)
    scan = run_stage(scan_for(hint or split, hint is not False), video, context)
    done = run_stage(split, replace(video, **scan.outcome.fields), context)
    fields = done.outcome.fields
    return (
        fields["scenes"],
        fields["frame_times"].tolist(),
        context.frames.path_of("v").read_bytes(),
    )


@pytest.mark.parametrize("name", ["soft", "refreshed"])
@pytest.mark.parametrize("threshold", [3.0, 6.0, 12.0])
def test_another_threshold_first_changes_no_byte(tmp_path, request, name, threshold):
    path, wanted = request.getfixturevalue(name), Split(threshold=threshold)
    alone = stored(wanted, path, contexts(tmp_path / "alone"))
    assert len(alone[0]) > 2
    for other in (Split(threshold=40.0), Split(threshold=2.0), Split(frames_per_scene=7)):
        after = stored(wanted, path, contexts(tmp_path / str(id(other))), hint=other)
        assert after == alone


def test_without_any_frame_in_passing_the_bytes_are_the_same(tmp_path, soft):
    split = Split(threshold=6.0)
    alone = stored(split, soft, contexts(tmp_path / "alone"))
    bare = Context(FrameStore(tmp_path / "bare"))
    assert stored(split, soft, bare) == alone


def test_scan_and_split_open_a_video_once(tmp_path, soft, monkeypatch):
    openings, context = Openings(monkeypatch), contexts(tmp_path)
    stored(Split(threshold=6.0), soft, context)
    assert openings.count == 1


def test_a_sweep_decodes_once_and_seeks_for_what_is_new(tmp_path, soft, monkeypatch):
    openings, context = Openings(monkeypatch), contexts(tmp_path)
    video = Video("v", "soft", soft)
    scan = run_stage(scan_for(Split(threshold=8.0)), video, context)
    video = replace(video, **scan.outcome.fields)
    opened = []
    for _ in range(2):
        for threshold in (8.0, 6.0, 3.0, 12.0):
            own = replace(context, frames=FrameStore(tmp_path / f"{threshold}"))
            assert run_stage(Split(threshold=threshold), video, own).status == "out"
        opened.append(openings.count)
    assert opened[0] <= 4
    assert opened[1] == opened[0]  # what was fetched is at hand the second time


def test_a_foretold_sweep_opens_the_video_once_and_changes_no_byte(tmp_path, soft, monkeypatch):
    thresholds, video = (8.0, 2.0, 3.0, 6.0, 12.0), Video("v", "soft", soft)
    alone = [stored(Split(threshold=t), soft, contexts(tmp_path / f"{t}")) for t in thresholds]
    assert len({len(scenes) for scenes, _, _ in alone}) > 2
    openings, context = Openings(monkeypatch), contexts(tmp_path)
    split = Split(threshold=thresholds[0])
    scan = run_stage(Scan(split.measure, hint=split, also=thresholds[1:]), video, context)
    video = replace(video, **scan.outcome.fields)
    for threshold, expected in zip(thresholds, alone, strict=True):
        done = run_stage(Split(threshold=threshold), video, context)
        assert done.outcome.fields["frame_times"].tolist() == expected[1]
        assert context.frames.path_of("v").read_bytes() == expected[2]
    assert openings.count == 1


def test_frames_found_by_seeking_are_those_of_the_pass(tmp_path, soft, refreshed):
    for path in (soft, refreshed):
        video = Video("v", "v", path)
        track = run_stage(Scan(), video, Context(FrameStore(tmp_path))).outcome.fields["track"]
        wanted = [0, 7, 59, 60, 61, 300, len(track.pts) - 1]
        found = list(fetch(path, track, wanted))
        assert [index for index, _ in found] == wanted
        for index, picture in found:
            assert float(picture.pts * picture.time_base) == pytest.approx(track.times[index])


def test_streams_that_can_not_be_sought_are_decoded_from_the_start(tmp_path, monkeypatch):
    path = write_video(tmp_path / "raw.h264", soft_cuts(), 30, form="h264")
    split = Split(threshold=6.0)
    alone = stored(split, path, contexts(tmp_path / "alone"))
    assert stored(split, path, contexts(tmp_path / "b"), hint=Split(threshold=40.0)) == alone


def test_a_changed_file_is_told(tmp_path):
    path = write_video(tmp_path / "v.mp4", shots(30, 30), 30)
    video = Video("v", "v", path)
    track = run_stage(Scan(), video, Context(FrameStore(tmp_path))).outcome.fields["track"]
    write_video(path, shots(20, seed=9), 30)
    with pytest.raises(FrameUnavailableError, match=r"v\.mp4.*changed"):
        list(fetch(path, track, [40]))


def test_frames_that_are_gone_with_their_file_are_told(tmp_path):
    path = write_video(tmp_path / "v.mp4", shots(30, 30), 30)
    split, context = Split(), contexts(tmp_path)
    video = Video("v", "v.mp4", path)
    scan = run_stage(scan_for(split, hint=False), video, context)
    path.unlink()
    done = run_stage(split, replace(video, **scan.outcome.fields), context)
    assert done.failure.error == "FrameUnavailableError"
    assert "v.mp4" in done.failure.message


def test_kept_frames_lie_within_a_64th_of_the_scene(tmp_path):
    pictures = (np.full((64, 96, 3), 20 + i % 9, np.uint8) for i in range(700))
    path = write_video(tmp_path / "v.mp4", pictures, 30)
    done = scan_and_split(Split(frames_per_scene=5), Video("v", "v", path), contexts(tmp_path))
    (scene,) = done.outcome.fields["scenes"]
    wanted = inside(scene.start_sec, scene.end_sec, 5)
    error = np.abs(done.outcome.fields["frame_times"] - wanted).max()
    assert error <= (scene.end_sec - scene.start_sec) / 64


def test_kept_frames_lie_within_a_64th_of_a_scene_that_slows_down(tmp_path):
    """Frames are thinned by their number: the slow part's few would go with the quick one's."""
    pictures = [np.full((64, 96, 3), 20 + i % 9, np.uint8) for i in range(1400)]
    times = np.cumsum([10] * 1200 + [400] * 200).tolist()
    path = write_video(tmp_path / "v.mkv", pictures, 30, times_ms=times)
    done = scan_and_split(Split(frames_per_scene=8), Video("v", "v", path), contexts(tmp_path))
    (scene,) = done.outcome.fields["scenes"]
    wanted = np.array(inside(scene.start_sec, scene.end_sec, 8))
    kept = done.outcome.fields["frame_times"]
    assert len(kept) == 8
    assert np.abs(kept - wanted).max() <= (scene.end_sec - scene.start_sec) / 64


def test_two_that_fill_the_passing_store_at_once_get_their_own_pictures(tmp_path, soft):
    """What one has looked up stays as it was, even if the other replaces the file."""
    context = contexts(tmp_path)
    stored(Split(threshold=6.0), soft, context)
    with context.passing.opened("v") as shelf:
        before = list(shelf.frames(shelf.times))
        context.passing.write("v", [0.5], [b"other"])
        assert list(shelf.frames(shelf.times)) == before
    assert context.passing.times("v") == [0.5]


def test_a_lost_race_for_the_passing_store_costs_nothing(tmp_path):
    store = FrameStore(tmp_path)
    with store.keeping("v", alone=False) as one, store.keeping("v", alone=False) as other:
        one(1.0, b"one")
        other(2.0, b"other")
    assert store.times("v") == [1.0]


def test_damaged_frames_kept_in_passing_are_named_and_sought_anew(tmp_path, caplog):
    store = FrameStore(tmp_path)
    store.write("v", [0.5], [b"a picture"])
    path = store.path_of("v")
    offset = pq.ParquetFile(path).metadata.row_group(0).column(1).data_page_offset
    path.write_bytes(path.read_bytes()[:offset] + b"\xff" * 8 + path.read_bytes()[offset + 8 :])
    with caplog.at_level(logging.WARNING, "ivg"):
        assert store.times("v") == []
    assert "v.parquet" in caplog.text


def test_a_scene_whose_timestamps_run_backwards_keeps_frames():
    """The frame nearest of all can't be looked up, so the nearest candidate has to do."""
    pts = np.array([0, 100, 50, 1000])
    track = Track(pts, np.zeros(4), np.zeros(4), np.zeros(1), Fraction(1, 100), Fraction(25), 100)
    found = replay(track, Split(frames_per_scene=3).hinted()[0], 10.04)
    assert [scene.end_sec for scene in found.scenes] == [10.04]
    assert found.indices == [1, 3]


@pytest.mark.parametrize(("frame_bytes", "expected"), [(1_400_000, 10), (25_000_000, 1)])
def test_a_sweep_holds_no_more_pictures_than_there_is_memory_for(frame_bytes, expected):
    split = Split()
    routes = split.hinted(np.linspace(10, 50, 9))
    assert len(routes) == 10
    assert len(routes[: affordable(routes, frame_bytes)]) == expected


def test_pictures_stored_upside_down_have_marks_too(tmp_path):
    pictures = list(shots(3, 20))
    path = write_video(
        tmp_path / "v.avi",
        pictures,
        codec="rawvideo",
        pix_fmt="bgr24",
        options={"flipped_raw_rgb": "1"},
    )
    done = scan_and_split(Split(), Video("v", "v", path), contexts(tmp_path))
    assert done.status == "out", done.failure
    frame = next(av.open(str(path)).decode(video=0))
    assert frame.planes[0].line_size < 0
    assert len({mark(one) for one in av.open(str(path)).decode(video=0)}) > 2


def test_a_sweep_over_rules_too_keeps_what_each_rule_knows():
    scan = Scan(HashMeasure(), hint=Split(HashMeasure(), HashRule(), 0.3), also=[0.3, 27, 0.5])
    assert scan.also == (0.3, 0.5)


# ffmpeg knows no decoder for the first, and does not find the second
@pytest.mark.parametrize("device", ["vdpau", "cuda"])
def test_a_device_that_is_not_there_is_told_once_and_changes_nothing(
    tmp_path, soft, caplog, device
):
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is such a device")
    probe._told.clear()
    split = Split(threshold=6.0, hwaccel=device)
    context = contexts(tmp_path / "device")
    scan = Scan(hint=split, hwaccel=device)
    for name in ("v", "w"):
        video = Video(name, "soft", soft)
        with caplog.at_level(logging.WARNING):
            found = run_stage(scan, video, context)
        assert found.outcome, found.failure
        assert run_stage(split, replace(video, **found.outcome.fields), context).status == "out"
    told = [record for record in caplog.records if f"split.hwaccel={device}" in record.message]
    assert len(told) == 1
    plain = contexts(tmp_path / "plain")
    stored(Split(threshold=6.0), soft, plain)
    assert context.frames.path_of("v").read_bytes() == plain.frames.path_of("v").read_bytes()
