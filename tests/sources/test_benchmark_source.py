"""The videos of a benchmark's folder that its queries name."""

import shutil

import pytest

from ivg.errors import SourceError
from ivg.quality.benchmarks.charades_sta import CharadesSta
from ivg.sources.benchmark import BenchmarkSource

LINES = "ONE 0 1##a.\nGONE 1 2##b.\nONE 2 3##c.\nGONE 3 4##d.\n"


@pytest.fixture
def source(tmp_path, sample):
    (tmp_path / "videos").mkdir()
    (tmp_path / "sta.txt").write_text(LINES)
    shutil.copy(sample, tmp_path / "videos" / "ONE.mp4")
    (tmp_path / "videos" / "OTHER.mp4").write_bytes(b"nobody asks about it")
    return BenchmarkSource(CharadesSta(str(tmp_path / "sta.txt"), str(tmp_path / "videos")))


def test_source_lists_what_is_asked_about_and_names_what_is_missing(source, tmp_path):
    listing = source.list_videos(tmp_path)
    assert [video.name for video in listing.videos] == ["ONE"]
    assert listing.tally.balanced
    assert (listing.tally.n_in, listing.tally.failed) == (2, {"MissingVideoError": 1})
    [failure] = listing.failures
    assert failure.video == "GONE"
    assert failure.message.endswith("no video 'GONE'; queries that ask about it: 2")


def test_source_names_two_files_of_one_id_and_a_missing_folder(source, tmp_path):
    (tmp_path / "videos" / "ONE.mkv").touch()
    with pytest.raises(SourceError, match=r"ONE\.mp4: ONE\.mkv has the same id"):
        source.list_videos(tmp_path)
    shutil.rmtree(tmp_path / "videos")
    with pytest.raises(SourceError, match="videos: there is no such folder"):
        source.list_videos(tmp_path)
