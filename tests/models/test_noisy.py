"""`captioner=noisy`: so many answers are replaced, each by its own clip."""

from dataclasses import replace

import numpy as np
import pytest
from composing import composed

from ivg.errors import ConfigError
from ivg.identity import canonical
from ivg.models.captioners.ensemble import EnsembleCaptioner
from ivg.models.captioners.noisy import SENTENCES, NoisyCaptioner
from ivg.models.captioners.small import SmallCaptioner
from ivg.models.protocols import Said
from ivg.plan import resolved
from ivg.records import Clip
from ivg.sample.clip import sample_scenes
from ivg.targets import build

MANY = 400


class Namer:
    """Says how bright the first pixel is, or one of the sentences that noise would say."""

    n_frames = 2
    prompts = ("how bright?",)
    absent = ("something",)

    def __init__(self, says: str = "") -> None:
        self.says = says
        self.device = ""
        self.provenance = {"weights": "none"}

    def setup(self, device: str) -> None:
        self.device = device

    def caption(self, clips) -> list[Said]:
        return [[self.says or f"{clip.frames[0][0, 0, 0]} bright"] for clip in clips]


@pytest.fixture(scope="module")
def many() -> list[Clip]:
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (MANY, 8, 8, 3), dtype=np.uint8)
    return [Clip((frame,), (0.5,), 0.0, 1.0) for frame in frames]


def replaced(clips, noise: float, **more) -> list[bool]:
    plain = Namer().caption(clips)
    found = NoisyCaptioner(Namer(), noise, **more).caption(clips)
    return [one != other for one, other in zip(found, plain, strict=True)]


def test_noisy_at_0_equals_the_wrapped_one(clips):
    captioner, plain = NoisyCaptioner(SmallCaptioner(), 0.0), SmallCaptioner()
    captioner.setup("cpu")
    assert captioner.caption(clips) == plain.caption(clips)


@pytest.mark.parametrize("says", ["", *SENTENCES])
def test_noisy_at_1_never_says_what_the_wrapped_one_says(many, says):
    plain = Namer(says).caption(many)
    found = NoisyCaptioner(Namer(says), 1.0).caption(many)
    assert all(one != other for one, other in zip(found, plain, strict=True))
    said = [sentence for answer in found for sentence in answer]
    assert len(said) == MANY
    assert set(said) == set(SENTENCES) - {says}


@pytest.mark.parametrize("noise", [0.1, 0.5, 0.9])
def test_noisy_replaces_its_share(many, noise):
    assert np.mean(replaced(many, noise)) == pytest.approx(noise, abs=0.08)


def test_noisy_replaces_at_a_larger_share_what_it_does_at_a_smaller(many):
    few, half = replaced(many, 0.2), replaced(many, 0.5)
    assert all(more for less, more in zip(few, half, strict=True) if less)


def test_noisy_answers_by_the_clip_whatever_order_and_batch(many):
    captioner = NoisyCaptioner(Namer(), 0.5)
    found = captioner.caption(many)
    assert [said for clip in many for said in captioner.caption([clip])] == found
    assert captioner.caption(many[::-1]) == found[::-1]
    moved = [replace(clip, start_sec=9.0, end_sec=10.0) for clip in many]
    assert captioner.caption(moved) == found


def test_noisy_seed_makes_another_choice(many):
    assert replaced(many, 0.5) != replaced(many, 0.5, seed=1)


def test_noisy_keeps_an_exception():
    class Failing(Namer):
        def caption(self, clips):
            return [ValueError("no") for _ in clips]

    clip = Clip((np.zeros((2, 2, 3), np.uint8),), (0.0,), 0.0, 1.0)
    [said] = NoisyCaptioner(Failing(), 1.0).caption([clip])
    assert isinstance(said, ValueError)


def test_noisy_refuses_a_wrong_number_of_answers(many):
    class Short(Namer):
        def caption(self, clips):
            return super().caption(clips)[1:]

    with pytest.raises(ValueError, match="shorter"):
        NoisyCaptioner(Short()).caption(many)


def test_noisy_draws_for_each_captioner_of_an_ensemble(many):
    inner = EnsembleCaptioner({"a": Namer(), "b": Namer()})
    found = NoisyCaptioner(inner, 0.5).caption(many)
    plain = Namer().caption(many)
    hit = [
        tuple(said[name] != wanted for name in "ab")
        for said, wanted in zip(found, plain, strict=True)
    ]
    assert set(hit) == {(False, False), (False, True), (True, False), (True, True)}


def test_noisy_passes_on_what_the_wrapped_one_offers():
    inner = Namer()
    captioner = NoisyCaptioner(inner)
    captioner.setup("somewhere")
    assert inner.device == "somewhere"
    assert (captioner.n_frames, captioner.prompts) == (2, ("how bright?",))
    assert (captioner.provenance, captioner.absent) == ({"weights": "none"}, ("something",))


def test_noisy_sentences_are_the_captions_of_the_sample():
    assert set(SENTENCES) == {scene.caption for scene in sample_scenes()}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("noise", 1.1),
        ("noise", "a"),
        ("seed", -1),
        ("sentences", "one"),
        ("sentences", ["one", "one"]),
        ("sentences", ["one", 3]),
    ],
)
def test_noisy_wrong_value_names_its_key(key, value):
    with pytest.raises(ConfigError, match=rf"^captioner\.{key} must be"):
        NoisyCaptioner(Namer(), **{key: value})


def test_noisy_config_wraps_another_captioner_and_is_keyed_by_it():
    def config(*overrides):
        return resolved(composed("captioner=noisy", *overrides))["captioner"]

    assert isinstance(build(config()).inner, SmallCaptioner)
    other = config("captioner@captioner.inner=blip2")
    assert type(build(other).inner).__name__ == "Blip2Captioner"
    keys = [
        str(canonical(one, "captioner"))
        for one in (config(), other, config("captioner.noise=0.5"), config("captioner.seed=1"))
    ]
    assert len(set(keys)) == 4
    batched = canonical(config("captioner.inner.batch_size=1"), "captioner")
    assert str(batched) == keys[0]
