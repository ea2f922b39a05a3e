"""Downloads over connections that are slow, busy or broken off."""

import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from downloads import answer_rest, archive, cut_half_way, errors, video_files


def test_download_429_then_success(web, fetch, tiny_clips) -> None:
    def route(handler: Any) -> None:
        handler.answer(429) if handler.count <= 2 else handler.answer(200, tiny_clips[0])

    listing = fetch(web.add("/busy.mp4", route))
    assert [video.path.read_bytes() for video in listing.videos] == [tiny_clips[0]]
    assert listing.failures == ()


def test_download_429_always_gives_up_and_is_not_remembered(web, fetch, tmp_path) -> None:
    url = web.add("/busy.mp4", lambda handler: handler.answer(429))
    assert errors(fetch(url)) == ["RateLimitedError"]
    assert web.requests["/busy.mp4"] == 3
    assert archive(tmp_path) == []
    fetch(url)
    assert web.requests["/busy.mp4"] == 6


def test_download_server_error_then_success(web, fetch, tiny_clips) -> None:
    def route(handler: Any) -> None:
        handler.answer(503) if handler.count == 1 else handler.answer(200, tiny_clips[0])

    assert len(fetch(web.add("/tired.mp4", route)).videos) == 1


@pytest.mark.parametrize("resumable", [True, False])
@pytest.mark.parametrize("retries", [0, 2])
def test_download_cut_half_way_ends_whole(web, fetch, clip, resumable, retries) -> None:
    ranges: list[str | None] = []

    def route(handler: Any) -> None:
        ranges.append(handler.headers.get("Range"))
        if handler.count <= 2:  # the first look, then the download
            cut_half_way(handler, clip)
        elif resumable:
            answer_rest(handler, clip)
        else:
            handler.answer(200, clip)

    listing = fetch(web.add("/cut.mp4", route), retries=retries)
    assert [video.path.read_bytes() for video in listing.videos] == [clip]
    assert ranges[:2] == [None, None]
    [again] = [wanted for wanted in ranges if wanted]
    start = int(re.fullmatch(r"bytes=(\d+)-", again)[1])
    assert 0 < start <= len(clip) // 2  # it tried to go on where it broke off


def test_download_cut_always_leaves_no_video(web, fetch, clip, tmp_path) -> None:
    url = web.add("/cut.mp4", lambda handler: cut_half_way(handler, clip))
    listing = fetch(url, retries=1, max_attempts=2)
    assert errors(listing) == ["NetworkError"]
    assert video_files(tmp_path) == []
    assert archive(tmp_path) == []


def test_download_next_run_goes_on_where_the_last_broke_off(web, fetch, clip) -> None:
    url = web.add("/cut.mp4", lambda handler: cut_half_way(handler, clip))
    fetch(url, retries=0, max_attempts=1)
    served: list[int] = []

    def route(handler: Any) -> None:
        served.append(0 if "Range" not in handler.headers else 1)
        answer_rest(handler, clip)

    web.add("/cut.mp4", route)
    assert fetch(url).videos[0].path.read_bytes() == clip
    assert sum(served) == 1


def test_download_dead_server_is_a_network_error(fetch, tmp_path) -> None:
    assert errors(fetch("http://127.0.0.1:9/a.mp4")) == ["NetworkError"]
    assert archive(tmp_path) == []


def test_download_interrupt_ends_soon_and_leaves_no_video(web, clip, tmp_path) -> None:
    asked = threading.Event()

    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp4")
        handler.send_header("Content-Length", str(len(clip)))
        handler.end_headers()
        for start in range(0, len(clip), 1024):
            handler.wfile.write(clip[start : start + 1024])
            if handler.count == 2:
                asked.set()
                time.sleep(0.05)

    urls = [web.add("/slow.mp4", trickle), web.add("/busy.mp4", lambda h: h.answer(429))]
    code = (
        "from pathlib import Path; from ivg.sources.urls import UrlSource;"
        f"UrlSource(urls={urls}, videos_dir={str(tmp_path)!r}, backoff_secs=60, allow_private=True)"
        f".list_videos(Path({str(tmp_path)!r}))"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    assert asked.wait(30)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert b"KeyboardInterrupt" in said
    assert [path for path in tmp_path.iterdir() if path.suffix == ".mp4"] == []
