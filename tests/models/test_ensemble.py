import json
import re

import pytest
from composing import composed
from running import books, ivg, rows
from tiny_hub import COMMIT, put_into_cache, write_tiny_hub
from tiny_writer import write_tiny_llama

from ivg.errors import BadModelOutputError, ConfigError, MissingDependencyError
from ivg.identity import canonical
from ivg.models.captioners.ensemble import EnsembleCaptioner, _spread
from ivg.models.captioners.small import SmallCaptioner
from ivg.models.writers.llm import LlmWriter
from ivg.models.writers.writer import question
from ivg.plan import resolved
from ivg.targets import build

WRITER = "Qwen/Qwen2.5-7B-Instruct"
SHORT = {"max_new_tokens": 6}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A hub's cache with the parts and the writer of conf/captioner/ensemble_written.yaml."""
    found = write_tiny_hub(tmp_path_factory.mktemp("hub"), ["blip2", "llava"])
    put_into_cache(found, WRITER, write_tiny_llama)
    return found


@pytest.fixture
def made(home, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "hub"))

    def make(name: str, size: int = 4):
        parts = [f"captioner.parts.{part}.batch_size={size}" for part in ("blip2", "llava")]
        writer = ["captioner.writer.batch_size=" + str(size)] if name == "ensemble_written" else []
        config = resolved(composed(f"captioner={name}", "dtype=float32", *parts, *writer))
        captioner = build(config["captioner"])
        captioner.setup("cpu")
        return captioner

    return make


@pytest.mark.parametrize("name", ["ensemble", "ensemble_written"])
def test_ensemble_config_keeps_the_captions_of_every_part(made, clips, name):
    found = made(name).caption(clips)
    names = {"blip2", "llava", *(["writer"] if name == "ensemble_written" else [])}
    assert all(said.keys() == names for said in found)
    alone = made(name).parts["llava"].caption([_spread(clip, 1) for clip in clips])
    assert [said["llava"] for said in found] == alone
    assert len({json.dumps(said) for said in found}) > 1


@pytest.mark.parametrize("name", ["ensemble", "ensemble_written"])
def test_ensemble_config_gives_the_same_words_for_any_batch_size(made, clips, name):
    found = [made(name, size).caption(clips) for size in (1, 4, 16)]
    assert found[0] == found[1] == found[2]


def test_ensemble_knows_the_weights_and_prompts_of_all(made):
    ensemble = made("ensemble_written")
    known = ensemble.provenance
    assert {known[name]["commit"] for name in ("blip2", "llava", "writer")} == {COMMIT}
    asked = "Write one plain sentence with what they agree on"
    assert [asked in prompt for prompt in ensemble.prompts] == [False, False, True, False]
    assert not any("{captions}" in prompt for prompt in ensemble.prompts)


def test_ensemble_order_is_that_of_the_names_and_not_of_the_config():
    parts = {"b": SmallCaptioner(), "a": SmallCaptioner()}
    assert list(EnsembleCaptioner(parts).parts) == ["a", "b"]


def test_ensemble_identity_covers_its_parts():
    def key(*overrides):
        config = resolved(composed("captioner=ensemble_written", *overrides))["captioner"]
        return json.dumps(canonical(config, "captioner"))

    assert key() == key("captioner.parts.blip2.batch_size=2", "captioner.writer.batch_size=1")
    for part in ("parts.blip2.prompt", "parts.llava.revision", "writer.model"):
        assert key() != key(f"captioner.{part}=other")


def test_ensemble_part_that_fails_on_a_clip_costs_that_clip(clips):
    class Half:
        n_frames = 1

        def setup(self, device):
            pass

        def caption(self, clips):
            return [ValueError("no") if i == 1 else ["yes"] for i in range(len(clips))]

    ensemble = EnsembleCaptioner({"half": Half(), "small": SmallCaptioner()})
    ensemble.setup("cpu")
    found = ensemble.caption(clips[:3])
    assert isinstance(found[1], ValueError)
    assert [said["half"] for said in (found[0], found[2])] == [["yes"], ["yes"]]


