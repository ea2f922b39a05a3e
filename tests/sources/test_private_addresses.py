"""Downloads reach public addresses only, whatever a name, a number or a redirect says."""

import gzip
import ipaddress
import os
import socket
import threading
from contextlib import closing

import pytest
from downloads import errors, video_files

from ivg.download.addresses import RefusedAddressError, check, is_public, only_public
from ivg.download.session import LOCAL_ONLY, Session, options
from ivg.download.settings import DownloadSettings
from ivg.errors import VideoTooLongError

PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "64:ff9b:1::7f00:1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "fec0::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_refused(address):
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(RefusedAddressError, match="no public address"):
        check(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_address_is_let_through(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "0x7f.1", "127.1"]
)
def test_download_from_this_machine_is_refused(web, fetch, tiny_clips, tmp_path, host):
    url = web.serve("/a.mp4", tiny_clips[0]).replace("127.0.0.1", host)
    listing = fetch(url, allow_private=False, max_attempts=1, retries=0)
    assert errors(listing) == ["PrivateAddressError"]
    assert "source.allow_private" in listing.failures[0].message
    assert not web.requests
    assert video_files(tmp_path) == []


def test_connection_is_looked_at_after_redirects_and_names(web, monkeypatch):
    """A public name that leads here, as a redirect or a changed DNS entry would."""

    def here(host, port, *more, **named):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", here)
    with only_public("http://video.example/"), pytest.raises(RefusedAddressError):
        socket.create_connection(("video.example", web.server_port), timeout=5)
    socket.create_connection(("video.example", web.server_port), timeout=5).close()


def test_redirect_to_a_private_address_is_refused(web, fetch, tiny_clips, monkeypatch):
    """The first server is let through by hand: none here has a public address."""
    from web_server import serving

    from ivg.download import addresses

    with serving() as other:
        secret = other.serve("/secret.mp4", tiny_clips[0])
        location = {"Location": secret.replace("127.0.0.1", "127.0.0.2")}
        url = web.add("/a.mp4", lambda handler: handler.answer(302, headers=location))
        known = addresses.check
        monkeypatch.setattr(addresses, "check", lambda a: a == "127.0.0.1" or known(a))
        listing = fetch(url, allow_private=False, max_attempts=1, retries=0)
        assert errors(listing) == ["PrivateAddressError"]
        assert web.requests["/a.mp4"]
        assert not other.requests


def test_only_the_port_of_a_proxy_on_this_machine_is_let_through(web, monkeypatch):
    """`no_proxy` often names this machine: a redirect to it would connect without the proxy."""
    from web_server import serving

    with serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with only_public("http://8.8.8.8/"):
            socket.create_connection(("127.0.0.1", proxy.server_port), timeout=5).close()
            with pytest.raises(RefusedAddressError):
                socket.create_connection(("127.0.0.1", web.server_port), timeout=5)


def test_other_threads_are_not_watched(web):
    connected = threading.Event()

    def connect():
        socket.create_connection(("127.0.0.1", web.server_port), timeout=5).close()
        connected.set()

    with only_public("http://video.example/"):
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
    assert connected.is_set()


def test_download_larger_than_allowed_is_broken_off(web, fetch, clip, tmp_path):
    def unsized(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp4")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(clip)
        handler.close_connection = True

    listing = fetch(web.add("/big.mp4", unsized), max_mb=0.5, max_attempts=1, retries=0)
    assert errors(listing) == ["VideoTooLargeError"]
    assert video_files(tmp_path) == []


def test_page_without_end_is_not_kept_in_memory(web, fetch, monkeypatch):
    """As it is, and packed a thousand times smaller."""
    from ivg.download import pages

    def endless(handler, piece, headers):
        handler.send_response(200)
        for name, value in {"Content-Type": "text/html", "Connection": "close", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for _ in range(64):
            handler.wfile.write(piece)
        handler.close_connection = True

    monkeypatch.setattr(pages, "MAX_BYTES", 2**23)
    page = b"<html>" + b" " * 2**20
    packed = gzip.compress(page * 64)
    urls = [
        web.add("/plain", lambda handler: endless(handler, page, {})),
        web.add("/packed", lambda handler: endless(handler, packed, {"Content-Encoding": "gzip"})),
    ]
    listing = fetch(*urls, max_attempts=1, retries=0)
    assert errors(listing) == ["NotMediaError"] * 2
    assert all("more than 8 MiB" in failure.message for failure in listing.failures)


def test_stream_in_pieces_ends_at_the_same_size(web, fetch, tmp_path):
    """Each piece is small: all of them count."""
    pieces = [web.serve(f"/{n}.ts", bytes(300_000), "video/mp2t") for n in range(20)]
    lines = "".join(f"#EXTINF:2.0,\n{piece}\n" for piece in pieces)
    text = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n{lines}#EXT-X-ENDLIST\n"
    url = web.serve("/list.m3u8", text.encode(), "application/vnd.apple.mpegurl")
    listing = fetch(url, max_mb=0.5, max_attempts=1, retries=0)
    assert errors(listing) == ["VideoTooLargeError"]
    assert sum(n for path, n in web.requests.items() if path.endswith(".ts")) < 6


@pytest.mark.parametrize("address", ["rtmp://127.0.0.1/a/b", "ftp://127.0.0.1/a.mp4"])
def test_page_that_names_other_kinds_of_addresses_is_not_followed(
    web, fetch, tmp_path, monkeypatch, address
):
    """For RTMP yt-dlp would run rtmpdump, whose connections nobody sees."""
    monkeypatch.setenv("PATH", f"{rtmpdump(tmp_path)}:{os.environ['PATH']}")
    page = f'<html><video><source src="{address}" type="video/mp4"></video></html>'
    listing = fetch(web.serve("/page", page.encode(), "text/html"), max_attempts=1, retries=0)
    assert errors(listing) == ["NotMediaError"]
    assert "HTTP" in listing.failures[0].message
    assert not (tmp_path / "was-run").exists()


def rtmpdump(folder):
    """A folder with a program of that name, which tells that it was run."""
    program = folder / "bin" / "rtmpdump"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {folder}/was-run\n")
    program.chmod(0o755)
    return program.parent


def test_page_of_common_size_is_read_as_it_is(web):
    page = b"<html>" + bytes(range(256)) * 9000
    with closing(Session(DownloadSettings(allow_private=True), "", threading.Event())) as session:
        assert session.ydl.urlopen(web.serve("/a", page, "text/html")).read() == page


def test_every_run_of_ffmpeg_may_only_read_files():
    """yt-dlp's steps have no common name for their options: each must be told."""
    from yt_dlp.postprocessor import ffmpeg

    given = options(DownloadSettings())
    assert given["external_downloader_args"]["ffmpeg_i"] == LOCAL_ONLY
    for step in (ffmpeg.FFmpegMergerPP, ffmpeg.FFmpegFixupM3u8PP, ffmpeg.FFmpegFixupTimestampPP):
        name = f"{step.pp_key().lower()}+ffmpeg_i"
        assert given["postprocessor_args"][name] == LOCAL_ONLY, name


def test_video_longer_than_allowed_is_refused():
    """What a site tells of its length is enough."""
    refused = options(DownloadSettings(max_secs=60))["match_filter"]
    with pytest.raises(VideoTooLongError, match=r"lasts 61 s.*source\.max_secs=60"):
        refused({"duration": 61})
    assert refused({"duration": 60}) is None
    assert refused({"duration": None}) is None
    assert options(DownloadSettings(max_secs=None))["match_filter"]({"duration": 1e9}) is None
