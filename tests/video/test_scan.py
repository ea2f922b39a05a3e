import threading
from pathlib import Path

import av
import numpy as np
import pytest
from make_videos import shot, shots, write_video
from scenedetect import ContentDetector, SceneManager
from scenedetect.backends.pyav import VideoStreamAv
from splitting import scan_and_split, split_file

from ivg.detectors.content import ContentMeasure, ContentRule
from ivg.errors import TruncatedVideoError
from ivg.records import Video
from ivg.stages.split import Split
from ivg.video.candidates import BUDGET_BYTES, MAX_CANDIDATES, Candidates
from ivg.video.decode import Decoder, Frame
from ivg.video.picture import from_jpeg
from ivg.video.prefetch import prefetch
from ivg.video.sampling import inside
from ivg.video.scan import scan
from ivg.video.walk import Route


def reference_scenes(path: Path, threshold: float = 27.0, min_scene_len: int = 15):
    """Scenes by PySceneDetect alone, through its own backend and manager."""
    manager = SceneManager()
    manager.add_detector(ContentDetector(threshold=threshold, min_scene_len=min_scene_len))
    manager.detect_scenes(VideoStreamAv(str(path)))
    return [start.seconds for start, _ in manager.get_scene_list(start_in_scene=True)]


def our_starts(path: Path, **changes):
    fields = split_file(path, min_secs=0, **changes)
    return [scene.start_sec for scene in fields["scenes"]]


def kept(path: Path, context, k: int):
    """The frames of a file, at `k` positions a scene."""
    split = Split(frames_per_scene=k, frame_side=32, jpeg_quality=80)
    done = scan_and_split(split, Video("v", path.name, path), context)
    with context.frames.opened("v") as shelf:
        assert list(shelf.times) == done.outcome.fields["frame_times"].tolist()
        return done.outcome.fields["scenes"], dict(shelf.frames(shelf.times))


def flicker(seed: int, n_frames: int, size: tuple[int, int]):
    """Noise of changing strength, flashes, fades and short shots: scores around the threshold."""
    rng = np.random.default_rng(seed)
    left = 0
    for _ in range(n_frames):
        if left == 0:
            left = int(rng.integers(1, 40))
            pictures = shot(int(rng.integers(1 << 30)), left, size, int(rng.integers(1, 90)))
        left -= 1
        yield next(pictures)


@pytest.mark.parametrize("min_scene_len", [0, 8, 15])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
def test_cuts_equal_pyscenedetects_on_noisy_videos(tmp_path, seed, min_scene_len):
    size = [(96, 64), (320, 200), (322, 242), (64, 400)][seed]
    path = write_video(tmp_path / "n.mp4", flicker(seed, 260, size), options={})
    expected = reference_scenes(path, min_scene_len=min_scene_len)
    assert len(expected) > 1
    assert our_starts(path, min_scene_len=min_scene_len) == expected


def test_cuts_equal_pyscenedetects_at_a_variable_rate(tmp_path):
    rng = np.random.default_rng(7)
    times = np.cumsum(rng.integers(5, 90, 240)).tolist()
    path = write_video(tmp_path / "v.mkv", flicker(9, 240, (96, 64)), times_ms=times)
    expected = reference_scenes(path)
    assert len(expected) > 1
    assert our_starts(path) == pytest.approx(expected, abs=1e-9)


def test_cuts_equal_pyscenedetects_on_the_sample(sample):
    assert our_starts(sample) == reference_scenes(sample)


def test_frames_of_another_size_are_passed_over():
    def picture(width):
        return av.VideoFrame.from_ndarray(np.zeros((8, width, 3), np.uint8))

    meter = ContentMeasure().meter()
    assert meter.push(picture(8)) == [0.0]
    assert np.isnan(meter.push(picture(16))).all()
    assert meter.push(picture(8)) == [0.0]


