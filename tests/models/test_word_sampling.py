"""Words drawn row by row have the probabilities that the model gives them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ivg.errors import ConfigError
from ivg.models.sampling import Drawn, check_sampling, drawing, samples, seed_of

LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0, -torch.inf])
DRAWS = 4000


def drawn(processors, rows: int) -> np.ndarray:
    scores = LOGITS.repeat(rows, 1)
    for processor in processors:
        scores = processor(None, scores)
    return scores.argmax(dim=1).numpy()


def shares(words: np.ndarray) -> np.ndarray:
    return np.bincount(words, minlength=len(LOGITS)) / len(words)


def test_drawn_words_follow_the_models_probabilities():
    found = shares(drawn([Drawn(range(DRAWS))], DRAWS))
    np.testing.assert_allclose(found, LOGITS.softmax(dim=0).numpy(), atol=0.03)
    assert found[-1] == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"temperature": 0.5}, (2 * LOGITS).softmax(dim=0)),
        ({"top_k": 2}, torch.tensor([0.731, 0.269, 0, 0, 0])),
        ({"top_p": 0.6}, torch.tensor([1.0, 0, 0, 0, 0])),
    ],
)
def test_drawing_bends_the_probabilities_as_asked(options, expected):
    made = drawing({"do_sample": True, **options}, SimpleNamespace(), range(DRAWS))
    assert made["do_sample"] is False
    assert not options.keys() & made.keys()
    found = shares(drawn(made["logits_processor"], DRAWS))
    np.testing.assert_allclose(found, expected.numpy(), atol=0.03)


def test_drawn_row_depends_on_its_own_seed_only():
    alone = [drawn([Drawn([seed])], 1)[0] for seed in range(20)]
    assert drawn([Drawn(range(20))], 20).tolist() == alone
    assert len(set(alone)) > 1


def test_seed_tells_pictures_times_prompts_and_copies_apart(clips):
    clip = clips[3]
    other = replace(clip, frames=clip.frames[::-1])
    later = replace(clip, times=tuple(time + 1 for time in clip.times))
    asked = [(0, "a", clip, 0), (1, "a", clip, 0), (0, "b", clip, 0), (0, "a", clip, 1)]
    asked += [(0, "a", other, 0), (0, "a", later, 0)]
    assert len({seed_of(*one) for one in asked}) == len(asked)
    assert seed_of(0, "a", clip, 0) == seed_of(0, "a", replace(clip, start_sec=99.0), 0)


def test_samples_follows_the_options_then_the_checkpoint():
    saved = SimpleNamespace(do_sample=True)
    assert samples({}, saved)
    assert not samples({"do_sample": False}, saved)
    assert not samples({}, SimpleNamespace())


def test_drawing_takes_fifty_words_unless_told_like_generate():
    def kinds(options, saved):
        made = drawing({"do_sample": True, **options}, saved, [0])["logits_processor"]
        return [getattr(one, "top_k", None) for one in made[:-1]]

    assert kinds({}, SimpleNamespace()) == [50]
    assert kinds({}, SimpleNamespace(top_k=7)) == [7]
    assert kinds({"top_k": 0}, SimpleNamespace(top_k=7)) == []
    assert kinds({"top_k": None}, SimpleNamespace()) == []


@pytest.mark.parametrize("name", ["typical_p", "epsilon_cutoff", "eta_cutoff"])
def test_warpers_that_are_not_known_are_refused(name):
    check_sampling("captioner.generate", {name: 0.5})
    with pytest.raises(ConfigError, match=rf"captioner\.generate\.{name}"):
        check_sampling("captioner.generate", {"do_sample": True, name: 0.5})


def test_sampled_beams_are_refused():
    check_sampling("captioner.generate", {"num_beams": 4})
    with pytest.raises(ConfigError, match=r"captioner\.generate\.do_sample"):
        check_sampling("captioner.generate", {"do_sample": True, "num_beams": 4})
