"""Checkpoints on disk are known by what they hold."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from tiny_checkpoints import write_tiny_open_clip

from ivg.fingerprint import SAMPLE_BYTES, STRIDE, checkpoint_identity, file_identity, fingerprint
from ivg.identity import identify
from ivg.models.captioners.blip2 import Blip2Captioner
from ivg.models.captioners.vlm import VlmCaptioner
from ivg.models.embedders.open_clip import OpenClipEmbedder
from ivg.models.embedders.transformers import TransformersEmbedder
from ivg.models.writers.llm import LlmWriter
from ivg.quality.benchmarks.activitynet import ActivityNet


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(5 * STRIDE))
    return folder


def key(built: type, argument: str, value: object) -> str:
    target = f"{built.__module__}.{built.__qualname__}"
    return identify("embed", {"_target_": target, argument: str(value)}, "").key


def set_byte(file: Path, offset: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(b"\x01")


@pytest.mark.parametrize(
    ("built", "argument"),
    [
        (OpenClipEmbedder, "pretrained"),
        (TransformersEmbedder, "model"),
        (Blip2Captioner, "model"),
        (VlmCaptioner, "model"),
        (LlmWriter, "model"),
    ],
)
def test_key_follows_what_a_checkpoint_holds_and_not_where_it_lies(
    checkpoint, tmp_path, built, argument
):
    moved = shutil.copytree(checkpoint, tmp_path / "there")
    before = key(built, argument, checkpoint)
    assert key(built, argument, moved) == before
    set_byte(moved / "model.safetensors", 0)
    assert key(built, argument, moved) != before
    assert key(built, argument, tmp_path / "nowhere") != before


def test_key_reads_a_home_path_as_the_model_does(checkpoint, monkeypatch):
    monkeypatch.setenv("HOME", str(checkpoint.parent))
    assert key(Blip2Captioner, "model", "~/here") == key(Blip2Captioner, "model", checkpoint)


@pytest.mark.parametrize("offset", [0, STRIDE - 1, 3 * STRIDE + SAMPLE_BYTES - 1, 5 * STRIDE - 1])
def test_fingerprint_changes_with_a_byte_of_a_sample(checkpoint, offset):
    before = fingerprint(checkpoint)
    set_byte(checkpoint / "model.safetensors", offset)
    assert fingerprint(checkpoint) != before


@pytest.mark.parametrize("offset", range(0, 4 * STRIDE, STRIDE // 3))
def test_fingerprint_changes_with_one_layer_wherever_it_lies(checkpoint, offset):
    before = fingerprint(checkpoint)
    with (checkpoint / "model.safetensors").open("r+b") as opened:
        opened.seek(offset)
        opened.write(b"\x01" * STRIDE)
    assert fingerprint(checkpoint) != before


def test_fingerprint_changes_with_names_and_sizes(checkpoint):
    seen = {fingerprint(checkpoint)}
    (checkpoint / "config.json").rename(checkpoint / "configs.json")
    seen.add(fingerprint(checkpoint))
    (checkpoint / "configs.json").write_text("{ }")
    seen.add(fingerprint(checkpoint))
    assert len(seen) == 3


def test_fingerprint_passes_over_hidden_caches(checkpoint):
    before = fingerprint(checkpoint)
    (checkpoint / ".cache").mkdir()
    (checkpoint / ".cache" / "lock").write_text("x")
    assert fingerprint(checkpoint) == before


@pytest.mark.parametrize("name", ["openai", "Salesforce/blip2-flan-t5-xxl", None])
def test_checkpoint_that_is_not_on_disk_stands_for_itself(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert checkpoint_identity(name) == name


def test_weights_in_the_manifest_are_known_by_their_content(tmp_path):
    folder = write_tiny_open_clip(tmp_path / "clip")
    weights = folder / "open_clip_model.safetensors"
    known = OpenClipEmbedder(pretrained=str(folder)).provenance
    assert known["fingerprint"] == fingerprint(weights)
    assert known["files"] == {weights.name: sha256(weights.read_bytes()).hexdigest()}


def test_annotations_count_by_every_byte_and_not_by_their_path(tmp_path):
    def of(path: Path) -> str:
        target = f"{ActivityNet.__module__}.{ActivityNet.__qualname__}"
        config = {"_target_": target, "annotations": str(path), "videos": str(tmp_path)}
        return identify("queries", config, "").key

    here, there = tmp_path / "here.json", tmp_path / "there.json"
    here.write_bytes(bytes(3 * STRIDE))
    shutil.copy(here, there)
    assert of(here) == of(there)
    set_byte(there, STRIDE + SAMPLE_BYTES + 1)  # the samples of a checkpoint pass over it
    assert fingerprint(here) == fingerprint(there)
    assert of(here) != of(there)
    assert file_identity(str(tmp_path / "none")) == str(tmp_path / "none")
    assert file_identity(None) is None
