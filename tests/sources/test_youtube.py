"""Lists of YouTube ids in every format; no network."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivg.errors import ConfigError, MalformedEntryError, SourceError
from ivg.sources.entries import Entry, read_entries
from ivg.sources.requests import collect
from ivg.sources.youtube import YouTubeSource, to_target

IDS = ["UkQzZimp7Qs", "vJxjY1-0120", "-abcdefghij", "___________"]


def ids_of(given: Any) -> tuple[list[str], Any]:
    targets, entries = collect(read_entries(given, "source.ids"), to_target, "source.ids")
    return [target.key for target in targets], entries


def write(path: Path, text: str, encoding: str = "utf-8") -> str:
    path.write_text(text, encoding=encoding)
    return str(path)


def test_youtube_txt_with_comments_blank_lines_and_extensions(tmp_path: Path) -> None:
    text = f"# mine\n\n{IDS[0]}\n  {IDS[1]}.mp4 \r\n{IDS[2]}\n#{IDS[3]}\n{IDS[3]}.webm"
    assert ids_of(write(tmp_path / "ids.txt", text))[0] == IDS


def test_youtube_txt_with_byte_order_mark(tmp_path: Path) -> None:
    assert ids_of(write(tmp_path / "ids.txt", "\n".join(IDS), "utf-8-sig"))[0] == IDS


@pytest.mark.parametrize("field", ["YoutubeID", "video_fname", "video"])
def test_youtube_jsonl_rows(tmp_path: Path, field: str) -> None:
    rows = [json.dumps({field: f"{one}.mp4", "Caption": "a cat"}) for one in IDS]
    assert ids_of(write(tmp_path / "rows.jsonl", "\n".join(rows) + "\n\n"))[0] == IDS


@pytest.mark.parametrize("row", [lambda one: {"video": f"{one}.mp4", "QA": []}, lambda one: one])
def test_youtube_json_list(tmp_path: Path, row: Any) -> None:
    text = json.dumps([row(one) for one in IDS])
    assert ids_of(write(tmp_path / "rows.json", text))[0] == IDS


def test_youtube_list_in_the_config() -> None:
    assert ids_of([*IDS, 12345678901])[0] == [*IDS, "12345678901"]


def test_youtube_duplicates_are_counted(tmp_path: Path) -> None:
    found, entries = ids_of([IDS[0], f"{IDS[0]}.mp4", IDS[1], IDS[0]])
    assert found == IDS[:2]
    assert (entries.n_in, entries.dropped) == (4, {"duplicate": 2})


@pytest.mark.parametrize(
    "bad",
    [
        "short",
        "UkQzZimp7Qs12",
        "UkQzZimp7Q!",
        "../../etc/x",
        "videos/UkQzZimp7Qs.mp4",
        "UkQzZimp7Qs; rm -rf ~",
        "https://youtu.be/UkQzZimp7Qs",
        "--exec=touch",
        "UkQzZimp7Qé",
    ],
)
def test_youtube_malformed_id_is_a_typed_failure_with_its_line(tmp_path: Path, bad: str) -> None:
    found, entries = ids_of(write(tmp_path / "ids.txt", f"{IDS[0]}\n\n{bad}\n{IDS[1]}\n"))
    assert found == IDS[:2]
    [failure] = entries.failures
    assert failure.error == "MalformedEntryError"
    assert failure.message.startswith("ids.txt:3: ")


@pytest.mark.parametrize("row", ["{not json", '{"name": "x"}', "7", '{"video": 3}', "null"])
def test_youtube_malformed_row_is_a_typed_failure_with_its_line(tmp_path: Path, row: str) -> None:
    path = write(tmp_path / "rows.jsonl", f'{{"video": "{IDS[0]}.mp4"}}\n{row}\n')
    found, entries = ids_of(path)
    assert found == IDS[:1]
    assert entries.failures[0].message.startswith("rows.jsonl:2: ")


@pytest.mark.parametrize("name", ["ids.txt", "ids.jsonl"])
def test_youtube_empty_list_names_its_key(tmp_path: Path, name: str) -> None:
    source = YouTubeSource(ids=write(tmp_path / name, "\n\n"), videos_dir=str(tmp_path / "v"))
    with pytest.raises(SourceError, match=r"source\.ids=.*: the list is empty"):
        source.list_videos(tmp_path)
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.txt", None), ("bad.json", b"{"), ("row.json", b'{"video": 1}'), ("u.txt", b"\xff\xfe")],
)
def test_youtube_unreadable_list_names_key_and_file(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=rf"source\.ids=.*{name}"):
        YouTubeSource(ids=str(tmp_path / name)).list_videos(tmp_path)


@pytest.mark.parametrize("video_id", IDS)
def test_youtube_id_becomes_its_watch_page(video_id: str) -> None:
    target = to_target(Entry("here", f"{video_id}.mp4"))
    assert target.url == f"https://www.youtube.com/watch?v={video_id}"
    assert target.stem == target.key == video_id


def test_youtube_watch_page_is_taken_by_the_youtube_extractor() -> None:
    from yt_dlp.extractor.youtube import YoutubeIE

    for video_id in IDS:
        assert YoutubeIE.get_temp_id(to_target(Entry("here", video_id)).url) == video_id


def test_youtube_present_files_need_no_network(tmp_path: Path, tiny_clips: list[bytes]) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    for one, body, ending in zip(IDS, tiny_clips, ("mp4", "webm", "mkv", "mp4"), strict=False):
        (folder / f"{one}.{ending}").write_bytes(body)
    (folder / f"{IDS[0]}.mp4.part").write_bytes(b"part")
    listing = YouTubeSource(ids=IDS, videos_dir=str(folder)).list_videos(tmp_path)
    assert [video.name for video in listing.videos] == sorted(
        ["UkQzZimp7Qs.mp4", "vJxjY1-0120.webm", "-abcdefghij.mkv", "___________.mp4"]
    )
    assert listing.tally.balanced


def test_youtube_known_failures_need_no_network(tmp_path: Path) -> None:
    row = {"id": IDS[0], "error": "VideoGoneError", "message": "gone", "date": "2026-01-01"}
    write(tmp_path / "failed.jsonl", json.dumps(row) + "\n")
    listing = YouTubeSource(ids=IDS[:1], videos_dir=str(tmp_path)).list_videos(tmp_path)
    assert listing.tally.failed == {"VideoGoneError": 1}
    assert listing.failures[0].message == "gone (remembered in failed.jsonl)"
    assert listing.tally.balanced


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("workers", 0),
        ("max_attempts", 0),
        ("retries", -1),
        ("rate_limit", 0),
        ("sleep_interval", -1),
        ("backoff_secs", -1),
        ("timeout_secs", 0),
        ("format_sort", "fps"),
        ("ids", ""),
        ("ids", []),
    ],
)
def test_youtube_bad_setting_names_its_key(key: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"source\.{key}"):
        YouTubeSource(**({"ids": IDS} | {key: value}))


def test_youtube_sleep_range_must_be_a_range() -> None:
    with pytest.raises(ConfigError, match=r"source\.max_sleep_interval"):
        YouTubeSource(ids=IDS, sleep_interval=5, max_sleep_interval=2)


def test_youtube_entry_with_an_error_is_raised() -> None:
    with pytest.raises(MalformedEntryError, match="row 3"):
        to_target(Entry("rows.json: row 3", error=MalformedEntryError("row 3: bad")))
