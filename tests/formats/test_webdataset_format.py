"""Shards as the webdataset library reads them, clips as PyAV decodes them."""

import io
import json
import os
import tarfile

import av
import numpy as np
import pytest
import webdataset
from exporting import exported, lines, row, write_run
from make_videos import cut_file, set_rotation, shots, write_sound, write_video

from ivg.errors import TooShortVideoError, TruncatedVideoError
from ivg.formats.clip import Encoding, cut
from ivg.video.decode import Decoder
from ivg.video.picture import upright_rgb

FAST = Encoding(10, "ultrafast", 0)
SECS = 4.0


def numbered(n_frames: int, size=(64, 48)):
    """Grey pictures, each lighter than the one before: a frame is known by its light."""
    for number in range(n_frames):
        yield np.full((size[1], size[0], 3), 20 + number * 200 // n_frames, np.uint8)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Four seconds at 30 frames a second, key frames seldom."""
    return write_video(tmp_path_factory.mktemp("clip") / "a.mp4", numbered(120))


def light(picture):
    return float(upright_rgb(picture).mean())


def frames_of(mp4: bytes):
    """Times and light of each frame."""
    with av.open(io.BytesIO(mp4)) as container:
        return [(frame.time, light(frame)) for frame in container.decode(video=0)]


def source_frames(path, start, end):
    """Light of the frames from `start` to `end`, decoded from the first frame on."""
    return [
        light(frame.picture)
        for frame in Decoder(path).frames()
        if start - 0.001 <= frame.time_sec < end - 0.001
    ]


@pytest.mark.parametrize(
    ("start", "end"), [(0, 4), (0, 1), (1.0, 2.5), (3.5, 4.0), (2.033, 2.067), (0.1, 3.9)]
)
def test_clip_has_the_frames_of_its_times(video, start, end):
    found = cut(video, start, end, FAST)
    expected = source_frames(video, start, end)
    times, lights = zip(*frames_of(found.mp4), strict=True)
    assert len(lights) == len(expected) == round((end - start) * 30)
    np.testing.assert_allclose(lights, expected, atol=1.0)
    np.testing.assert_allclose(times, np.arange(len(times)) / 30, atol=0.001)
    assert (found.start_sec, found.end_sec) == pytest.approx((start, end), abs=0.001)
    with av.open(io.BytesIO(found.mp4)) as container:
        assert container.duration / av.time_base == pytest.approx(end - start, abs=0.002)
        assert not container.streams.audio


def test_clip_begins_with_the_frame_on_screen(video):
    found = cut(video, 1.01, 1.99, FAST)
    assert found.start_sec == pytest.approx(1.0)
    assert found.end_sec == pytest.approx(2.0)
    np.testing.assert_allclose(frames_of(found.mp4)[0][1], source_frames(video, 1, 1.03)[0], atol=1)


def test_clip_is_the_same_bytes_each_time(video):
    assert cut(video, 0.5, 3, FAST).mp4 == cut(video, 0.5, 3, FAST).mp4


def test_clip_keeps_a_variable_frame_rate(tmp_path):
    times = [0, 40, 90, 500, 540, 1000, 1500, 1533, 2000, 2040]
    path = write_video(tmp_path / "a.mkv", numbered(10), times_ms=times)
    found = cut(path, 0.5, 2.0, FAST)
    clip_times = [time for time, _ in frames_of(found.mp4)]
    assert clip_times == pytest.approx([0, 0.04, 0.5, 1.0, 1.033], abs=0.002)
    np.testing.assert_allclose(
        [value for _, value in frames_of(found.mp4)], source_frames(path, 0.5, 2.0), atol=1
    )


@pytest.mark.parametrize("name", ["a.avi", "a.mkv", "a.ts"])
def test_clip_is_exact_in_other_containers(tmp_path, name):
    form = {"a.ts": "mpegts"}.get(name)
    codec = "mpeg4" if name == "a.avi" else "libx264"  # AVI has no times for B-frames
    path = write_video(tmp_path / name, numbered(90), form=form, codec=codec)
    found = cut(path, 1.0, 2.0, FAST)
    expected = source_frames(path, 1.0, 2.0)
    np.testing.assert_allclose([value for _, value in frames_of(found.mp4)], expected, atol=1)


def test_clip_tells_of_frames_without_a_time(tmp_path, caplog):
    path = write_video(tmp_path / "a.avi", numbered(90))
    assert 0 < len(frames_of(cut(path, 1.0, 2.0, FAST).mp4)) <= 30
    assert "frames have no time of their own" in caplog.text


def test_clip_is_upright_even_and_never_enlarged(tmp_path):
    path = write_video(tmp_path / "a.mp4", shots(20, size=(96, 64)))
    set_rotation(path, 90)
    for side, size in ((0, (64, 96)), (32, (32, 48)), (500, (64, 96))):
        found = cut(path, 0, 0.5, Encoding(20, "ultrafast", side))
        with av.open(io.BytesIO(found.mp4)) as container:
            stream = container.streams.video[0]
            assert (stream.width, stream.height) == size


def test_clip_of_a_video_that_ends_early_is_refused(tmp_path, video):
    with pytest.raises(TooShortVideoError, match="no frame from 9 to 10 s"):
        cut(video, 9, 10, FAST)
    broken = cut_file(write_video(tmp_path / "a.mkv", shots(300, 300)), 0.3)
    with pytest.raises(TruncatedVideoError):
        cut(broken, 15, 18, FAST)


@pytest.fixture
def run(tmp_path, video):
    """Rows of a video, of one that is not there, and of one without pictures."""
    rows = [
        row("a.mp4", 1.0, 2.0, (0.5, 3.0), SECS, "one"),
        row("a.mp4", 2.0, 3.5, (1.0, 4.0), SECS, 'two "quoted" <b>'),
        row("gone.mp4", 1.0, 2.0, (0.5, 3.0), SECS),
        row("sound.mp4", 1.0, 2.0, (0.5, 3.0), SECS),
        row("../a.mp4", 1.0, 2.0, (0.5, 3.0), SECS),
    ]
    paths = {"a.mp4": video, "sound.mp4": write_sound(tmp_path / "sound.mp4")}
    return write_run(tmp_path / "run", rows, {name: str(path) for name, path in paths.items()})


def samples(folder):
    shards = sorted(map(str, folder.glob("*.tar")))
    return list(webdataset.WebDataset(shards, shardshuffle=False, empty_check=False))


@pytest.mark.parametrize("clip", ["span", "segment"])
def test_webdataset_reads_rows_and_clips(tmp_path, run, video, clip):
    own = ("format.preset=ultrafast", "format.crf=10", f"format.clip={clip}")
    books = exported(run, tmp_path / "out", "webdataset", *own)["all"]
    assert (books.rows, books.written) == (5, 2)
    assert {why: len(rows) for why, rows in books.left_out.items()} == {
        "the video is not at hand (videos=FOLDER)": 2,
        "the video can't be cut: NoVideoStreamError": 1,
    }
    found = samples(tmp_path / "out")
    assert [one["__key__"] for one in found] == ["000000000", "000000001"]
    for one, expected in zip(found, lines(run / "final_dataset.jsonl"), strict=False):
        told = json.loads(one["json"])
        assert {name: told[name] for name in expected} == expected
        before = "neg_" if clip == "span" else ""
        start, end = expected[f"{before}start_sec"], expected[f"{before}end_sec"]
        assert (told["clip_start_sec"], told["clip_end_sec"]) == (start, end)
        first, last = told["segment_in_clip"]
        assert (start + first, start + last) == (expected["start_sec"], expected["end_sec"])
        lights = [value for _, value in frames_of(one["mp4"])]
        np.testing.assert_allclose(lights, source_frames(video, start, end), atol=1)


@pytest.mark.parametrize("name", ["timechat", "llava", "vtimellm"])
def test_webdataset_tells_the_id_that_other_formats_give_a_span(tmp_path, run, name):
    exported(run, tmp_path / "out", "webdataset", "format.preset=ultrafast")
    exported(run, tmp_path / "other", name, "format.window=span")
    other = json.loads((tmp_path / "other" / "all.json").read_text())
    called = [one["id"] if name == "vtimellm" else one["video"] for one in other[:2]]
    ids = [json.loads(one["json"])["clip_id"] for one in samples(tmp_path / "out")]
    assert ids == [one.removesuffix(".mp4") for one in called] == ["a_0.5_3.0", "a_1.0_4.0"]


def test_webdataset_shards_have_no_time_and_no_owner_and_are_the_same_again(tmp_path, run):
    own = ("format.preset=ultrafast", "format.shard_rows=1")
    for out in ("one", "two"):
        exported(run, tmp_path / out, "webdataset", *own)
    shards = sorted(path.name for path in (tmp_path / "one").glob("*.tar"))
    assert shards == ["all-000000.tar", "all-000001.tar"]
    for name in shards:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        with tarfile.open(tmp_path / "one" / name) as tar:
            for entry in tar.getmembers():
                owner = (entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname, entry.mode)
                assert owner == (0, 0, 0, "", "", 0o644)


def test_webdataset_takes_videos_from_a_folder_by_name_only(tmp_path, run, video):
    own = ("format.preset=ultrafast",)
    (run / "manifest.json").write_text("{}")
    books = exported(run, tmp_path / "out", "webdataset", *own, videos=video.parent)["all"]
    assert books.written == 2
    assert len(books.left_out["the video is not at hand (videos=FOLDER)"]) == 3


def test_webdataset_finds_videos_in_folders_and_by_undecodable_names(tmp_path, video):
    folder = tmp_path / "videos"
    (folder / "x").mkdir(parents=True)
    for name in (b"x/a.mp4", b"\xff.mp4", b"plain"):
        (folder / os.fsdecode(name)).write_bytes(video.read_bytes())
    names = ("x/a.mp4", "\\xff.mp4", "\udcff.mp4", "\\udcff.mp4", "plain", "gone.mp4", "a.mp4")
    rows = [row(name, 1.0, 1.2, (0.5, 1.5), SECS) for name in names]
    run = write_run(tmp_path / "run", rows)
    own = ("format.preset=ultrafast",)
    books = exported(run, tmp_path / "out", "webdataset", *own, videos=folder)["all"]
    (left_out,) = books.left_out.values()
    assert [one["video"] for one in left_out] == ["gone.mp4", "a.mp4"]


def test_webdataset_takes_no_folder_for_a_pattern(tmp_path, run):
    out = tmp_path / "100%d pipe:x"
    assert exported(run, out, "webdataset", "format.preset=ultrafast")["all"].written == 2
    assert len(samples(out)) == 2
