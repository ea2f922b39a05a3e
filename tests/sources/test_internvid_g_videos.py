"""`source.videos`: whose frames are read counts, by content, in a video's identity."""

import shutil

import pytest
from make_videos import shots, write_video
from published_folders import published, write_published
from running import books, ivg, rows

from ivg.sources.internvid_g import InternVidGSource


def put_video(folder, seed):
    folder.mkdir(exist_ok=True)
    return write_video(folder / "a.mp4", shots(96, 96, 96, seed=seed, size=(32, 32)), fps=24)


def only_id(folder, videos):
    (video,) = InternVidGSource(str(folder), videos).list_videos(folder / "store").videos
    return video.id


def test_internvid_g_another_video_of_the_same_name_is_another_video(tmp_path):
    folder = write_published(tmp_path / "old", "a.mp4", captions=())
    put_video(tmp_path / "one", 1)
    put_video(tmp_path / "two", 2)
    (tmp_path / "moved").mkdir()
    shutil.copy(tmp_path / "one" / "a.mp4", tmp_path / "moved")
    found = {name: only_id(folder, str(tmp_path / name)) for name in ("one", "two", "moved")}
    assert found["one"] == found["moved"] != found["two"]
    assert only_id(folder, None) not in found.values()


def test_internvid_g_video_that_is_not_read_does_not_count(tmp_path):
    folder = write_published(tmp_path / "old", "a.mp4")
    put_video(tmp_path / "one", 1)
    assert only_id(folder, str(tmp_path / "one")) == only_id(folder, None)


def test_internvid_g_broken_video_costs_itself(tmp_path):
    folder = write_published(tmp_path / "old", "a.mp4", "b.mp4", captions=())
    put_video(tmp_path / "clips", 1)
    (tmp_path / "clips" / "b.mp4").write_text("no video")
    listing = InternVidGSource(str(folder), str(tmp_path / "clips")).list_videos(tmp_path / "store")
    assert [video.name for video in listing.videos] == ["a.mp4"]
    assert [(f.video, f.error) for f in listing.failures] == [("b.mp4", "NotAVideoError")]
    assert listing.tally.balanced


@pytest.mark.slow
def test_internvid_g_captions_are_computed_from_the_video_at_hand(tmp_path):
    folder = write_published(tmp_path / "old", "a.mp4", captions=())
    one, two = (put_video(tmp_path / name, seed) for seed, name in enumerate(("one", "two")))
    (tmp_path / "clips").mkdir()
    for video, computed in ((one, 1), (two, 1), (one, 0)):
        shutil.copy(video, tmp_path / "clips" / "a.mp4")
        more = ["filter=none", "source.videos=clips", "hydra.run.dir=run"]
        ivg(*published(folder), *more, cwd=tmp_path)
        lines = books(tmp_path / "run")
        assert lines["caption", "video"]["computed"] == computed
        assert lines["score", "video"]["computed"] == computed
        captions = rows(tmp_path / "run" / "scenes-small.jsonl")
        assert [(row["start_sec"], row["end_sec"]) for row in captions] == [(0, 4), (4, 8), (8, 12)]
        assert all(row["captions"] for row in captions)
