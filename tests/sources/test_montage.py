"""`source=montage`: the bytes of its seed, and truth that the pictures bear out."""

import logging
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from splitting import split_file

from ivg.errors import ConfigError, SourceError
from ivg.montage.plan import Crop, Script, Shot
from ivg.montage.render import pictures, render, sample_frames
from ivg.records import Image, Video
from ivg.sample.clip import sample_path, sample_scenes
from ivg.sources.montage import MontageSource
from ivg.sources.sample import SampleSource
from ivg.sources.source import Listing
from ivg.video.decode import frames_at

SHORT = {"n_videos": 2, "scenes": [3, 4], "secs": [0.3, 0.5], "height": 64}
HALF_A_FRAME = 1 / 60


def made(store: Path, **options) -> Listing:
    listing = MontageSource(**(SHORT | options)).list_videos(store)
    assert listing.tally.balanced
    assert listing.failures == ()
    return listing


def contents(listing: Listing) -> list[bytes]:
    return [video.path.read_bytes() for video in listing.videos]


@pytest.fixture(scope="module")
def three(tmp_path_factory) -> tuple[Video, ...]:
    """Montages with the sizes of the default and somewhat shorter scenes."""
    source = MontageSource(3, secs=[1.0, 2.0], neighbours=0.25)
    return source.list_videos(tmp_path_factory.mktemp("montages")).videos


def test_montage_of_one_seed_is_the_same_to_the_byte(tmp_path):
    one, other = made(tmp_path / "one"), made(tmp_path / "other", workers=1)
    assert contents(one) == contents(other)
    assert [v.id for v in one.videos] == [v.id for v in other.videos]
    assert [v.truth for v in one.videos] == [v.truth for v in other.videos]


@pytest.mark.slow
def test_montage_is_the_same_to_the_byte_while_the_machine_is_busy(tmp_path):
    """With x264's macroblock tree it was not, and rows of a dataset came and went."""
    scripts = MontageSource(n_videos=1, scenes=[3, 3]).scripts().values()
    frames, scenes = sample_frames(sample_path(), list(scripts), sample_scenes()), sample_scenes()
    paths = [tmp_path / f"{i}.mp4" for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda path: render(*scripts, path, frames, scenes), paths))
    assert len({path.read_bytes() for path in paths}) == 1


def test_montage_of_another_seed_is_another(tmp_path):
    one, other = made(tmp_path), made(tmp_path, seed=1)
    assert not set(contents(one)) & set(contents(other))
    assert {v.truth for v in one.videos} != {v.truth for v in other.videos}


def test_montage_depends_on_its_number_and_not_on_how_many_there_are(tmp_path):
    few, many = made(tmp_path, n_videos=1), made(tmp_path, n_videos=3)
    assert [v.id for v in few.videos] == [v.id for v in many.videos[:1]]


def test_montage_is_rendered_once(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        first = made(tmp_path)
        times = [video.path.stat().st_mtime_ns for video in first.videos]
        again = made(tmp_path)
        assert [video.path.stat().st_mtime_ns for video in again.videos] == times
        first.videos[0].path.unlink()
        (tmp_path / "montage" / ".tmp-left-over.mp4").touch()
        assert contents(made(tmp_path)) == contents(again)
    assert re.findall(r"rendering (\d)", caplog.text) == ["2", "1"]
    names = {path.name for path in (tmp_path / "montage").iterdir()} - {".lock"}
    assert names == {video.name for video in first.videos}


def test_montage_books_balance_and_names_are_unique(three):
    assert len({video.name for video in three}) == len({video.id for video in three}) == 3


def test_montage_folder_can_be_chosen(tmp_path):
    listing = made(tmp_path / "store", folder=str(tmp_path / "here"))
    assert {video.path.parent for video in listing.videos} == {tmp_path / "here"}


def test_montage_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match=r"source\.folder: .*file"):
        made(tmp_path, folder=str(tmp_path / "file"))


def test_montage_check_says_how_much_there_will_be_and_touches_nothing():
    assert MontageSource(n_videos=2, scenes=[3, 3], secs=[2, 2]).check() == "2 videos, 12 s in all"


def test_montage_source_imports_nothing_heavy():
    code = (
        "import sys, ivg.sources.montage; ivg.sources.montage.MontageSource();"
        "print(sorted({'av', 'cv2', 'sqlite3', 'rich', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n_videos", 0),
        ("n_videos", 1.5),
        ("scenes", 5),
        ("scenes", [0, 3]),
        ("scenes", [4, 3]),
        ("scenes", [3.5, 4]),
        ("secs", [0, 1]),
        ("secs", [1, 2, 3]),
        ("secs", "12"),
        ("repeats", 1.1),
        ("neighbours", -0.1),
        ("crop", [0.5, 1.5]),
        ("crop", ["a", 1]),
        ("mirrored", True),
        ("speed", [0, 1]),
        ("noise", -1),
        ("seed", -1),
        ("height", 91),
        ("height", 16),
        ("folder", 3),
        ("workers", 0),
    ],
)
def test_montage_wrong_value_names_its_key(key, value):
    with pytest.raises(ConfigError, match=rf"^source\.{key} must "):
        MontageSource(**{key: value})


