"""Which videos a shard takes, and how they are booked."""

import pytest

from ivg.errors import ConfigError
from ivg.records import Video
from ivg.shard import Shard, shard_of
from ivg.sources.source import Listing
from ivg.sources.urls import UrlSource
from ivg.sources.youtube import YouTubeSource
from ivg.stage import Failure, Tally

IDS = [f"{number:011d}" for number in range(60)]


def test_shards_take_each_video_once_and_all_have_some():
    taken = [[one for one in IDS if Shard(index, 4).takes(one)] for index in range(4)]
    assert sorted(one for share in taken for one in share) == IDS
    assert all(taken)


def test_shard_of_a_video_does_not_depend_on_the_others():
    assert [one for one in IDS[:9] if Shard(1, 3).takes(one)] == [
        one for one in IDS if Shard(1, 3).takes(one) and one in IDS[:9]
    ]


def test_shards_book_each_entry_of_a_listing_once():
    videos = tuple(Video(id=one, name=f"{one}.mp4") for one in IDS)
    failures = (Failure("source", "x", "E", "no"), Failure("source", "y", "E", "no"))
    whole = Tally("video", 65, 60, {"duplicate": 3}, {"E": 2})
    parts = [Shard(i, 3).of(Listing(videos, whole, failures)) for i in range(3)]
    assert sum((part.tally for part in parts), Tally("video", 0, 0)) == whole
    assert all(part.tally.balanced for part in parts)
    assert {v.id for part in parts for v in part.videos} == set(IDS)


@pytest.mark.parametrize(
    ("made", "listed"),
    [(YouTubeSource, {"ids": IDS}), (UrlSource, {"urls": [f"https://a.bc/{i}" for i in IDS]})],
)
def test_download_lists_only_the_targets_of_its_share(made, listed, tmp_path):
    key = next(iter(listed))
    source = made(**{key: [*listed[key], listed[key][0], "no id"]}, videos_dir=str(tmp_path))
    shares = [source._collect(Shard(index, 3)) for index in range(3)]
    keys = [target.key for targets, _ in shares for target in targets]
    assert sorted(keys) == sorted(listed[key])
    assert sum(entries.n_in for _, entries in shares) == len(IDS) + 2
    assert sum(len(entries.failures) for _, entries in shares) == 1
    assert sum(entries.dropped["duplicate"] for _, entries in shares) == 1


@pytest.mark.parametrize(
    "wrong", [{"index": 3, "count": 3}, {"index": 0, "count": 0}, {"index": 0}, 3]
)
def test_shard_that_is_none_is_refused(wrong):
    with pytest.raises(ConfigError, match="shard"):
        shard_of(wrong)


def test_config_without_shards_is_whole():
    assert shard_of(None).takes("anything")