def test_kept_frames_lie_near_the_wanted_times_and_in_their_scene(tmp_path, context):
    lengths = (20, 150, 16, 17, 400, 15)
    path = write_video(tmp_path / "v.mp4", shots(*lengths), fps=30)
    scenes, jpegs = kept(path, context, 3)
    assert [round(30 * (s.end_sec - s.start_sec)) for s in scenes] == list(lengths)
    times = np.array(sorted(jpegs))
    assert len(times) == 3 * len(lengths)
    for scene in scenes:
        own = times[(times >= scene.start_sec) & (times < scene.end_sec)]
        allowed = max((scene.end_sec - scene.start_sec) / 64, 0.5 / 30) + 1e-6
        np.testing.assert_allclose(
            own, inside(scene.start_sec, scene.end_sec, 3), atol=allowed, rtol=0
        )


def test_kept_frames_show_their_own_moment(tmp_path, context):
    greys = (np.full((64, 64, 3), 2 * i, np.uint8) for i in range(120))
    path = write_video(tmp_path / "ramp.mp4", greys, fps=30)
    _, jpegs = kept(path, context, 5)
    assert len(jpegs) == 5
    for time, jpeg in jpegs.items():
        assert from_jpeg(jpeg).mean() == pytest.approx(2 * 30 * time, abs=3)


def test_no_thread_outlives_a_failed_scan(tmp_path):
    path = write_video(tmp_path / "cut.mkv", shots(30, 30, size=(160, 120)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TruncatedVideoError):
        scan(Decoder(path), ContentMeasure().meter(), [], lambda *_: None)
    assert "ivg-decode" not in {t.name for t in threading.enumerate()}


def test_no_thread_or_file_outlives_a_scan_that_its_taker_gives_up(tmp_path):
    path = write_video(tmp_path / "v.mp4", shots(60, 60))

    def fail(*_):
        raise RuntimeError("enough")

    routes = [Route(ContentRule().finder(27.0, 15), lambda scene: [0.0], 0)]

    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(RuntimeError, match="enough"):
        scan(Decoder(path), ContentMeasure().meter(), routes, fail)
    assert "ivg-decode" not in {t.name for t in threading.enumerate()}
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_prefetch_gives_all_items_and_then_the_error():
    def source():
        yield from range(20)
        raise ValueError("late")

    taken = []
    with pytest.raises(ValueError, match="late"), prefetch(source(), 3) as items:
        taken.extend(items)
    assert taken == list(range(20))


def test_prefetch_closes_its_source_when_left_early():
    closed = threading.Event()

    def source():
        try:
            yield from range(1000)
        finally:
            closed.set()

    with prefetch(source(), 2) as items:
        assert next(items) == 0
    assert closed.is_set()


def frames(n: int, start: int = 0):
    return (Frame(None, i, 1, float(i), 1.0) for i in range(start, start + n))


@pytest.mark.parametrize("frame_bytes", [1000, 3840 * 2160 * 3 // 2])
@pytest.mark.parametrize("n", [1, 10, 79, 80, 81, 500, 5000])
def test_candidates_stay_bounded_and_even(n, frame_bytes):
    candidates = Candidates(15, frame_bytes)
    for frame in frames(n):
        candidates.add(frame)
    pts = [f.pts for f in candidates.close_last()]
    assert len(pts) <= MAX_CANDIDATES + 17
    assert pts[0] == 0
    assert pts[-1] == n - 1
    assert max(np.diff([*pts, n])) <= max(1, n / 32)


def test_candidates_after_a_late_cut_belong_to_the_next_scene():
    candidates = Candidates(lag=15, frame_bytes=1000)
    for frame in frames(1000):
        candidates.add(frame)
    closed = [f.pts for f in candidates.close_scene(990)]
    assert max(closed) == 989
    for frame in frames(5, 1000):
        candidates.add(frame)
    assert [f.pts for f in candidates.close_last()] == list(range(990, 1005))


@pytest.mark.parametrize("lag", [0, 15, 300])
def test_candidates_of_big_frames_keep_to_the_budget(lag):
    size = 50_000_000
    candidates = Candidates(lag, size)
    held = 0
    for frame in frames(700):
        candidates.add(frame)
        held = max(held, len(candidates.old) + len(candidates.recent))
    assert held * size <= 1.2 * BUDGET_BYTES
    assert len(candidates.close_last()) >= 5


def test_decoder_counts_are_those_of_the_scan(sample):
    decoder = Decoder(sample)
    n = sum(1 for _ in decoder.frames())
    assert (n, decoder.n_frames, decoder.n_errors) == (1374, 1374, 0)