def colours(picture: Image) -> Image:
    """A histogram of hue, saturation and value, which mirrors and mild crops leave alone."""
    hsv = cv2.cvtColor(cv2.resize(picture, (160, 90)), cv2.COLOR_RGB2HSV)
    found = cv2.calcHist([hsv], [0, 1, 2], None, [12, 6, 6], [0, 180, 0, 256, 0, 256])
    return np.sqrt(found / found.sum())


@pytest.fixture(scope="module")
def known() -> list[tuple[str, Image]]:
    """Subject and colours of five frames of every scene of the sample."""
    times = {
        s.start_sec + share * (s.end_sec - s.start_sec): s.subject
        for s in sample_scenes()
        for share in (0.1, 0.3, 0.5, 0.7, 0.9)
    }
    seen = frames_at(sample_path(), list(times), HALF_A_FRAME)
    return [(times[time], colours(picture)) for time, picture in seen.items()]


def nearest(picture: Image, known: list[tuple[str, Image]]) -> str:
    own = colours(picture)
    return max(known, key=lambda one: float((one[1] * own).sum()))[0]  # Bhattacharyya


def test_montage_shows_what_its_truth_says(three, known):
    for video in three:
        scenes = video.truth.scenes
        times = [
            time
            for s in scenes
            for time in (s.start_sec, (s.start_sec + s.end_sec) / 2, s.end_sec - 1 / 30)
        ]
        seen = frames_at(video.path, times, HALF_A_FRAME)
        found = [nearest(seen[time], known) for time in times]
        assert found == [scene.subject for scene in scenes for _ in range(3)]


def test_sample_shows_what_its_truth_says(tmp_path, known):
    [video] = SampleSource().list_videos(tmp_path).videos
    scenes = video.truth.scenes
    edges = [time for s in scenes for time in (s.start_sec, s.end_sec - 1 / 30)]
    seen = frames_at(video.path, edges, HALF_A_FRAME)
    assert [nearest(seen[t], known) for t in edges] == [s.subject for s in scenes for _ in "ab"]


def test_montage_uncropped_equals_the_sample():
    shot = Shot("coffee", 1, 10, 2, 1.0, Crop(0, 0, 1), False)
    mirror = Shot("coffee", 1, 10, 1, 1.0, Crop(0, 0, 1), True)
    script = Script(0, (shot, mirror), 0.0, 0, 360)
    frames = sample_frames(sample_path(), [script], sample_scenes())
    plain, _, mirrored = pictures(script, frames, sample_scenes())
    time = 4.0 + 10 / 30
    wanted = frames_at(sample_path(), [time], HALF_A_FRAME)[time]
    assert np.abs(plain.astype(int) - wanted).mean() < 3  # a JPEG in between
    assert (mirrored == plain[:, ::-1]).all()


def test_montage_crop_shows_its_window():
    shot = Shot("coffee", 1, 10, 1, 1.0, Crop(0.5, 0.25, 0.5), False)
    script = Script(0, (shot,), 0.0, 0, 180)
    frames = sample_frames(sample_path(), [script], sample_scenes())
    [found] = pictures(script, frames, sample_scenes())
    time = 4.0 + 10 / 30
    wanted = frames_at(sample_path(), [time], HALF_A_FRAME)[time][90:270, 320:640]
    assert np.abs(found.astype(int) - wanted).mean() < 3


def test_montage_noise_has_its_deviation():
    shot = Shot("coffee", 1, 10, 1, 1.0, Crop(0, 0, 1), False)
    scripts = [Script(0, (shot,), noise, 0, 180) for noise in (0.0, 5.0)]
    frames = sample_frames(sample_path(), scripts, sample_scenes())
    calm, noisy = (next(pictures(s, frames, sample_scenes())).astype(int) for s in scripts)
    inside = (calm > 30) & (calm < 225)
    assert (noisy - calm)[inside].std() == pytest.approx(5.0, rel=0.1)


def test_montage_cuts_are_found_by_content(three):
    """All between subjects, to the frame; none beside. Neighbours may look too much alike."""
    for video in three:
        fields = split_file(video.path)
        scenes = video.truth.scenes
        found = {round(scene.start_sec * 30) for scene in fields["scenes"][1:]}
        other = {round(b.start_sec * 30) for a, b in pairwise(scenes) if a.subject != b.subject}
        assert other <= found <= {round(cut * 30) for cut in video.truth.cuts}
        assert fields["duration"] == pytest.approx(scenes[-1].end_sec)
        assert fields["fps"] == 30


def test_montage_neighbours_are_there_and_partly_found(three):
    """Of all true cuts, those between two framings of one subject too, four in five are seen."""
    pairs = [p for v in three for p in pairwise(v.truth.scenes)]
    near = [b for a, b in pairs if a.subject == b.subject]
    found = sum(len(split_file(video.path)["scenes"]) - 1 for video in three)
    assert near
    assert found / len(pairs) >= 0.8
