"""Downloads through yt-dlp's generic extractor from a real server."""

import json
import re
import threading
import time
from typing import Any

import pytest
from downloads import archive, errors

from ivg.errors import RunFailedError
from ivg.executors.local import LocalExecutor
from ivg.pipeline import Line
from ivg.sources.urls import UrlSource
from ivg.stage import Context
from ivg.video.frames import FrameStore


def test_download_good_files_are_byte_identical(web, fetch, tiny_clips, tmp_path) -> None:
    urls = [web.serve(f"/clip{i}.mp4", body) for i, body in enumerate(tiny_clips)]
    listing = fetch(*urls)
    assert [video.path.read_bytes() for video in listing.videos] == tiny_clips
    assert [re.sub("-[0-9a-f]{16}", "", video.name) for video in listing.videos] == [
        f"clip{i}.mp4" for i in range(6)
    ]
    assert listing.tally.n_in == listing.tally.n_out == 6


def test_download_leaves_only_videos_behind(web, fetch, tiny_clips, tmp_path) -> None:
    name = fetch(web.serve("/a.mp4", tiny_clips[0])).videos[0].name
    shown = [path.name for path in (tmp_path / "videos").iterdir() if path.name[0] != "."]
    assert shown == [name]
    assert list((tmp_path / "videos" / ".partial").iterdir()) == []


def test_download_present_files_are_not_fetched_again(web, fetch, tiny_clips) -> None:
    url = web.serve("/a.mp4", tiny_clips[0])
    first = fetch(url)
    asked = web.requests["/a.mp4"]
    assert fetch(url).videos[0].id == first.videos[0].id
    assert web.requests["/a.mp4"] == asked > 0


def test_download_empty_file_in_the_folder_is_not_present(web, fetch, tiny_clips) -> None:
    url = web.serve("/a.mp4", tiny_clips[0])
    path = fetch(url).videos[0].path
    path.write_bytes(b"")
    assert fetch(url).videos[0].path.read_bytes() == tiny_clips[0]


def test_download_404_is_remembered_and_not_asked_again(web, fetch, tiny_clips, tmp_path) -> None:
    gone, good = web.url("/gone.mp4"), web.serve("/a.mp4", tiny_clips[0])
    listing = fetch(gone, good)
    assert errors(listing) == ["VideoGoneError"]
    assert len(listing.videos) == 1
    asked = web.requests["/gone.mp4"]
    again = fetch(gone, good)
    assert web.requests["/gone.mp4"] == asked == 1
    assert errors(again) == ["VideoGoneError"]
    assert "remembered" in again.failures[0].message
    assert [(row["id"], row["error"]) for row in archive(tmp_path)] == [(gone, "VideoGoneError")]


def test_download_of_nothing_but_remembered_failures_fails_the_run(web, fetch, tmp_path) -> None:
    gone = [web.url("/1.mp4"), web.url("/2.mp4")]
    fetch(*gone)
    source = UrlSource(urls=gone, videos_dir=str(tmp_path / "videos"), allow_private=True)
    line = Line([], LocalExecutor(), Context(FrameStore(tmp_path)), tmp_path / "store")
    with pytest.raises(RunFailedError, match="no video is left"):
        line.run(source)
    assert line.ledgers[0].videos.failed == {"VideoGoneError": 2}
    assert [web.requests[path] for path in ("/1.mp4", "/2.mp4")] == [1, 1]
    assert all("remembered" in failure.message for failure in line.failures)


def test_download_archive_survives_a_torn_line(web, fetch, tmp_path) -> None:
    (tmp_path / "videos").mkdir()
    file = tmp_path / "videos" / "failed.jsonl"
    file.write_text('{"id": "x", "err')
    fetch(web.url("/gone.mp4"))
    assert json.loads(file.read_text().splitlines()[1])["id"] == web.url("/gone.mp4")
    assert errors(fetch(web.url("/gone.mp4"))) == ["VideoGoneError"]
    assert web.requests["/gone.mp4"] == 1


def test_download_follows_redirects(web, fetch, tiny_clips) -> None:
    there = web.serve("/there.mp4", tiny_clips[0])
    here = web.add("/here", lambda handler: handler.answer(302, headers={"Location": there}))
    listing = fetch(here)
    assert listing.videos[0].path.read_bytes() == tiny_clips[0]
    assert listing.videos[0].name.startswith("here-")


def test_download_runs_n_at_a_time(web, fetch, tiny_clips) -> None:
    together = threading.Barrier(3)

    def route_of(body: bytes) -> Any:
        def route(handler: Any) -> None:
            if handler.count == 1:
                together.wait(timeout=10)  # passed only if three workers ask at once
            handler.answer(200, body)

        return route

    urls = [web.add(f"/{i}.mp4", route_of(tiny_clips[i])) for i in range(3)]
    assert len(fetch(*urls, workers=3, timeout_secs=20).videos) == 3


def test_download_one_worker_asks_one_after_the_other(web, fetch, tiny_clips) -> None:
    busy, most = [0], [0]
    lock = threading.Lock()

    def route_of(body: bytes) -> Any:
        def route(handler: Any) -> None:
            with lock:
                busy[0] += 1
                most[0] = max(most[0], busy[0])
            threading.Event().wait(0.05)
            with lock:
                busy[0] -= 1
            handler.answer(200, body)

        return route

    fetch(*[web.add(f"/{i}.mp4", route_of(tiny_clips[i])) for i in range(3)], workers=1)
    assert most == [1]


def test_download_two_addresses_of_one_content_give_one_video(web, fetch, tiny_clips) -> None:
    urls = [web.serve(path, tiny_clips[0]) for path in ("/a.mp4", "/b.mp4")]
    listing = fetch(*urls)
    assert len(listing.videos) == 1
    assert listing.tally.dropped == {"duplicate": 1}


def test_download_all_failed_still_lists(web, fetch) -> None:
    listing = fetch(web.url("/1.mp4"), web.url("/2.mp4"))
    assert listing.videos == ()
    assert listing.tally.failed == {"VideoGoneError": 2}


def test_download_limits_the_rate(web, fetch, clip) -> None:
    url = web.serve("/a.mp4", clip)
    begun = time.monotonic()
    fetch(url, rate_limit=len(clip))
    assert time.monotonic() - begun > 0.7
