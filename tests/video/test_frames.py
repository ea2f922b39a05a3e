import multiprocessing
import pickle
from dataclasses import replace

import numpy as np
import pytest
from make_videos import write_video

from ivg.errors import FrameUnavailableError, StoreError
from ivg.records import Video
from ivg.video import frames as frames_module
from ivg.video.frames import FrameStore
from ivg.video.picture import from_jpeg


def jpeg_of(level: int) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", np.full((8, 8, 3), level, np.uint8))[1])


def kept_video(store: FrameStore, n: int = 10, path=None) -> Video:
    times = [i / 2 for i in range(n)]
    store.write("abc", times, [jpeg_of(min(255, 20 * i)) for i in range(n)])
    return Video("abc", "a.mp4", path, duration=n / 2, fps=2.0, frame_times=np.array(times))


def levels(images) -> list[int]:
    return [round(float(image.mean()) / 20) for image in images]


def test_read_gives_frames_in_the_order_asked(tmp_path):
    store = FrameStore(tmp_path)
    video = kept_video(store)
    assert levels(store.read(video, [7, 0, 7, 3])) == [7, 0, 7, 3]
    assert store.read(video, []) == []


def test_read_gives_rgb(tmp_path):
    import cv2

    red = np.zeros((16, 16, 3), np.uint8)
    red[:, :, 2] = 255
    store = FrameStore(tmp_path)
    store.write("abc", [0.0], [bytes(cv2.imencode(".jpg", red)[1])])
    image = store.read(Video("abc", "a", frame_times=np.zeros(1)), [0])[0]
    assert image.dtype == np.uint8
    assert image[8, 8].tolist() == pytest.approx([255, 0, 0], abs=4)


def test_read_decodes_only_what_is_asked(tmp_path, monkeypatch):
    store = FrameStore(tmp_path)
    video = kept_video(store, 40)
    seen = []

    def counting(jpeg, path):
        seen.append(jpeg)
        return from_jpeg(jpeg)

    monkeypatch.setattr(frames_module, "_decode_jpeg", counting)
    store.read(video, [1, 39, 20])
    assert len(seen) == 3


def test_write_replaces_and_leaves_no_other_file(tmp_path):
    store = FrameStore(tmp_path)
    kept_video(store, 5)
    video = kept_video(store, 3)
    assert len(store.read(video, [0, 1, 2])) == 3
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["abc.parquet"]


def test_failed_write_keeps_the_old_frames(tmp_path, monkeypatch):
    import os

    store = FrameStore(tmp_path)
    video = kept_video(store, 5)

    def full(_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        store.write("abc", [0.0], [jpeg_of(200)])
    assert levels(store.read(video, [4])) == [4]
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["abc.parquet"]


def write_for_ever(root):
    while True:
        kept_video(FrameStore(root))


def test_killed_writer_never_leaves_half_a_file(tmp_path):
    store = FrameStore(tmp_path)
    video = kept_video(store)
    for _ in range(3):
        writer = multiprocessing.get_context("fork").Process(target=write_for_ever, args=[tmp_path])
        writer.start()
        writer.join(0.1)
        writer.kill()
        writer.join()
        assert levels(store.read(video, range(10))) == list(range(10))


@pytest.mark.parametrize("bad", ["", "../up", "a/b", "a.b", "x" * 129, "é", "a\n"])
def test_unsafe_ids_name_no_file(tmp_path, bad):
    with pytest.raises(StoreError, match="can't name"):
        FrameStore(tmp_path).write(bad, [0.0], [b""])


def test_missing_frames_are_told(tmp_path):
    video = Video("abc", "a.mp4", frame_times=np.zeros(1))
    with pytest.raises(FrameUnavailableError, match=r"abc\.parquet is missing.*split"):
        FrameStore(tmp_path).read(video, [0])


def test_damaged_file_is_told(tmp_path):
    store = FrameStore(tmp_path)
    video = kept_video(store)
    path = store.path_of("abc")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"abc\.parquet: damaged.*run again"):
        store.read(video, [0])
    assert not store.is_whole("abc")
    assert not path.exists()


def test_damaged_picture_is_told(tmp_path):
    video = Video("abc", "a.mp4", frame_times=np.arange(2.0))
    for index in (0, 1):
        store = FrameStore(tmp_path / str(index))
        store.write("abc", [0.0, 1.0], [b"no jpeg", b""])
        with pytest.raises(StoreError, match=r"abc\.parquet"):
            store.read(video, [index])


def test_record_and_file_must_agree(tmp_path):
    store = FrameStore(tmp_path)
    kept_video(store, 5)
    with pytest.raises(StoreError, match="5 frames, the record 2"):
        store.read(Video("abc", "a", frame_times=np.arange(2.0)), [0])


def test_indices_are_checked(tmp_path):
    store = FrameStore(tmp_path)
    video = kept_video(store, 5)
    for index in (-1, 5):
        with pytest.raises(StoreError, match="asked for"):
            store.read(video, [index])


def test_read_at_prefers_kept_frames_and_decodes_the_others(tmp_path):
    greys = (np.full((64, 64, 3), 10 * i, np.uint8) for i in range(20))
    path = write_video(tmp_path / "v.mp4", greys, fps=10)
    store = FrameStore(tmp_path / "frames")
    store.write("abc", [0.5, 1.0], [jpeg_of(200), jpeg_of(220)])
    video = Video("abc", "v", path, 2.0, 10.0, frame_times=np.array([0.5, 1.0]))
    images = store.read_at(video, [1.9, 0.5, 0.96, 0.3, 2.0, 7.0, 1.9])
    means = [None if image is None else round(float(image.mean()) / 10) for image in images]
    assert means == [19, 20, 22, 3, None, None, 19]


def test_read_at_needs_the_file_only_for_frames_not_kept(tmp_path):
    store = FrameStore(tmp_path)
    video = kept_video(store)
    assert levels(store.read_at(video, [1.0, 2.0])) == [2, 4]
    assert store.read_at(video, [99.0]) == [None]
    between = replace(video, path=tmp_path / "gone.mp4", fps=100.0)
    with pytest.raises(FrameUnavailableError, match=r"a\.mp4.*gone\.mp4"):
        store.read_at(between, [0.25])


def test_store_travels_to_other_processes(tmp_path):
    assert pickle.loads(pickle.dumps(FrameStore(tmp_path))) == FrameStore(tmp_path)
