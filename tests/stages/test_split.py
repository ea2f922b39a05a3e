import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf
from splitting import contexts, scan_and_split

import ivg
from ivg.errors import ConfigError
from ivg.records import Video
from ivg.stages.split import Split

SAMPLE = Path(ivg.__file__).parent / "sample" / "sample.mp4"


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return contexts(tmp_path_factory.mktemp("frames"))


@pytest.fixture(scope="module")
def split_sample(context):
    video = Video(id="sample", name="sample.mp4", path=SAMPLE)
    done = scan_and_split(Split(), video, context)
    return replace(video, **done.outcome.fields), done


def test_split_finds_the_true_scenes_of_the_sample_to_a_frame(split_sample):
    video, _ = split_sample
    true = json.loads(SAMPLE.with_suffix(".json").read_text())["scenes"]
    assert len(video.scenes) == len(true) == 12
    for found, expected in zip(video.scenes, true, strict=True):
        assert found.start_sec == pytest.approx(expected["start_sec"], abs=1 / 30)
        assert found.end_sec == pytest.approx(expected["end_sec"], abs=1 / 30)


def test_split_tells_duration_rate_and_counts_of_the_sample(split_sample):
    video, done = split_sample
    assert video.duration == pytest.approx(45.8)
    assert video.fps == 30.0
    assert video.dropped_scenes == ()
    (tally,) = done.outcome.tallies
    assert (tally.unit, tally.n_in, tally.n_out) == ("scene", 12, 12)


def test_split_keeps_three_frames_in_every_scene(split_sample, context):
    video, _ = split_sample
    times = video.frame_times
    for scene in video.scenes:
        assert np.sum((times >= scene.start_sec) & (times < scene.end_sec)) == 3
    images = context.frames.read(video, range(len(times)))
    assert {image.shape for image in images} == {(360, 640, 3)}


def test_split_frames_differ_between_scenes(split_sample, context):
    video, _ = split_sample
    cat, coffee, cat_again = context.frames.read(video, [0, 3, 9])
    near = np.abs(cat.astype(int) - cat_again).mean()
    far = np.abs(cat.astype(int) - coffee).mean()
    assert far > 1.5 * near


def test_split_without_a_file_fails_by_name(context):
    done = scan_and_split(Split(), Video(id="x", name="gone.mp4"), context)
    assert (done.status, done.failure.error) == ("failed", "FrameUnavailableError")
    assert "gone.mp4" in done.failure.message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", -1),
        ("threshold", "high"),
        ("min_secs", None),
        ("frame_side", 3.5),
        ("min_scene_len", -1),
        ("min_secs", -1),
        ("frames_per_scene", 0),
        ("positions", "middle"),
        ("decimals", -1),
        ("frame_side", -5),
        ("jpeg_quality", 101),
    ],
)
def test_split_refuses_values_out_of_range(key, value):
    with pytest.raises(ConfigError, match=rf"split\.{key} must be .*, got {value!r}"):
        Split(**{key: value})


def test_split_config_holds_every_argument_at_its_default():
    config = OmegaConf.load(Path(ivg.__file__).parents[1] / "conf/split/content.yaml")
    assert vars(instantiate(config)) == vars(Split())
    assert set(config) - {"_target_"} == set(vars(Split()))
