import json

import numpy as np
import open_clip
import pytest
import torch
from tiny_checkpoints import tiny_open_clip_config
from tiny_hub import COMMIT

from ivg.errors import ConfigError, MissingDependencyError
from ivg.models.embedders.open_clip import OpenClipEmbedder
from ivg.models.open_clip_checkpoint import (
    ClipWeights,
    absent_weights,
    known_weights,
    locate,
)
from ivg.models.provenance import file_provenance

WHAT_TO_DO = (
    r"embedder\.pretrained=openai: not in the cache .*HF_HUB_OFFLINE is set; "
    r"get it by `hf download timm/vit_large_patch14_clip_224\.openai open_clip_model\.safetensors`"
)


@pytest.fixture
def scorer(clip_folder) -> OpenClipEmbedder:
    found = OpenClipEmbedder(pretrained=str(clip_folder))
    found.setup("cpu")
    return found


def test_open_clip_folder_gives_what_open_clip_gives(scorer, clip_folder, pictures):
    from PIL import Image

    network, _, transform = open_clip.create_model_and_transforms(f"local-dir:{clip_folder}")
    network.eval()
    with torch.no_grad():
        images = torch.stack([transform(Image.fromarray(picture)) for picture in pictures])
        expected = network.encode_image(images).numpy()
        texts = network.encode_text(open_clip.tokenize(["a cat", "a cup"])).numpy()
    np.testing.assert_allclose(scorer.embed_images(pictures), expected, atol=1e-5)
    np.testing.assert_allclose(scorer.embed_texts(["a cat", "a cup"]), texts, atol=1e-5)


def test_open_clip_vectors_are_unnormalised_float32(scorer, pictures):
    vectors = scorer.embed_images(pictures)
    assert vectors.shape == (6, 16)
    assert vectors.dtype == np.float32
    assert (np.abs(np.linalg.norm(vectors, axis=1) - 1) > 0.01).all()
    assert scorer.project(vectors) is vectors


def test_open_clip_batch_size_changes_nothing(clip_folder, pictures):
    one = OpenClipEmbedder(pretrained=str(clip_folder), batch_size=1)
    many = OpenClipEmbedder(pretrained=str(clip_folder))
    one.setup("cpu")
    many.setup("cpu")
    np.testing.assert_allclose(one.embed_images(pictures), many.embed_images(pictures), atol=1e-5)


def test_open_clip_embedder_and_scorer_share_one_copy(scorer, clip_folder):
    embedder = OpenClipEmbedder(pretrained=str(clip_folder), batch_size=3)
    embedder.setup("cpu")
    assert embedder.frame_model == scorer.frame_model
    assert embedder._clip is scorer._clip


def test_open_clip_reads_one_safetensors_file(scorer, clip_folder, pictures, tmp_path):
    config = tmp_path / "tiny-test-clip.json"
    config.write_text(json.dumps(tiny_open_clip_config()))
    open_clip.add_model_config(config)
    weights = clip_folder / "open_clip_model.safetensors"
    embedder = OpenClipEmbedder(model="tiny-test-clip", pretrained=str(weights))
    embedder.setup("cpu")
    assert embedder.embed_images(pictures).shape == (6, 16)
    assert (embedder._clip.network.logit_scale == scorer._clip.network.logit_scale).all()


def test_open_clip_bare_file_says_what_it_does_not_tell(clip_folder, caplog):
    weights = clip_folder / "open_clip_model.safetensors"
    with caplog.at_level("WARNING"):
        assert locate(ClipWeights("embedder", "ViT-B-32", str(weights))).weights == str(weights)
    assert "a bare file does not tell its activation" in caplog.text


