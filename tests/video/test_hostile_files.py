"""What a media file names is neither opened nor asked for."""

import os
import stat

import pytest
from hostile_files import playlists, with_outside_data
from web_server import serving

from ivg.errors import (
    NotAVideoError,
    TooManyPixelsError,
    TooManyStreamsError,
    TruncatedVideoError,
    VideoError,
)
from ivg.limits import Limits, use
from ivg.video.containers import CONTAINERS
from ivg.video.decode import Decoder
from ivg.video.probe import probe

KINDS = sorted(playlists(""))


@pytest.fixture
def web():
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def default_limits():
    yield
    use(Limits())


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("suffix", ["", ".mp4"])
def test_playlist_is_no_video_and_is_not_followed(tmp_path, sample, web, name, suffix):
    """Both to an address and to a good video beside it, which would decode if it were followed."""
    (tmp_path / "beside.mp4").write_bytes(sample.read_bytes())
    url = web.serve("/beside.mp4", sample.read_bytes())
    beside = tmp_path / "beside.mp4"
    for target in (url, str(beside), "beside.mp4", beside.as_uri(), "/etc/passwd"):
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(playlists(target)[name])
        with pytest.raises(VideoError, match=name):
            list(Decoder(path).frames())
    assert not web.requests


def test_mp4_with_pictures_elsewhere_is_not_followed(tmp_path, sample, web):
    """A URL is passed over, and the file's own pictures are taken; an alias leaves none."""
    beside = tmp_path / "beside.mp4"
    beside.write_bytes(sample.read_bytes())
    url = web.serve("/beside.mp4", sample.read_bytes())
    for target in (url, str(beside), "beside.mp4", beside.as_uri()):
        by_url, by_alias = with_outside_data(sample, tmp_path, target)
        path = tmp_path / "odd.mp4"
        path.write_bytes(by_url)
        assert len(list(Decoder(path).frames())) == len(
            list(Decoder(tmp_path / "plain.mp4").frames())
        )
        path.write_bytes(by_alias)
        with pytest.raises(TruncatedVideoError, match=r"odd\.mp4: only 0"):
            list(Decoder(path).frames())
    assert not web.requests


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "socket"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "odd.mp4"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        os.mknod(path, stat.S_IFSOCK | 0o600)
    with pytest.raises(NotAVideoError, match=r"odd\.mp4"):
        probe(path)


def test_no_container_is_opened_that_names_files():
    assert not set(CONTAINERS) & {"hls", "dash", "concat", "sdp", "rtsp", "image2", "lavfi", "imf"}


@pytest.mark.parametrize(
    ("limits", "error"),
    [(Limits(pixels=100), TooManyPixelsError), (Limits(streams=1), TooManyStreamsError)],
)
def test_header_beyond_the_limits_is_refused(sample, tmp_path, limits, error):
    path = two_streams(tmp_path / "two.mkv")
    assert probe(path).width == 64
    use(limits)
    with pytest.raises(error, match=r"two\.mkv.*limits\."):
        probe(path)


def two_streams(path):
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        streams = [container.add_stream("mpeg4", rate=10) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for stream in streams:
            for _ in range(3):
                picture = np.zeros((48, 64, 3), np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
    return path


def test_frames_beyond_the_limit_are_not_decoded(sample):
    from ivg.errors import TooManyFramesError

    use(Limits(frames=40))
    decoder = Decoder(sample)
    with pytest.raises(TooManyFramesError, match=r"limits\.frames=40"):
        list(decoder.frames())
    assert decoder.n_frames == 41
