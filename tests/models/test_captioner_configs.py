"""Every YAML of `captioner` on a tiny checkpoint of the same class, through its own hub id."""

from dataclasses import replace
from pathlib import Path

import pytest
from composing import composed
from omegaconf import OmegaConf
from tiny_hub import COMMIT, CONF, WRITERS, write_tiny_hub

from ivg.plan import resolved
from ivg.targets import build

TESTED_ELSEWHERE = {
    "small": "test_small_models.py",
    "vlm": "llava: the same class without a model of its own",
    "openai": "test_openai_captioner.py",
    "ensemble": "test_ensemble.py",
    "ensemble_written": "test_ensemble.py",
    "noisy": "test_noisy.py",
}
NAMES = sorted({path.stem for path in CONF.glob("*.yaml")} - TESTED_ELSEWHERE.keys())
GREEDY = {"max_new_tokens": 6, "do_sample": False}
SAMPLED = {"max_new_tokens": 6, "do_sample": True, "top_k": 20, "temperature": 3.0}


def test_every_captioner_has_a_tiny_checkpoint():
    unknown = sorted(set(NAMES) - WRITERS.keys())
    assert not unknown, f"add tiny checkpoints of {unknown} to tests/tiny_hub.py"


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Path:
    return write_tiny_hub(tmp_path_factory.mktemp("hub"), NAMES) / "hub"


@pytest.fixture
def made(hub, monkeypatch):
    """Builds and loads what a YAML names, from the cache of the hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(hub))

    def make(name: str, **more):
        config = resolved(composed(f"captioner={name}", "dtype=float32"))["captioner"]
        captioner = build({**config, "n_frames": 3, **more})
        captioner.setup("cpu")
        return captioner

    return make


@pytest.mark.parametrize("name", NAMES)
def test_captioner_config_gives_the_same_words_for_any_batch_size(made, clips, name):
    found = {
        size: made(name, batch_size=size, generate=GREEDY).caption(clips) for size in (1, 4, 16)
    }
    assert found[1] == found[4] == found[16]
    assert all(text.strip() for said in found[1] for text in said)
    assert len({tuple(said) for said in found[1]}) > 1


@pytest.mark.parametrize("name", NAMES)
def test_captioner_config_runs_with_its_own_settings(made, clips, name):
    captioner = made(name)
    (said,) = captioner.caption(clips[:1])
    assert len(said) == 1
    assert captioner.prompts == (captioner.prompt,)


@pytest.mark.parametrize("name", NAMES)
def test_captioner_config_draws_words_that_do_not_depend_on_the_batch(made, clips, name):
    one = made(name, batch_size=1, generate=SAMPLED).caption(clips)
    many = made(name, batch_size=4, generate=SAMPLED).caption(clips[::-1])[::-1]
    other = made(name, batch_size=4, generate=SAMPLED, seed=1).caption(clips)
    assert one == many
    assert one != other


@pytest.mark.parametrize("name", NAMES)
def test_captioner_config_provenance_is_the_commit_and_hashes(made, name):
    known = made(name).provenance
    assert known["model"] == OmegaConf.load(CONF / f"{name}.yaml").model
    assert known["commit"] == COMMIT
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= known["files"].keys()


@pytest.mark.parametrize("name", ["qwen2_5_vl", "qwen3_vl"])
def test_video_times_reach_the_model(made, clips, name):
    """The same pictures at other times are another question."""
    captioner = made(name)
    clip = clips[3]
    slow = replace(clip, times=(0.5, 4.5, 8.5), end_sec=20.0)
    asked = [captioner._inputs([one]) for one in (clip, slow)]
    if name == "qwen2_5_vl":
        seconds = [float(inputs["second_per_grid_ts"][0]) for inputs in asked]
        assert seconds == pytest.approx([2 * 2.5 / 3, 2 * 10.0 / 3])
    else:
        decode = captioner._vlm.processor.tokenizer.decode
        assert decode(asked[0]["input_ids"][0]) != decode(asked[1]["input_ids"][0])