def test_open_clip_path_goes_before_a_tag_as_in_the_key(clip_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wanted = ClipWeights("embedder", "ViT-L-14", "openai")
    assert known_weights(wanted, file_provenance)["model"].startswith("timm/")
    (tmp_path / "openai").symlink_to(clip_folder)
    assert locate(wanted).name == "local-dir:openai"
    assert known_weights(wanted, file_provenance)["files"]


def test_open_clip_pickled_folder_needs_trust_and_is_described(clip_folder, tmp_path):
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    folder.mkdir()
    config = (clip_folder / "open_clip_config.json").read_bytes()
    (folder / "open_clip_config.json").write_bytes(config)
    weights = load_file(clip_folder / "open_clip_model.safetensors")
    torch.save(weights, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(MissingDependencyError, match=r"holds no open_clip_model\.safetensors"):
        OpenClipEmbedder(pretrained=str(folder)).setup("cpu")
    trusted = OpenClipEmbedder(pretrained=str(folder), allow_pickle=True)
    trusted.setup("cpu")
    assert list(trusted.provenance["files"]) == ["open_clip_pytorch_model.bin"]


@pytest.fixture
def tag_in_the_cache(tmp_path, monkeypatch):
    """A small model of the real architecture's name, where the hub's client would put its tag."""
    place = tmp_path / "hub" / "models--timm--vit_base_patch32_clip_224.openai"
    snapshot = place / "snapshots" / COMMIT
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    snapshot.mkdir(parents=True)
    return snapshot


def test_open_clip_tag_is_loaded_from_the_cache_with_its_own_activation(tag_in_the_cache, pictures):
    from safetensors.torch import save_file

    network = open_clip.create_model("ViT-B-32", load_weights=False, force_quick_gelu=True)
    save_file(network.state_dict(), tag_in_the_cache / "open_clip_model.safetensors")
    embedder = OpenClipEmbedder(model="ViT-B-32", pretrained="openai")
    embedder.setup("cpu")
    with torch.no_grad():
        tokens = open_clip.tokenize(["a cat"])
        expected = network.eval().encode_text(tokens).numpy()
    np.testing.assert_allclose(embedder.embed_texts(["a cat"]), expected, atol=1e-4)
    assert embedder.provenance["commit"] == COMMIT


def test_open_clip_missing_tokenizer_is_named(tag_in_the_cache):
    wanted = ClipWeights("embedder", "ViT-B-16-SigLIP", "webli")
    weights, tokenizer = absent_weights(wanted)
    assert weights.file == "open_clip_model.safetensors"
    assert tokenizer.repository == "timm/ViT-B-16-SigLIP"


def test_open_clip_bf16_is_near_fp32(scorer, clip_folder, pictures):
    low = OpenClipEmbedder(pretrained=str(clip_folder), precision="bf16")
    low.setup("cpu")
    np.testing.assert_allclose(low.embed_images(pictures), scorer.embed_images(pictures), atol=0.1)


@pytest.mark.parametrize("pretrained", ["/no/such/folder", "./weights.safetensors", "opeani"])
def test_open_clip_missing_checkpoint_names_the_key(pretrained):
    with pytest.raises(MissingDependencyError, match=r"embedder\.pretrained=.*openai"):
        OpenClipEmbedder(pretrained=pretrained).setup("cpu")


def test_open_clip_tag_without_network_says_what_to_do(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingDependencyError, match=WHAT_TO_DO):
        OpenClipEmbedder().setup("cpu")


def test_open_clip_tag_is_fetched_as_safetensors_with_its_own_activation(monkeypatch):
    asked = {}

    def download(repository, file, **options):
        asked.update(repository=repository, file=file, **options)
        return "/cache/weights.safetensors"

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    source = locate(ClipWeights("embedder", "ViT-L-14", "openai"))
    assert asked["file"] == "open_clip_model.safetensors"
    assert asked["repository"] == "timm/vit_large_patch14_clip_224.openai"
    assert source.quick_gelu
    assert dict(source.preprocess)["mean"][0] == pytest.approx(0.4815, abs=1e-4)


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".pth"])
def test_open_clip_refuses_pickled_weights(tmp_path, suffix):
    weights = tmp_path / f"model{suffix}"
    torch.save({}, weights)
    with pytest.raises(ConfigError, match="safetensors"):
        OpenClipEmbedder(pretrained=str(weights)).setup("cpu")


def test_open_clip_refuses_a_folder_with_pickled_weights_only(clip_folder, tmp_path):
    (tmp_path / "open_clip_config.json").write_text("{}")
    torch.save({}, tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(MissingDependencyError, match=r"holds no open_clip_model\.safetensors"):
        OpenClipEmbedder(pretrained=str(tmp_path)).setup("cpu")


def test_open_clip_broken_weights_name_the_key(clip_folder, tmp_path):
    config = (clip_folder / "open_clip_config.json").read_bytes()
    (tmp_path / "open_clip_config.json").write_bytes(config)
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"not weights")
    with pytest.raises(MissingDependencyError, match=r"embedder\.pretrained=.*can't be loaded"):
        OpenClipEmbedder(pretrained=str(tmp_path)).setup("cpu")


def test_open_clip_unknown_model_names_the_key(tmp_path):
    with pytest.raises(ConfigError, match=r"embedder\.model=ViT-Z-99"):
        OpenClipEmbedder(model="ViT-Z-99", pretrained="openai").setup("cpu")


@pytest.mark.parametrize(("key", "value"), [("precision", "fp8"), ("batch_size", 0)])
def test_open_clip_refuses_values_out_of_range(key, value):
    with pytest.raises(ConfigError, match=f"scorer.{key}"):
        OpenClipEmbedder("scorer", **{key: value})
