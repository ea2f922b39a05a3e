"""Plans of montages: drawn as told, by the seed and the number alone."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ivg.montage.plan import Crop, Options, Shot, make_script, reflected
from ivg.sample.clip import sample_scenes

SAMPLE = sample_scenes()
OPTIONS = Options(
    scenes=(3, 9),
    secs=(0.5, 6.0),
    repeats=0.3,
    neighbours=0.2,
    crop=(0.5, 1.0),
    mirrored=0.5,
    speed=(0.5, 2.0),
    noise=2.0,
    seed=0,
    height=90,
)


def scripts(count=60, **changed):
    options = replace(OPTIONS, **changed)
    return [make_script(options, number, SAMPLE) for number in range(count)]


def follows(script):
    """Each shot with the one before it."""
    return list(pairwise(script.shots))


def test_plan_is_that_of_its_seed():
    assert scripts() == scripts()
    assert all(one != other for one, other in zip(scripts(), scripts(seed=1), strict=True))
    assert len({script.shots for script in scripts()}) == 60


def test_plan_stays_within_its_ranges():
    drawn = scripts()
    assert {len(script.shots) for script in drawn} == set(range(3, 10))
    for shot in (shot for script in drawn for shot in script.shots):
        assert SAMPLE[shot.scene].subject == shot.subject
        assert 15 <= shot.n_frames <= 180
        assert 0.5 <= shot.speed <= 2.0
        assert 0.5 <= shot.crop.size <= 1.0
        assert shot.crop.left >= 0
        assert max(shot.crop.left, shot.crop.top) + shot.crop.size <= 1.0001


def test_plan_shows_every_scene_of_the_sample():
    shown = {shot.scene for script in scripts() for shot in script.shots}
    assert shown == set(range(12))


def test_plan_without_neighbours_or_repeats_shows_eight_subjects_once():
    for script in scripts(neighbours=0, repeats=0, scenes=(8, 8)):
        assert len({shot.subject for shot in script.shots}) == 8


def test_plan_of_repeats_only_goes_between_two_subjects():
    for script in scripts(neighbours=0, repeats=1, scenes=(5, 5)):
        assert len({shot.subject for shot in script.shots}) == 2
        assert all(one.subject != other.subject for one, other in follows(script))


def test_plan_of_neighbours_only_keeps_its_subject_in_other_frames():
    pairs = [p for s in scripts(neighbours=1, scenes=(5, 5), crop=(0.5, 0.6)) for p in follows(s)]
    assert all(one.subject == other.subject for one, other in pairs)
    assert all(one.mirrored != other.mirrored for one, other in pairs)
    assert all(one.crop.overlap(other.crop) < 0.6 for one, other in pairs)


@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_plan_has_neighbours_as_often_as_told(chance):
    pairs = [pair for script in scripts(200, neighbours=chance) for pair in follows(script)]
    share = sum(one.subject == other.subject for one, other in pairs) / len(pairs)
    assert share == pytest.approx(chance, abs=0.06)


def test_plan_truth_is_the_shots_in_seconds():
    for script in scripts(10):
        scenes = script.truth.scenes
        assert [scene.subject for scene in scenes] == [shot.subject for shot in script.shots]
        assert scenes[0].start_sec == 0
        assert all(a.end_sec == b.start_sec for a, b in pairwise(scenes))
        lengths = [round((scene.end_sec - scene.start_sec) * 30) for scene in scenes]
        assert lengths == [shot.n_frames for shot in script.shots]


def test_shot_shows_frames_of_its_scene_only():
    for script in scripts(20):
        for shot in script.shots:
            frames = shot.frames(SAMPLE)
            assert len(frames) == shot.n_frames
            assert set(frames) <= set(SAMPLE[shot.scene].frames)


def test_shot_longer_than_its_scene_runs_to_and_fro():
    shot = Shot("rocket", 2, 100, 10, 1.0, Crop(0, 0, 1), False)  # 105 frames, from 240
    there = [340, 341, 342, 343, 344]
    assert shot.frames(SAMPLE) == [*there, 343, 342, 341, 340, 339]
    assert [reflected(step, 3) for step in range(6)] == [0, 1, 2, 1, 0, 1]
    assert reflected(7, 1) == 0


def test_crop_overlap_is_intersection_over_union():
    crop = Crop(0.0, 0.0, 0.5)
    assert crop.overlap(crop) == 1
    assert crop.overlap(Crop(0.5, 0.5, 0.5)) == 0
    assert crop.overlap(Crop(0.25, 0.0, 0.5)) == pytest.approx(1 / 3)


def test_script_name_changes_with_all_that_changes_its_pictures():
    changes = [{}, {"seed": 1}, {"noise": 3.0}, {"height": 92}, {"crop": (0.6, 1.0)}]
    names = {scripts(1, **changed)[0].name("sample") for changed in changes}
    assert len(names) == len(changes)
    assert scripts(1)[0].name("sample") == scripts(1)[0].name("sample") != scripts(1)[0].name("x")
