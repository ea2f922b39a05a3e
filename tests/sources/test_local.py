"""Local files: finding them, naming them, and what can't be read."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from ivg.errors import ConfigError, SourceError
from ivg.sources.local import LocalSource
from ivg.sources.source import Listing

STRANGE = [
    "two words.mp4",
    'it\'s "quoted".mp4',
    "#1 hit.mp4",
    "cat 🐈.mp4",
    "-rf.mp4",
    "[2020] tour.mp4",
    "100%.mp4",
    "$HOME.mp4",
    "~x.mp4",
    "back\\slash.mp4",
    "new\nline.mp4",
    "a;b|c&d.mp4",
    "*.mp4",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "videos").mkdir()
    return tmp_path / "videos"


def put(path: Path, data: bytes | None = None) -> Path:
    """A file whose content is its own name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.fsencode(path.name) if data is None else data)
    return path


def find(tmp_path: Path, path: Any, **more: Any) -> Listing:
    listing = LocalSource(path, **more).list_videos(tmp_path / "store")
    assert listing.tally.balanced
    return listing


def names(listing: Listing) -> list[str]:
    return [video.name for video in listing.videos]


def test_local_folder_is_searched_below_and_sorted(folder: Path, tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MKV", "sub/deep/c.webm", "notes.txt", "sub/a.mov"):
        put(folder / name, name.encode())
    assert names(find(tmp_path, str(folder))) == ["a.MKV", "b.mp4", "sub/a.mov", "sub/deep/c.webm"]


def test_local_video_has_id_and_path(folder: Path, tmp_path: Path) -> None:
    path = put(folder / "a.mp4")
    [video] = find(tmp_path, str(folder)).videos
    assert video.path == path
    assert len(video.id) == 32


@pytest.mark.parametrize("name", STRANGE)
def test_local_strange_name_in_a_folder(folder: Path, tmp_path: Path, name: str) -> None:
    put(folder / name)
    put(folder / "other.mp4")
    assert sorted(names(find(tmp_path, str(folder)))) == sorted([name, "other.mp4"])


@pytest.mark.parametrize("name", STRANGE)
def test_local_strange_name_given_directly(folder: Path, tmp_path: Path, name: str) -> None:
    put(folder / name)
    put(folder / "other.mp4")
    assert names(find(tmp_path, str(folder / name))) == [name]


@pytest.mark.parametrize("name", STRANGE)
def test_local_strange_name_relative(
    folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / name)
    monkeypatch.chdir(folder)
    assert names(find(tmp_path, name)) == [name]


def test_local_glob_in_a_folder_with_brackets(folder: Path, tmp_path: Path) -> None:
    put(folder / "[2020] clips" / "a.mp4")
    put(folder / "2 clips" / "b.mp4")
    assert names(find(tmp_path, str(folder / "[2020] clips" / "*.mp4"))) == ["a.mp4"]


def test_local_glob_one_level_and_recursive(folder: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "sub/b.mp4", "sub/deep/c.mp4", "a.txt", ".hidden.mp4"):
        put(folder / name, name.encode())
    assert names(find(tmp_path, str(folder / "*.mp4"))) == ["a.mp4"]
    assert names(find(tmp_path, str(folder / "**" / "*.mp4"))) == [
        "a.mp4",
        "sub/b.mp4",
        "sub/deep/c.mp4",
    ]


def test_local_glob_that_hits_folders_searches_them(folder: Path, tmp_path: Path) -> None:
    for name in ("part-1/a.mp4", "part-2/a.mp4", "part-2/a.txt", "other/a.mp4"):
        put(folder / name, name.encode())
    assert names(find(tmp_path, str(folder / "part-*"))) == ["part-1/a.mp4", "part-2/a.mp4"]


def test_local_home_is_expanded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "a.mp4")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert names(find(tmp_path, "~/videos/*.mp4")) == ["a.mp4"]


def test_local_named_file_is_taken_whatever_its_extension(folder: Path, tmp_path: Path) -> None:
    put(folder / "a.xyz")
    assert names(find(tmp_path, str(folder / "a.xyz"))) == ["a.xyz"]
    assert names(find(tmp_path, str(folder / "*.xyz"))) == ["a.xyz"]
    assert names(find(tmp_path, str(folder), extensions=["XYZ"])) == ["a.xyz"]


def test_local_list_is_named_from_the_common_root(folder: Path, tmp_path: Path) -> None:
    one, two = put(folder / "one" / "a.mp4", b"1"), put(folder / "two" / "a.mp4", b"2")
    listing = find(tmp_path, [str(one), str(two.parent), str(folder / "one" / "*.mp4")])
    assert names(listing) == ["one/a.mp4", "two/a.mp4"]
    assert listing.tally.n_in == 2


