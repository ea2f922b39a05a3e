"""ffmpeg and the JavaScript runtime come with the install and yt-dlp finds them."""

import threading
from pathlib import Path

import av
import numpy as np
from yt_dlp.postprocessor.ffmpeg import FFmpegMergerPP, FFmpegPostProcessor

from ivg.download.session import Session, options
from ivg.download.settings import DownloadSettings


def test_tools_ffmpeg_is_found_by_yt_dlp() -> None:
    session = Session(DownloadSettings(), "", threading.Event())
    tool = FFmpegPostProcessor(session.ydl)
    assert tool.available
    assert Path(tool.executable).is_file()
    session.close()


def test_tools_ffmpeg_joins_picture_and_sound(tmp_path: Path, tiny_clips: list[bytes]) -> None:
    picture, sound = tmp_path / "x.f1.mp4", tmp_path / "x.f2.wav"
    picture.write_bytes(tiny_clips[0])
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.int16), "s16", "mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
    session = Session(DownloadSettings(), "", threading.Event())
    FFmpegMergerPP(session.ydl).run(
        {
            "filepath": str(tmp_path / "x.mkv"),
            "__files_to_merge": [str(picture), str(sound)],
            "requested_formats": [
                {"vcodec": "mpeg4", "acodec": "none", "ext": "mp4", "protocol": "https"},
                {"vcodec": "none", "acodec": "pcm", "ext": "wav", "protocol": "https"},
            ],
            "ext": "mkv",
        }
    )
    session.close()
    with av.open(str(tmp_path / "x.mkv")) as joined:
        assert [stream.type for stream in joined.streams] == ["video", "audio"]


def test_tools_javascript_runtime_is_found_by_yt_dlp() -> None:
    session = Session(DownloadSettings(), "", threading.Event())
    runtime = session.ydl._js_runtimes["deno"].info
    session.close()
    assert runtime is not None
    assert runtime.supported


def test_tools_settings_become_options() -> None:
    settings = DownloadSettings(
        rate_limit=1e6, sleep_interval=2, max_sleep_interval=5, retries=7, timeout_secs=9
    )
    given = options(settings)
    assert given["format_sort"] == ["+res:720", "fps"]
    assert (given["ratelimit"], given["socket_timeout"]) == (1e6, 9)
    assert (given["sleep_interval"], given["max_sleep_interval"]) == (2, 5)
    assert given["retries"] == given["fragment_retries"] == 7
    assert given["retry_sleep_functions"]["http"](n=2) == 4 * settings.backoff_secs
