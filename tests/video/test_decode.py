import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from make_videos import cut_file, set_rotation, shot, shots, write_sound, write_video

from ivg.errors import (
    EmptyFileError,
    NotAVideoError,
    NoVideoStreamError,
    TruncatedVideoError,
)
from ivg.video.decode import Decoder, frames_at
from ivg.video.picture import upright_rgb
from ivg.video.probe import open_video, probe

IN_FRONT = {"movflags": "faststart"}


def n_open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def decoded(path):
    decoder = Decoder(path)
    return decoder, list(decoder.frames())


def test_decode_gives_times_rate_and_duration_of_the_sample(sample):
    decoder, frames = decoded(sample)
    assert len(frames) == 1374
    assert frames[0].time_sec == 0.0
    assert decoder.end_sec == pytest.approx(45.8)
    assert decoder.fps == 30.0


def test_decode_normalises_the_start_offset(tmp_path):
    times = [2000 + 40 * i for i in range(10)]
    path = write_video(tmp_path / "late.mkv", shot(0, 10), 25, times_ms=times)
    decoder, frames = decoded(path)
    assert [f.time_sec for f in frames] == pytest.approx([0.04 * i for i in range(10)])
    assert decoder.end_sec == pytest.approx(0.4)


def test_decode_follows_a_variable_frame_rate(tmp_path):
    times = [0, 40, 80, 1080, 1100, 1120, 2000, 2033]
    path = write_video(tmp_path / "vfr.mkv", shot(0, 8), 30, times_ms=times)
    decoder, frames = decoded(path)
    assert [f.time_sec for f in frames] == pytest.approx([t / 1000 for t in times])
    assert decoder.end_sec >= 2.033


@pytest.mark.parametrize("name", ["raw.h264", "raw.mjpeg", "one.mkv"])
def test_decode_survives_a_header_without_a_rate(tmp_path, name):
    codec, pix_fmt = ("mjpeg", "yuvj420p") if name == "raw.mjpeg" else ("libx264", "yuv420p")
    form = {"raw.h264": "h264", "raw.mjpeg": "mjpeg", "one.mkv": "matroska"}[name]
    pictures = shot(0, 1 if name == "one.mkv" else 12)
    path = write_video(tmp_path / name, pictures, 30, codec, pix_fmt, form=form)
    decoder, frames = decoded(path)
    assert decoder.fps > 0
    assert decoder.end_sec > 0
    times = [f.time_sec for f in frames]
    assert times == sorted(set(times))


def test_decode_takes_the_rate_from_packets_where_nothing_is_told(tmp_path, monkeypatch):
    path = write_video(tmp_path / "v.mkv", shot(0, 20), 20, times_ms=range(0, 1000, 50))
    from ivg.video import decode

    assert decode._rate_of_packets(path) == Fraction(20)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pictures_are_upright_as_ffmpeg_shows_them(tmp_path, degrees):
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:16, :32] = (255, 0, 0)
    path = set_rotation(write_video(tmp_path / "r.mp4", [picture] * 3), degrees)
    ours = upright_rgb(decoded(path)[1][0].picture)
    turned = degrees % 180 != 0
    assert ours.shape == ((96, 64, 3) if turned else (64, 96, 3))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-frames:v", "1"]
    raw = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    ).stdout
    theirs = np.frombuffer(raw, np.uint8).reshape(ours.shape)
    assert np.abs(ours.astype(int) - theirs).mean() < 3


