"""The source folder changes while a run is under way."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from faulted import arm, begin, build, caught, check_books, check_like, failed
from make_videos import shots, write_video

from ivg.errors import VideoChangedError
from ivg.records import Video
from ivg.sources.content import content_ids
from ivg.video.frames import FrameStore

ONE = "executor.workers=1"
VICTIM = "002.mp4"


def vanish(path: Path) -> None:
    path.unlink()


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(8))


def shrink(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def replace_by_another(path: Path) -> None:
    write_video(path.with_name("new.part"), shots(30, 30, seed=99), form="mp4").replace(path)


def rewrite_in_place(path: Path) -> None:
    """The same size, the same inode, the same time of modification."""
    data = bytearray(path.read_bytes())
    status = path.stat()
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


CHANGES = {
    vanish: "NotAVideoError",
    grow: "VideoChangedError",
    shrink: "TruncatedVideoError",
    replace_by_another: "VideoChangedError",
    rewrite_in_place: "VideoChangedError",
}


@pytest.mark.long
@pytest.mark.parametrize("change", CHANGES)
def test_video_that_changes_between_listing_and_decoding_fails(home, calm, change):
    """Nothing is stored under the id of what it was: brought back, it is computed as ever."""
    traps = arm(home, "scan", "000.mp4")
    run = begin(home, "run", ONE, FAULTS=str(traps))
    caught(traps, "scan", run)
    victim = home / "videos" / VICTIM
    shutil.copy2(victim, home / "kept")
    change(victim)
    (traps / "arm-scan").unlink()
    assert run.wait(timeout=240) == 0, (home / "run.said").read_text()
    check_books(home / "run")
    assert failed(home / "run") == {("scan", CHANGES[change]): 1}
    build(home, "changed", ONE)
    build(home, "afresh", ONE, "store.dir=another")
    check_like(home / "afresh", home / "changed")
    shutil.copy2(home / "kept", victim)
    build(home, "run", ONE)
    check_like(calm, home / "run")


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_video_that_is_replaced_after_decoding_keeps_its_frames(home, calm, workers):
    """What is kept is of the old bytes, as the id says."""
    traps = arm(home, "caption", "000.mp4")
    run = begin(home, "run", f"executor.workers={workers}", FAULTS=str(traps))
    caught(traps, "caption", run)
    replace_by_another(home / "videos" / VICTIM)
    (traps / "arm-caption").unlink()
    assert run.wait(timeout=240) == 0, (home / "run.said").read_text()
    assert failed(home / "run") in ({}, {("scan", "VideoChangedError"): 1})
    check_books(home / "run")


@pytest.mark.parametrize("change", [grow, replace_by_another, rewrite_in_place])
def test_frames_decoded_late_are_of_the_file_that_was_listed(tmp_path, change):
    path = write_video(tmp_path / "a.mp4", shots(30, 30))
    content = content_ids([path], tmp_path)[path]
    video = Video(content, "a.mp4", path, duration=2.0, fps=30.0, content=content)
    store = FrameStore(tmp_path / "frames")
    assert store.read_at(video, [0.5])[0].shape == (64, 96, 3)
    change(path)
    with pytest.raises(VideoChangedError, match=r"a\.mp4 has changed since it was listed"):
        store.read_at(video, [0.5])
    assert store.read_at(replace(video, content=""), [0.5])[0] is not None


def test_content_id_of_a_file_rewritten_with_the_same_size_and_time_is_new(tmp_path):
    path = write_video(tmp_path / "a.mp4", shots(10))
    first = content_ids([path], tmp_path)[path]
    rewrite_in_place(path)
    assert content_ids([path], tmp_path)[path] != first