def test_local_same_content_keeps_the_first_by_name(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("b.mp4", "a.mp4", "sub/c.mp4"):
        put(folder / name, b"same")
    with caplog.at_level(logging.INFO):
        listing = find(tmp_path, str(folder))
    assert names(listing) == ["a.mp4"]
    assert listing.tally.dropped == {"duplicate": 2}
    assert "b.mp4 has the same content as a.mp4" in caplog.text


@pytest.mark.parametrize(
    "name", ["a.mp4.part", "a.mp4.ytdl", "a.mp4.tmp", "a.mp4.part-Frag12", "a.temp.mp4", "a.PART"]
)
def test_local_partial_downloads_are_never_taken(folder: Path, tmp_path: Path, name: str) -> None:
    put(folder / "whole.mp4")
    put(folder / name)
    for path in (folder, folder / "*", [str(folder / name), str(folder / "whole.mp4")]):
        listing = find(tmp_path, path if isinstance(path, list) else str(path))
        assert names(listing) == ["whole.mp4"]
        assert set(listing.tally.dropped) <= {"partial_download"}
    assert listing.tally.dropped == {"partial_download": 1}


def test_local_hidden_files_and_folders_are_passed_over(folder: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", ".b.mp4", ".cache/c.mp4", "._a.mp4"):
        put(folder / name, name.encode())
    assert names(find(tmp_path, str(folder))) == ["a.mp4"]


@pytest.mark.parametrize("as_glob", [False, True])
def test_local_broken_links_are_failures_and_the_rest_goes_on(
    folder: Path, tmp_path: Path, as_glob: bool
) -> None:
    put(folder / "a.mp4")
    (folder / "loop.mp4").symlink_to("loop.mp4")
    (folder / "dangling.mp4").symlink_to("nowhere.mp4")
    (folder / "unmounted").symlink_to("/nowhere/at/all")
    listing = find(tmp_path, str(folder / "*") if as_glob else str(folder))
    assert names(listing) == ["a.mp4"]
    assert {failure.video for failure in listing.failures} == {
        "loop.mp4",
        "dangling.mp4",
        "unmounted",
    }
    assert listing.tally.failed == {"UnreadableFileError": 3}
    assert all(str(folder) in failure.message for failure in listing.failures)


def test_local_unreadable_folder_is_a_failure(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "a.mp4")
    put(folder / "locked" / "b.mp4")
    if os.geteuid() == 0:  # root may read everything: let the system call say no
        real = os.scandir

        def scandir(path: Any) -> Any:
            if str(path).endswith("locked"):
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", scandir)
    else:
        (folder / "locked").chmod(0)
    listing = find(tmp_path, str(folder))
    assert names(listing) == ["a.mp4"]
    assert [(failure.video, failure.error) for failure in listing.failures] == [
        ("locked", "UnreadableFileError")
    ]


def test_local_link_to_a_folder_above_ends(folder: Path, tmp_path: Path) -> None:
    put(folder / "sub" / "a.mp4")
    (folder / "sub" / "up").symlink_to(folder)
    assert names(find(tmp_path, str(folder))) == ["sub/a.mp4"]


@pytest.mark.parametrize("pattern", ["**", "**/*", "**/*.mp4"])
def test_local_recursive_glob_ends_on_a_link_to_a_folder_above(
    folder: Path, tmp_path: Path, pattern: str
) -> None:
    put(folder / "sub" / "a.mp4")
    (folder / "sub" / "up").symlink_to(folder)
    listing = find(tmp_path, str(folder / pattern))
    assert names(listing) == ["sub/a.mp4"]
    assert listing.tally.n_in == 1


def test_local_linked_folder_is_searched(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "disk" / "a.mp4")
    (folder / "disk").symlink_to(tmp_path / "disk")
    assert names(find(tmp_path, str(folder))) == ["disk/a.mp4"]


def test_local_pipe_is_a_failure_and_does_not_hang(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe.mp4")
    listing = find(tmp_path, str(folder))
    assert listing.tally.failed == {"UnreadableFileError": 1}


def test_local_name_that_is_no_utf8_can_be_written(folder: Path, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.mp4")).write_bytes(b"x")
    [video] = find(tmp_path, str(folder)).videos
    assert video.name == "\\xff.mp4"
    assert video.path.read_bytes() == b"x"


@pytest.mark.parametrize("path", ["none.mp4", "none/*.mp4", "empty"])
def test_local_nothing_found_names_key_and_what_was_looked_for(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=rf"source\.path=.*{path.split('/')[0]}.*mkv.*mp4"):
        find(tmp_path, str(tmp_path / path))


def test_local_missing_part_of_a_list_is_a_failure(folder: Path, tmp_path: Path) -> None:
    listing = find(tmp_path, [str(put(folder / "a.mp4")), str(folder / "none.mp4")])
    assert names(listing) == ["a.mp4"]
    assert [failure.video for failure in listing.failures] == ["none.mp4"]


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"path": ""}, "path"),
        ({"path": []}, "path"),
        ({"path": "x", "workers": 0}, "workers"),
        ({"path": "x", "extensions": "mp4"}, "extensions"),
    ],
)
def test_local_bad_argument_names_its_key(arguments: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"source\.{key}"):
        LocalSource(**arguments)
