"""Downloads through yt-dlp's generic extractor from a real server."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ivg.errors import SourceError
from ivg.sources.source import Listing
from ivg.sources.urls import UrlSource


@pytest.fixture
def fetch(tmp_path: Path) -> Any:
    """List addresses into `tmp_path/videos`, with hardly a pause."""

    def run(*urls: str, **settings: Any) -> Listing:
        fast: dict[str, Any] = {"backoff_secs": 0.01, "max_attempts": 3, "timeout_secs": 5}
        fast["videos_dir"] = str(tmp_path / "videos")
        source = UrlSource(urls=list(urls), **(fast | settings))
        listing = source.list_videos(tmp_path / "store")
        assert listing.tally.balanced
        return listing

    return run


def video_files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".unknown"))


def errors(listing: Listing) -> list[str]:
    return [failure.error for failure in listing.failures]


def archive(tmp_path: Path) -> list[dict[str, str]]:
    file = tmp_path / "videos" / "failed.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


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


def test_download_archive_survives_a_torn_line(web, fetch, tmp_path) -> None:
    (tmp_path / "videos").mkdir()
    file = tmp_path / "videos" / "failed.jsonl"
    file.write_text('{"id": "x", "err')
    fetch(web.url("/gone.mp4"))
    assert json.loads(file.read_text().splitlines()[1])["id"] == web.url("/gone.mp4")
    assert errors(fetch(web.url("/gone.mp4"))) == ["VideoGoneError"]
    assert web.requests["/gone.mp4"] == 1


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


def cut_half_way(handler: Any, body: bytes) -> None:
    """Promise the whole, send half, hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "video/mp4")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def answer_rest(handler: Any, body: bytes) -> None:
    """What is left from the byte that is asked for."""
    wanted = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if wanted is None:
        return handler.answer(200, body)
    start = int(wanted[1])
    ranges = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
    return handler.answer(206, body[start:], headers=ranges)


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


@pytest.mark.parametrize("kind", ["text/html", "video/mp4", "application/octet-stream"])
def test_download_page_instead_of_video_is_no_media(web, fetch, tmp_path, kind) -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign up</title></head><body>Hello</body></html>" * 9
    listing = fetch(web.serve("/page.mp4", page, kind))
    assert errors(listing) == ["NotMediaError"]
    assert video_files(tmp_path) == []
    assert list((tmp_path / "videos" / ".partial").iterdir()) == []
    assert archive(tmp_path) == []


def test_download_sound_only_is_no_media(web, fetch, tmp_path) -> None:
    import av
    import numpy as np

    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
    assert errors(fetch(web.serve("/a.wav", path.read_bytes(), "audio/wav"))) == ["NotMediaError"]


def test_download_403_is_refused_once_and_not_remembered(web, fetch, tmp_path) -> None:
    url = web.add("/secret.mp4", lambda handler: handler.answer(403))
    assert errors(fetch(url)) == ["AccessDeniedError"]
    assert web.requests["/secret.mp4"] == 1
    assert archive(tmp_path) == []


def test_download_follows_redirects(web, fetch, tiny_clips) -> None:
    there = web.serve("/there.mp4", tiny_clips[0])
    here = web.add("/here", lambda handler: handler.answer(302, headers={"Location": there}))
    listing = fetch(here)
    assert listing.videos[0].path.read_bytes() == tiny_clips[0]
    assert listing.videos[0].name.startswith("here-")


def test_download_redirect_to_a_local_file_is_refused(web, fetch, tmp_path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    location = {"Location": secret.as_uri()}
    listing = fetch(web.add("/evil.mp4", lambda h: h.answer(302, headers=location)))
    assert listing.videos == ()
    assert len(listing.failures) == 1


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


@pytest.mark.parametrize(
    "path",
    [
        "/-rf.mp4",
        "/..%2F..%2Fetc%2Fpasswd.mp4",
        "/%25(title)s%25.mp4",
        "/$(touch%20x);`id`.mp4",
        "/%F0%9F%90%88.mp4",
        f"/{'long' * 60}.mp4",
    ],
)
def test_download_names_are_safe(web, fetch, tiny_clips, tmp_path, path) -> None:
    listing = fetch(web.serve(path, tiny_clips[0]))
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*-[0-9a-f]{16}\.mp4", listing.videos[0].name)
    assert listing.videos[0].path.parent == tmp_path / "videos"
    assert len(video_files(tmp_path)) == 1


def test_download_hostile_disposition_and_title_are_harmless(
    web, fetch, tiny_clips, tmp_path
) -> None:
    headers = {"Content-Disposition": 'attachment; filename="../../../../evil.mp4"'}
    listing = fetch(web.add("/x", lambda h: h.answer(200, tiny_clips[0], headers=headers)))
    assert listing.videos[0].path.parent == tmp_path / "videos"
    assert video_files(tmp_path) == [listing.videos[0].name]


def test_download_two_addresses_of_one_content_give_one_video(web, fetch, tiny_clips) -> None:
    urls = [web.serve(path, tiny_clips[0]) for path in ("/a.mp4", "/b.mp4")]
    listing = fetch(*urls)
    assert len(listing.videos) == 1
    assert listing.tally.dropped == {"duplicate": 1}


def test_download_page_with_two_videos_is_refused(web, fetch, tiny_clips, tmp_path) -> None:
    sources = [web.serve(f"/{i}.mp4", tiny_clips[i]) for i in range(2)]
    page = "<html><body>" + "".join(f'<video src="{url}"></video>' for url in sources)
    listing = fetch(web.serve("/page", page.encode(), "text/html"))
    assert errors(listing) == ["NotMediaError"]
    assert "list" in listing.failures[0].message
    assert video_files(tmp_path) == []


def test_download_all_failed_still_lists(web, fetch) -> None:
    listing = fetch(web.url("/1.mp4"), web.url("/2.mp4"))
    assert listing.videos == ()
    assert listing.tally.failed == {"VideoGoneError": 2}


def test_download_missing_cookies_file_names_its_key(web, fetch, tmp_path) -> None:
    with pytest.raises(SourceError, match=r"source\.cookies=.*none\.txt"):
        fetch(web.url("/1.mp4"), cookies=str(tmp_path / "none.txt"))


def test_download_sends_cookies_and_leaves_their_file_alone(
    web, fetch, tiny_clips, tmp_path
) -> None:
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t2147483647\tkey\tsesame\n"
    cookies = tmp_path / "cookies.txt"
    cookies.write_text(text)

    def route(handler: Any) -> None:
        known = "key=sesame" in handler.headers.get("Cookie", "")
        handler.answer(200, tiny_clips[0]) if known else handler.answer(403)

    assert len(fetch(web.add("/members.mp4", route), cookies=str(cookies)).videos) == 1
    assert cookies.read_text() == text


def test_download_videos_dir_that_is_a_file_names_its_key(web, fetch, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match=r"source\.videos_dir"):
        fetch(web.url("/1.mp4"), videos_dir=str(tmp_path / "file"))


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
        f"UrlSource(urls={urls}, videos_dir={str(tmp_path)!r}, backoff_secs=60)"
        f".list_videos(Path({str(tmp_path)!r}))"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    assert asked.wait(30)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert b"KeyboardInterrupt" in said
    assert [path for path in tmp_path.iterdir() if path.suffix == ".mp4"] == []


def test_download_limits_the_rate(web, fetch, clip) -> None:
    url = web.serve("/a.mp4", clip)
    begun = time.monotonic()
    fetch(url, rate_limit=len(clip))
    assert time.monotonic() - begun > 0.7
