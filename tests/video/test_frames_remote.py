"""The frame store on S3: written whole, fetched, shared, and made again where it was lost."""

from uuid import uuid4

import numpy as np
import pytest

from ivg import remote
from ivg.errors import FrameUnavailableError, StoreError
from ivg.records import Video
from ivg.remote import located
from ivg.video import lost
from ivg.video.frame_file import copy_of
from ivg.video.frames import FrameStore


def jpeg_of(level: int) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", np.full((8, 8, 3), level, np.uint8))[1])


@pytest.fixture
def store(s3) -> FrameStore:
    lost._listed.cache_clear()
    copy_of.cache_clear()
    return FrameStore(located(f"s3://bucket/{uuid4().hex}"))


def kept(store: FrameStore, n: int = 6) -> Video:
    times = [i / 2 for i in range(n)]
    store.write("abc", times, [jpeg_of(20 * i) for i in range(n)])
    return Video("abc", "a.mp4", duration=n / 2, fps=2.0, frame_times=np.array(times))


def test_remote_frames_are_read_in_the_order_asked(store, s3):
    video = kept(store)
    s3.asked.clear()
    found = [round(float(image.mean()) / 20) for image in store.read(video, [5, 0, 5])]
    assert found == [5, 0, 5]
    store.read(video, [1])
    assert [method for method, _ in s3.asked] == ["GET"]


def test_remote_frames_are_shared(store):
    video, other = kept(store), FrameStore(store.root / "other")
    store.share("abc", other)
    assert other.times("abc") == list(video.frame_times)


def test_missing_remote_frames_are_looked_at_again(store, s3):
    assert store.times("abc") == []
    assert store.is_whole("abc")  # believed: nobody has met it missing
    with pytest.raises(FrameUnavailableError, match="split afresh"):
        store.read(Video("abc", "a.mp4", frame_times=np.zeros(1)), [0])
    lost._listed.cache_clear()
    assert not store.is_whole("abc")
    kept(store)
    assert store.is_whole("abc")
    assert s3.listings() == []


def test_damaged_remote_frames_are_given_up(store):
    video = kept(store)
    path = store.path_of("abc")
    content = bytearray(remote.read(path))
    content[100] ^= 1
    remote.put(path, bytes(content))
    with pytest.raises(StoreError, match=r"abc\.parquet: damaged.*run again"):
        store.read(video, [0])
    lost._listed.cache_clear()
    assert not store.is_whole("abc")
