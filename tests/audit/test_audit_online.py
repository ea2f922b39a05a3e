"""Audits by downloading again, from a real server, through the project's own downloader."""

import json
import shutil

import pytest
from audited import told

from ivg.audit.addresses import plain_address, without_secrets
from ivg.sources.urls import stem_of

SECRET = "token=s3cr3t"


@pytest.fixture
def published(web, clips, dataset, tmp_path):
    """A dataset of addresses, and the list of them beside it."""

    def write(paths: list[str], query: str = ""):
        urls = [web.url(f"{path}{query}") for path in paths]
        (tmp_path / "urls.txt").write_text("# mine\n" + "\n".join(urls) + "\nno address\n")
        return dataset({f"{stem_of(url)}.mp4": clips[i] for i, url in enumerate(urls)})

    return write


def by_word(found: dict) -> dict[str, tuple[str, str]]:
    return {name.partition("-")[0]: one for name, one in told(found).items()}


def test_audit_downloads_again_and_compares(web, clips, published, audit, tmp_path):
    folder = published(["/same.mp4", "/recoded.mp4", "/longer.mp4", "/gone.mp4"])
    web.serve("/same.mp4", clips[0].read_bytes())
    web.serve("/recoded.mp4", clips[0].read_bytes())
    web.serve("/longer.mp4", clips[3].read_bytes())
    found = audit(folder, "urls=urls.txt", f"scratch={tmp_path}")
    assert by_word(found) == {
        "same": ("same", "same content"),
        "recoded": ("changed", "same duration only"),
        "longer": ("changed", "other duration"),
        "gone": ("gone", "gone"),
    }
    assert found["gone"]["k"] == 1
    assert found["gone_or_other_duration"]["k"] == 2
    assert not list(tmp_path.glob("ivg-audit-*"))
    assert not list(tmp_path.rglob("failed.jsonl"))


def test_audit_does_not_take_the_trouble_of_a_site_for_a_loss(web, clips, published, audit):
    folder = published(["/busy.mp4", "/private.mp4", "/page.mp4"])
    web.add("/busy.mp4", lambda handler: handler.answer(429))
    web.add("/private.mp4", lambda handler: handler.answer(403))
    web.serve("/page.mp4", b"<html>no video</html>", "text/html")
    found = audit(folder, "urls=urls.txt")
    assert by_word(found) == {
        "busy": ("unknown", "rate-limited"),
        "private": ("unknown", "access denied: may need cookies"),
        "page": ("gone", "no video at the address"),
    }
    assert found["gone"]["n"] == 1
    assert "2 unknown are left out" in found["printed"]


def test_audit_shows_no_token_of_an_address(web, clips, published, audit):
    folder = published(["/gone.mp4"], f"?{SECRET}")
    found = audit(folder, "urls=urls.txt")
    assert by_word(found) == {"gone": ("gone", "gone")}
    assert SECRET not in json.dumps(found)


def test_audit_knows_addresses_that_stand_in_the_config(web, clips, dataset, audit):
    url = web.serve("/a.mp4", clips[0].read_bytes())
    source = {"_target_": "ivg.sources.urls.UrlSource", "urls": [url]}
    folder = dataset({f"{stem_of(url)}.mp4": clips[0], "b.mp4": clips[1]}, **source)
    found = audit(folder)
    assert sorted(told(found).values()) == [
        ("same", "same content"),
        ("unknown", "its address is not known"),
    ]


def test_audit_takes_names_for_youtube_ids_where_the_source_says_so(clips, dataset, audit):
    names = {"-abcdefghij.mp4": clips[0], "no id.mp4": clips[1]}
    folder = dataset(names, _target_="ivg.sources.youtube.YouTubeSource")
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:1")
    found = audit(folder, "max_attempts=1", **nowhere)
    assert told(found) == {
        "-abcdefghij.mp4": ("unknown", "network"),
        "no id.mp4": ("unknown", "its address is not known"),
    }
    assert found["gone"] == {"k": 0, "n": 0, "share": None, "low": None, "high": None}


def test_audit_of_annotations_alone_compares_durations(clips, dataset, audit, tmp_path):
    folder = dataset({"a.mp4": clips[0], "b.mp4": clips[1]}, _target_="ivg.sources.internvid_g.X")
    (tmp_path / "v").mkdir()
    shutil.copy(clips[2], tmp_path / "v" / "a.mp4")
    shutil.copy(clips[3], tmp_path / "v" / "b.mp4")
    assert told(audit(folder, "videos=v")) == {
        "a.mp4": ("same", "same duration; the content was never known"),
        "b.mp4": ("changed", "other duration"),
    }


def test_plain_address_leaves_out_what_may_be_secret():
    url = "https://me:pw@h.org:8/a/b.mp4?token=x#y"
    assert plain_address(url) == "https://h.org:8/a/b.mp4"
    assert without_secrets(f"{url}: HTTP Error 404", url) == (
        "https://h.org:8/a/b.mp4: HTTP Error 404"
    )