@pytest.mark.parametrize(
    ("count", "wanted", "chosen"), [(3, 1, [1]), (3, 2, [0, 2]), (5, 3, [0, 2, 4])]
)
def test_ensemble_spreads_the_frames_of_a_part(clips, count, wanted, chosen):
    clip = clips[3]
    longer = type(clip)(clip.frames * 2, tuple(map(float, range(6))), 0.0, 6.0)
    cut = type(clip)(longer.frames[:count], longer.times[:count], 0.0, 6.0)
    assert _spread(cut, wanted).times == tuple(map(float, chosen))


@pytest.mark.parametrize(
    ("parts", "said"), [({}, "at least one"), ({"writer": SmallCaptioner()}, "the writer's")]
)
def test_ensemble_refuses_parts_that_can_not_be(parts, said):
    with pytest.raises(ConfigError, match=rf"captioner\.parts.*{said}"):
        EnsembleCaptioner(parts)


def test_writer_prompt_takes_captions_as_data():
    draft = {"a": ["{captions} {0}", "{{ x }}"], "b": ["%s"]}
    assert question("say\n{captions}", draft) == "say\n- {captions} {0}\n- {{ x }}\n- %s"


def test_writer_answers_depend_on_the_captions_and_leave_the_prompt_out(tmp_path):
    writer = LlmWriter(str(write_tiny_llama(tmp_path / "llama")), generate=SHORT)
    writer.setup("cpu")
    found = writer.write([{"a": ["a cat"]}, {"a": ["a cup"], "b": ["one image"]}])
    assert len(set(found)) == 2
    assert not any("user" in text for text in found)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"prompt": "write"}, r"writer\.prompt must hold \{captions\}"),
        ({"generate": {"do_sample": True}}, r"writer\.generate\.do_sample"),
        ({"batch_size": 0}, r"writer\.batch_size"),
    ],
)
def test_writer_refuses_values_out_of_range(config, said):
    with pytest.raises(ConfigError, match=said):
        LlmWriter("x", **config)


def test_writer_without_chat_template_says_so(tmp_path):
    folder = write_tiny_llama(tmp_path / "base", chat_template=None)
    with pytest.raises(ConfigError, match="no chat template"):
        LlmWriter(str(folder)).setup("cpu")
    with pytest.raises(MissingDependencyError, match=re.escape("captioner.writer.model=/no/where")):
        LlmWriter("/no/where").setup("cpu")


@pytest.mark.slow
def test_ensemble_build_keeps_and_filters_by_captioner(home, tmp_path):
    run = ["experiment=quickstart", "captioner=ensemble_written", "filter=none", "hygiene=none"]
    env = {"HF_HOME": str(home)}
    ivg("build", *run, "hydra.run.dir=all", cwd=tmp_path, **env)
    only = ["stages.filter.captioners=[writer]", "hydra.run.dir=written"]
    ivg("build", *run, *only, cwd=tmp_path, **env)
    everything, written = books(tmp_path / "all"), books(tmp_path / "written")
    assert written["caption", "video"]["computed"] == written["score", "video"]["computed"] == 0
    line = written["filter", "caption"]
    assert line["n_in"] == everything["filter", "caption"]["n_out"] > 12
    assert line["n_out"] + line["dropped"]["other_captioner"] == line["n_in"]
    kept = rows(tmp_path / "written" / "scenes-ensemble_written-filtered-high_sims.jsonl")
    assert 0 < len(kept) <= 12
    done = ivg("build", *run, "stages.filter.captioners=[nobody]", cwd=tmp_path, check=False, **env)
    assert "there are: blip2, llava, writer" in done.stderr


@pytest.mark.parametrize("count", [1, 4])
def test_ensemble_part_that_miscounts_is_refused(clips, count):
    class Miscounts(SmallCaptioner):
        def caption(self, clips):
            return [["x"]] * count

    ensemble = EnsembleCaptioner({"odd": Miscounts(), "small": SmallCaptioner()})
    ensemble.setup("cpu")
    with pytest.raises(BadModelOutputError, match=f"captioner odd: {count} answers to 3 clips"):
        ensemble.caption(clips[:3])


def test_ensemble_refuses_names_that_could_collide():
    with pytest.raises(ConfigError, match=r"captioner\.parts\.a\.b"):
        EnsembleCaptioner({"a.b": SmallCaptioner()})