NAMES = [
    "with space.mp4",
    "-leading.mp4",
    'it\'s "quoted".mp4',
    "hash#1.mp4",
    "emoji😀.mp4",
    "http:colon:.mp4",
    "pattern%03d.mp4",
    "percent%.mp4",
    "back\\slash.mp4",
    "*?[a].mp4",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_opens(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / name, shot(0, 4))
    assert probe(Path(name)).width == 96


def test_empty_file_is_named(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(EmptyFileError, match=r"empty\.mp4.*again"):
        probe(path)


@pytest.mark.parametrize("text", ["just some words\n" * 50, "x", "\0" * 5000])
def test_other_bytes_are_no_video(tmp_path, text):
    path = tmp_path / "notes.mp4"
    path.write_text(text)
    with pytest.raises(NotAVideoError, match=r"notes\.mp4"):
        probe(path)


def test_missing_file_and_folder_are_no_videos(tmp_path):
    with pytest.raises(NotAVideoError, match="gone"):
        probe(tmp_path / "gone.mp4")
    with pytest.raises(NotAVideoError, match="no regular file"):
        probe(tmp_path)


def test_sound_alone_is_no_video(tmp_path):
    with pytest.raises(NoVideoStreamError, match=r"sound\.mp4.*sound"):
        probe(write_sound(tmp_path / "sound.mp4"))


PLAYLISTS = {
    "concat": "ffconcat version 1.0\nfile good.mp4\n",
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\ngood.mp4\n"
    "#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


@pytest.mark.parametrize("kind", sorted(PLAYLISTS))
def test_a_playlist_opens_no_other_file(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "good.mp4", shot(0, 4))
    path = tmp_path / "list.m3u8"
    path.write_text(PLAYLISTS[kind])
    with pytest.raises(NotAVideoError, match=r"list\.m3u8"):
        probe(path)


@pytest.mark.parametrize(
    ("options", "share"), [({}, 0.6), (IN_FRONT, 0.6), (IN_FRONT, 0.97), ({}, 0.02)]
)
def test_cut_off_mp4_is_told_before_decoding(tmp_path, options, share):
    path = write_video(tmp_path / "cut.mp4", shots(20, 20), options=options)
    cut_file(path, share)
    with pytest.raises(TruncatedVideoError, match=r"cut\.mp4 is cut off.*again"):
        probe(path)


@pytest.mark.parametrize("sound_secs", [0, 2])
def test_cut_off_matroska_is_told_by_its_duration(tmp_path, sound_secs):
    pictures = shots(30, 30, size=(160, 120))
    path = write_video(tmp_path / "cut.mkv", pictures, form="matroska", sound_secs=sound_secs)
    cut_file(path, 0.5)
    with pytest.raises(TruncatedVideoError, match=r"cut\.mkv: only"):
        decoded(path)


def test_whole_files_with_longer_sound_are_not_cut_off(tmp_path):
    for name, form in (("long.mkv", "matroska"), ("long.mp4", "mp4"), ("long.flv", "flv")):
        path = write_video(tmp_path / name, shots(15), form=form, sound_secs=3.0)
        assert len(decoded(path)[1]) == 15


def test_corrupt_packets_in_the_middle_are_counted_and_skipped(tmp_path, caplog):
    options = {"movflags": "faststart"}
    path = write_video(tmp_path / "bad.mp4", shots(20, 20, 20), codec="mpeg4", options=options)
    with open_video(path) as (container, stream):
        packets = [(p.pos, p.size) for p in container.demux(stream) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets[25:27]:
        data[position : position + size] = bytes(size)
    path.write_bytes(data)
    decoder, frames = decoded(path)
    assert decoder.n_errors == 2
    assert len(frames) >= 57
    assert decoder.end_sec == pytest.approx(2.0)
    assert "bad.mp4: skipped 2 corrupt packets" in caplog.text


def test_title_in_another_encoding_costs_no_video(tmp_path):
    path = write_video(tmp_path / "latin.mkv", shots(30))
    whole = path.read_bytes()
    assert b"Lavf" in whole
    path.write_bytes(whole.replace(b"Lavf", b"L\xe9vf"))
    assert len(decoded(path)[1]) == 30


def test_sound_that_begins_in_the_middle_costs_no_picture(tmp_path):
    """PyAV knows no stream that comes after the header."""
    path = write_video(tmp_path / "late.flv", shots(200), codec="flv")
    whole = path.read_bytes()
    at = 13  # after the header; then tags of 11 bytes, content and 4 bytes
    while at < 0.8 * len(whole):
        at += 15 + int.from_bytes(whole[at + 1 : at + 4], "big")
    sound = b"\x2f" + bytes(99)
    tag = b"\x08" + len(sound).to_bytes(3, "big") + bytes(7) + sound + (111).to_bytes(4, "big")
    path.write_bytes(whole[:at] + tag * 20 + whole[at:])
    assert len(decoded(path)[1]) == 200


def test_nothing_but_corrupt_packets_is_an_error(tmp_path):
    path = write_video(tmp_path / "dead.mp4", shots(20), codec="mpeg4", options=IN_FRONT)
    with open_video(path) as (container, stream):
        packets = [(p.pos, p.size) for p in container.demux(stream) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets:
        data[position : position + size] = bytes(size)
    path.write_bytes(data)
    with pytest.raises(TruncatedVideoError, match=r"dead\.mp4"):
        decoded(path)


def test_frames_at_picks_nearest_and_on_screen(tmp_path):
    times = [0, 100, 200, 2000, 2100]
    greys = [np.full((64, 64, 3), 40 * i, np.uint8) for i in range(5)]
    path = write_video(tmp_path / "v.mkv", greys, 10, times_ms=times, form="matroska")
    found = frames_at(path, [0.04, 0.19, 1.0, 2.1, 9.0], 0.05)
    levels = {time: round(float(image.mean()) / 40) for time, image in found.items()}
    assert levels == {0.04: 0, 0.19: 2, 1.0: 2, 2.1: 4}


def test_nothing_stays_open(tmp_path):
    path = write_video(tmp_path / "v.mp4", shots(20))
    before = n_open_files()
    for _ in range(5):
        next(Decoder(path).frames())
        frames_at(path, [0.1], 0.02)
        probe(path)
    assert n_open_files() == before
