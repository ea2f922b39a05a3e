"""Downloads from servers that send what is no video, hostile names, or nothing without leave."""

import re
from typing import Any

import pytest
from downloads import archive, errors, video_files

from ivg.errors import SourceError


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


def test_download_redirect_to_a_local_file_is_refused(web, fetch, tmp_path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    location = {"Location": secret.as_uri()}
    listing = fetch(web.add("/evil.mp4", lambda h: h.answer(302, headers=location)))
    assert listing.videos == ()
    assert len(listing.failures) == 1


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


def test_download_page_with_two_videos_is_refused(web, fetch, tiny_clips, tmp_path) -> None:
    sources = [web.serve(f"/{i}.mp4", tiny_clips[i]) for i in range(2)]
    page = "<html><body>" + "".join(f'<video src="{url}"></video>' for url in sources)
    listing = fetch(web.serve("/page", page.encode(), "text/html"))
    assert errors(listing) == ["NotMediaError"]
    assert "list" in listing.failures[0].message
    assert video_files(tmp_path) == []


def test_download_403_is_refused_once_and_not_remembered(web, fetch, tmp_path) -> None:
    url = web.add("/secret.mp4", lambda handler: handler.answer(403))
    assert errors(fetch(url)) == ["AccessDeniedError"]
    assert web.requests["/secret.mp4"] == 1
    assert archive(tmp_path) == []


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
