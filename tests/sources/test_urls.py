"""Addresses and the file names made from them; no network."""

from pathlib import Path

import pytest

from ivg.errors import ConfigError, MalformedEntryError, SourceError
from ivg.sources.entries import Entry
from ivg.sources.urls import UrlSource, stem_of, to_target


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a.mp4",
        "/etc/passwd",
        "ytsearch:cats",
        "https://",
        "https:///a.mp4",
        "https://example.org/a b.mp4",
        "https://example.org/\n--exec",
        "http://[::1/a.mp4",
        "-rf",
        "",
    ],
)
def test_urls_refuse_what_is_no_web_address(url: str) -> None:
    with pytest.raises(MalformedEntryError, match=r"list\.txt:1"):
        to_target(Entry("list.txt:1", url))


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://example.org/clips/My%20Cat.mp4?x=1", "My-Cat"),
        ("https://example.org/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"),
        ("https://example.org/", "video"),
        ("https://example.org/--exec.mp4", "exec"),
        ("https://www.youtube.com/watch?v=UkQzZimp7Qs", "watch"),
        ("https://example.org/🐈.mp4", "video"),
    ],
)
def test_urls_name_is_a_word_and_a_hash(url: str, word: str) -> None:
    stem, _dash, digest = stem_of(url).rpartition("-")
    assert stem.endswith(word)
    assert set(stem_of(url)) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
    )
    assert len(digest) == 16


def test_urls_name_is_stable_and_its_own() -> None:
    assert stem_of("https://example.org/a.mp4") == "a-21b13c9709928e74"
    assert stem_of("https://example.org/a.mp4?v=2") != stem_of("https://example.org/a.mp4")


def test_urls_from_a_file_from_one_address_and_from_a_list(
    web, tmp_path: Path, tiny_clips: list[bytes]
) -> None:
    url = web.serve("/a.mp4#not-a-comment", tiny_clips[0])
    web.serve("/a.mp4", tiny_clips[0])
    file = tmp_path / "urls.txt"
    file.write_text(f"# mine\n{url}\n")
    names = set()
    for given in (str(file), url, [url]):
        folder = str(tmp_path / "videos")
        source = UrlSource(urls=given, videos_dir=folder, allow_private=True)
        names |= {video.name for video in source.list_videos(tmp_path).videos}
    assert names == {f"{stem_of(url)}.mp4"}


def test_urls_missing_file_and_empty_list_name_the_key(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"source\.urls=.*none\.txt"):
        UrlSource(urls=str(tmp_path / "none.txt")).list_videos(tmp_path)
    with pytest.raises(ConfigError, match=r"source\.urls"):
        UrlSource(urls=[])
