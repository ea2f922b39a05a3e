"""Split on generated videos, good and bad."""

import resource
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from make_videos import cut_file, set_rotation, shot, shots, write_sound, write_video
from splitting import scan_and_split

from ivg.stages.split import Split


def split(path, context, as_video, **options):
    return scan_and_split(Split(**options), as_video(path), context)


def test_split_without_a_cut_is_one_scene(tmp_path, context, as_video):
    path = write_video(tmp_path / "calm.mp4", shot(0, 40))
    done = split(path, context, as_video)
    (scene,) = done.outcome.fields["scenes"]
    assert (scene.start_sec, scene.end_sec) == pytest.approx((0.0, 40 / 30))


def test_split_without_a_cut_is_lost_as_published(tmp_path, context, as_video):
    path = write_video(tmp_path / "calm.mp4", shot(0, 40))
    done = split(path, context, as_video, whole_video_is_scene=False)
    assert (done.status, done.reason) == ("dropped", "no_cut")


def test_split_keeps_short_scenes_known(tmp_path, context, as_video):
    path = write_video(tmp_path / "v.mp4", shots(30, 20, 30), fps=60)
    done = split(path, context, as_video)
    fields = done.outcome.fields
    assert [s.start_sec for s in fields["scenes"]] == pytest.approx([0.0, 50 / 60])
    assert [s.start_sec for s in fields["dropped_scenes"]] == pytest.approx([0.5])
    (tally,) = done.outcome.tallies
    assert (tally.n_in, tally.n_out, tally.dropped) == (3, 2, {"too_short": 1})
    assert tally.balanced
    assert len(fields["frame_times"]) == 6


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_split_keeps_scenes_of_exactly_min_secs(tmp_path, context, as_video, fps):
    half = (fps + 1) // 2 * 2 // 2
    path = write_video(tmp_path / "v.mp4", shots(*[half] * 8), fps=fps)
    done = split(path, context, as_video, min_secs=half / fps, min_scene_len=5)
    assert len(done.outcome.fields["scenes"]) == 8


def test_split_of_too_short_a_video_fails_by_name(tmp_path, context, as_video):
    path = write_video(tmp_path / "one.mp4", shot(0, 1))
    done = split(path, context, as_video)
    assert (done.status, done.failure.error) == ("failed", "TooShortVideoError")
    assert "one.mp4 lasts 0.033 s" in done.failure.message


def test_split_of_one_frame_works_where_short_scenes_are_wanted(tmp_path, context, as_video):
    path = write_video(tmp_path / "one.mp4", shot(0, 1))
    fields = split(path, context, as_video, min_secs=0).outcome.fields
    assert fields["duration"] == pytest.approx(1 / 30)
    assert fields["frame_times"].tolist() == [0.0]


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (4097, 3), (33, 257), (2, 700)])
def test_split_of_odd_sizes_works(tmp_path, context, as_video, size):
    pictures = shots(20, 20, size=size)
    path = write_video(tmp_path / "odd.mkv", pictures, codec="ffv1", pix_fmt="bgr0")
    done = split(path, context, as_video)
    assert len(done.outcome.fields["scenes"]) == 2
    video = as_video(path)
    image = context.frames.read(_with(video, done), [0])[0]
    width, height = size
    assert min(image.shape[:2]) == min(384, width, height)


def _with(video, done):
    from dataclasses import replace

    return replace(video, **done.outcome.fields)


def test_split_keeps_upright_small_pictures(tmp_path, context, as_video):
    pictures = (np.full((64, 96, 3), 100, np.uint8) for _ in range(20))
    path = set_rotation(write_video(tmp_path / "r.mp4", pictures), 90)
    done = split(path, context, as_video, frame_side=32)
    image = context.frames.read(_with(as_video(path), done), [0])[0]
    assert image.shape == (48, 32, 3)


def test_split_follows_a_variable_frame_rate(tmp_path, context, as_video):
    times = [*range(0, 2000, 100), *range(2000, 3000, 20), *range(3000, 6000, 150)]
    path = write_video(tmp_path / "v.mkv", shots(20, 50, 20), times_ms=times)
    fields = split(path, context, as_video).outcome.fields
    assert [s.start_sec for s in fields["scenes"]] == pytest.approx([0.0, 2.0, 3.0])
    assert fields["duration"] == pytest.approx(6.0, abs=0.16)
    assert fields["fps"] == pytest.approx(90 / 6, rel=0.05)


def test_split_survives_no_rate_in_the_header(tmp_path, context, as_video):
    path = write_video(tmp_path / "raw.h264", shots(30, 30), fps=25, form="h264")
    fields = split(path, context, as_video).outcome.fields
    assert len(fields["scenes"]) == 2
    assert fields["fps"] > 0


def test_split_of_published_positions_keeps_the_exact_frames(tmp_path, context, as_video):
    path = write_video(tmp_path / "v.mp4", shots(40, 61, 16), fps=30)
    done = split(path, context, as_video, positions="published", decimals=3)
    frames = np.round(done.outcome.fields["frame_times"] * 30).astype(int).tolist()
    # frame numbers of the rounded times 0, 1.333, 3.367 and 3.9 s: 0, 39, 101 and 117
    first = {10, 20, 30} | {9, 18, 27} | {20}
    second = {55, 71, 87} | {54, 69, 84} | {70}
    third = {106, 111, 116} | {105, 109, 113} | {109}
    assert frames == sorted(first | second | third)


def test_split_rounds_scenes_before_it_compares_them(tmp_path, context, as_video):
    path = write_video(tmp_path / "v.mp4", shots(40, 40), fps=30)
    scenes = split(path, context, as_video, decimals=1).outcome.fields["scenes"]
    assert [(s.start_sec, s.end_sec) for s in scenes] == [(0.0, 1.3), (1.3, 2.7)]


def make_text(path):
    path.write_text("not a video\n" * 99)
    return path


def make_empty(path):
    path.touch()
    return path


def make_cut(path):
    return cut_file(write_video(path, shots(20, 20)), 0.6)


def make_cut_with_index_in_front(path):
    return cut_file(write_video(path, shots(20, 20), options={"movflags": "faststart"}), 0.6)


BAD = {
    "NotAVideoError": [make_text],
    "EmptyFileError": [make_empty],
    "NoVideoStreamError": [write_sound],
    "TruncatedVideoError": [make_cut, make_cut_with_index_in_front],
}


@pytest.mark.parametrize(
    ("error", "make"), [(error, make) for error, makers in BAD.items() for make in makers]
)
def test_split_of_a_bad_file_fails_by_name(tmp_path, context, as_video, error, make):
    path = make(tmp_path / "bad #1 😀.mp4")
    done = split(path, context, as_video)
    assert done.status == "failed"
    assert done.failure.error == error
    assert "bad #1 😀.mp4" in done.failure.message
    assert done.failure.traceback == ""
    assert not list(tmp_path.rglob("*.parquet"))


def test_split_of_many_videos_leaks_nothing(tmp_path, context, as_video):
    good = write_video(tmp_path / "good.mp4", shots(20, 20, 20, size=(320, 240)))
    bad = cut_file(write_video(tmp_path / "bad.mkv", shots(40)), 0.5)
    counts, memory = [], []
    for _ in range(4):
        for path in (good, bad) * 5:
            split(path, context, as_video)
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
        memory.append(resident_bytes())
    assert len(set(counts)) == 1
    assert all(after - before < 15e6 for before, after in pairwise(memory[1:]))


def resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()
