"""Every YAML of `embedder` and `scorer` on a tiny checkpoint of the same class."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from composing import composed
from tiny_encoders import ON_THE_HUB, write_small_open_clip
from tiny_hub import put_into_cache

from ivg.models.embedders.open_clip import OpenClipEmbedder
from ivg.models.embedders.transformers import TransformersEmbedder
from ivg.plan import resolved
from ivg.targets import build

CONF = Path(__file__).parents[2] / "conf"
NAMES = {
    group: sorted(p.stem for p in (CONF / group).glob("*.yaml")) for group in ("embedder", "scorer")
}
BIG = [name for name in NAMES["embedder"] if name != "small"]
TEXTS = ["a cat", "a cup of what", "one plain sentence in this image", "a cat"]


def config_of(group: str, name: str) -> dict:
    return dict(resolved(composed(f"{group}={name}"))[group])


@pytest.fixture(scope="session")
def places(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("encoders")


@pytest.fixture
def tiny(places, monkeypatch):
    """Builds what a YAML names; only where an open_clip checkpoint lies is overridden."""

    def make(group: str, name: str, **more):
        config = {**config_of(group, name), **more}
        if config["_target_"].endswith("OpenClipEmbedder"):
            folder = places / name
            if not folder.is_dir():
                write_small_open_clip(folder, config["model"])
            return build({**config, "pretrained": str(folder)})
        if config["_target_"].endswith("TransformersEmbedder"):
            assert name in ON_THE_HUB, f"add a tiny checkpoint of {name} to tests/tiny_encoders.py"
            home = places / f"hub_{name}"
            if not home.is_dir():
                put_into_cache(home, config["model"], ON_THE_HUB[name])
            monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "hub"))
        return build(config)

    return make


def test_every_embedder_has_a_scorer_of_its_name():
    assert NAMES["embedder"] == NAMES["scorer"]


@pytest.mark.parametrize("name", NAMES["embedder"])
def test_embedder_config_embeds_pictures_whatever_the_batch(tiny, pictures, name):
    found = {}
    for size in (1, 4, 16):
        embedder = tiny("embedder", name, batch_size=size)
        embedder.setup("cpu")
        found[size] = embedder.embed_images(pictures)
    assert found[1].dtype == np.float32
    assert found[1].shape[0] == len(pictures)
    assert len(np.unique(found[1].round(4), axis=0)) > 1
    np.testing.assert_allclose(found[4], found[1], atol=1e-3)
    np.testing.assert_allclose(found[16], found[1], atol=1e-3)


@pytest.mark.parametrize("name", NAMES["scorer"])
def test_scorer_config_puts_pictures_and_texts_in_one_space(tiny, pictures, name):
    found = {}
    for size in (1, 4, 16):
        scorer = tiny("scorer", name, batch_size=size)
        scorer.setup("cpu")
        found[size] = scorer.embed_texts(TEXTS)
    frames = scorer.project(scorer.embed_images(pictures))
    assert found[1].dtype == np.float32
    assert found[1].shape == (len(TEXTS), frames.shape[1])
    np.testing.assert_allclose(found[1][0], found[1][3], atol=1e-6)
    assert not np.allclose(found[1][0], found[1][1], atol=1e-3)
    np.testing.assert_allclose(found[4], found[1], atol=1e-3)
    np.testing.assert_allclose(found[16], found[1], atol=1e-3)


@pytest.mark.parametrize("name", BIG)
def test_encoder_vectors_are_not_normalised(tiny, pictures, name):
    scorer = tiny("scorer", name)
    scorer.setup("cpu")
    for vectors in (scorer.embed_images(pictures), scorer.embed_texts(TEXTS)):
        assert (np.abs(np.linalg.norm(vectors, axis=1) - 1) > 1e-3).any()


@pytest.mark.parametrize("name", NAMES["scorer"])
def test_embedder_and_scorer_of_a_name_share_frames_and_weights(tiny, name):
    embedder, scorer = tiny("embedder", name), tiny("scorer", name)
    assert embedder.frame_model == scorer.frame_model
    embedder.setup("cpu")
    scorer.setup("cpu")
    loaded = {OpenClipEmbedder: "_clip", TransformersEmbedder: "_encoder"}
    if type(embedder) in loaded:
        where = loaded[type(embedder)]
        assert getattr(embedder, where) is getattr(scorer, where)
        assert scorer.choice.frame_model != tiny("scorer", name, precision="bf16").frame_model


@pytest.mark.parametrize("name", BIG)
@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.half)])
def test_encoder_in_half_precision_is_near_full(tiny, pictures, name, precision, dtype):
    full, half = tiny("embedder", name), tiny("embedder", name, precision=precision)
    full.setup("cpu")
    half.setup("cpu")
    loaded = half._clip if isinstance(half, OpenClipEmbedder) else half._encoder
    assert dtype in {parameter.dtype for parameter in loaded.network.parameters()}
    expected, found = full.embed_images(pictures[:4]), half.embed_images(pictures[:4])
    assert found.dtype == np.float32
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found / scale, expected / scale, atol=0.1)


@pytest.mark.parametrize("name", BIG)
def test_encoder_provenance_names_files_and_no_path(tiny, places, name):
    known = tiny("scorer", name).provenance
    assert any(file.endswith(".safetensors") for file in known["files"])
    assert all(len(digest) == 64 for digest in known["files"].values())
    assert str(places) not in str(known)


@pytest.mark.parametrize(
    "name", [n for n in BIG if "open_clip" in config_of("embedder", n)["_target_"]]
)
def test_open_clip_config_names_a_tag_that_open_clip_knows(name):
    config = config_of("embedder", name)
    assert config["pretrained"] in open_clip.list_pretrained_tags_by_model(config["model"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["open_clip", "transformers"])
def test_compiled_encoder_gives_the_same_vectors(tiny, pictures, name):
    plain, compiled = tiny("embedder", name), tiny("embedder", name, compile=True)
    plain.setup("cpu")
    compiled.setup("cpu")
    np.testing.assert_allclose(
        compiled.embed_images(pictures), plain.embed_images(pictures), atol=1e-3
    )
