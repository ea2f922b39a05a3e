import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_checkpoints import write_tiny_llava
from tiny_llavas import write_llava_15
from tiny_vlms import chat, write_gemma3

from ivg.errors import ConfigError, MissingDependencyError
from ivg.models.captioners.blip2 import Blip2Captioner
from ivg.models.captioners.vlm import VlmCaptioner
from ivg.models.chat import shown

SAMPLED = {"max_new_tokens": 8, "do_sample": True}


@pytest.fixture(params=[(Blip2Captioner, "blip2_folder"), (VlmCaptioner, "llava_folder")])
def made(request):
    """A function that makes and loads a captioner from its tiny checkpoint."""
    kind, folder = request.param

    def make(**config):
        captioner = kind(model=str(request.getfixturevalue(folder)), **config)
        captioner.setup("cpu")
        return captioner

    return make


def test_vlm_captions_are_words_of_the_tokenizer(made, clips):
    (texts,) = made().caption(clips[:1])
    assert len(texts) == 1
    assert texts[0].split()
    assert "<" not in texts[0]


def test_vlm_captions_depend_on_the_prompt(made, clips):
    assert made().caption(clips) != made(prompt="what a cat").caption(clips)


def test_vlm_generate_options_reach_the_model(made, clips):
    (texts,) = made(generate={"max_new_tokens": 2, "min_new_tokens": 2}).caption(clips[:1])
    assert len(texts[0].split()) <= 2


def test_vlm_takes_no_clips(made):
    assert made().caption([]) == []


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_vlm_runs_in_half_precision(made, clips, dtype):
    captioner = made(dtype=dtype)
    assert getattr(torch, dtype) in {p.dtype for p in captioner._vlm.network.parameters()}
    assert len(captioner.caption(clips[:1])) == 1


@pytest.mark.parametrize(
    "generate",
    [
        {**SAMPLED, "num_return_sequences": 3},
        {"num_beams": 3, "num_return_sequences": 3, "max_new_tokens": 8},
    ],
)
def test_vlm_gives_several_captions_of_a_clip(made, clips, generate):
    found = made(n_frames=1, generate=generate, batch_size=2).caption(clips[:3])
    frames = [len(clip.frames) if "Blip2" in str(made()) else 1 for clip in clips[:3]]
    assert [len(said) for said in found] == [3 * n for n in frames]
    assert any(len(set(said)) > 1 for said in found)
    assert found == made(n_frames=1, generate=generate, batch_size=8).caption(clips[:3])


def test_vlm_sampling_follows_temperature(made, clips):
    cold = {**SAMPLED, "temperature": 1e-4}
    greedy = {"max_new_tokens": 8, "do_sample": False}
    assert made(generate=cold).caption(clips) == made(generate=greedy).caption(clips)


def test_vlm_refuses_sampled_beams(made):
    with pytest.raises(ConfigError, match=r"captioner\.generate\.do_sample=true with num_beams"):
        made(generate={**SAMPLED, "num_beams": 2})


def test_vlm_equal_choices_share_one_copy_and_free_it(made):
    one, two = made(), made(batch_size=2)
    assert one._vlm is two._vlm
    import gc
    import weakref

    left = weakref.ref(one._vlm.network)
    del one, two
    gc.collect()
    assert left() is None


def test_blip2_captions_each_frame(blip2_folder, clips):
    captioner = Blip2Captioner(str(blip2_folder), n_frames=3)
    captioner.setup("cpu")
    assert [len(said) for said in captioner.caption(clips)] == [1, 3, 2, 3, 1, 3]


@pytest.mark.parametrize("show", ["images", "timed_images", "video"])
def test_vlm_shows_a_clip_as_asked(clips, show):
    content = shown(clips[2], "what", show)
    kinds = [part["type"] for part in content]
    texts = [part["text"] for part in content if part["type"] == "text"]
    assert texts[-1] == "what"
    expected = {
        "images": ["image", "image", "text"],
        "timed_images": ["text", "image", "text", "image", "text"],
        "video": ["video", "text"],
    }
    assert kinds == expected[show]
    assert texts[:-1] == (["0.2 s:", "0.9 s:"] if show == "timed_images" else [])


@pytest.mark.parametrize("show", ["images", "timed_images", "video"])
def test_vlm_answers_for_any_batch_however_clips_are_shown(qwen_folder, clips, show):
    found = []
    for size in (1, 16):
        captioner = VlmCaptioner(str(qwen_folder), show=show, n_frames=3, batch_size=size)
        captioner.setup("cpu")
        found.append(captioner.caption(clips))
    assert found[0] == found[1]


def test_vlm_times_change_the_answer(qwen_folder, clips):
    captioner = VlmCaptioner(str(qwen_folder), show="timed_images", n_frames=3)
    captioner.setup("cpu")
    late = replace(clips[3], times=tuple(time + 5 for time in clips[3].times))
    assert captioner.caption([clips[3]]) != captioner.caption([late])


def test_vlm_answer_leaves_the_prompt_out(llava_folder, clips):
    captioner = VlmCaptioner(str(llava_folder), prompt="what happens in one plain sentence")
    captioner.setup("cpu")
    vlm = captioner._vlm
    ((answer,),) = captioner.caption(clips[:1])
    whole = vlm.network.generate(**captioner._inputs(clips[:1]), **captioner.options)[0]
    decoded = vlm.processor.tokenizer.decode(whole, skip_special_tokens=True)
    assert decoded.startswith("user")
    assert decoded.endswith(answer)
    assert not answer.startswith("user")


def test_vlm_without_chat_template_says_so(tmp_path):
    folder = write_tiny_llava(tmp_path / "base")
    with pytest.raises(ConfigError, match="no chat template"):
        VlmCaptioner(str(folder)).setup("cpu")


def test_vlm_that_takes_no_videos_says_so(llava_folder):
    with pytest.raises(ConfigError, match=r"takes no videos; set captioner\.show=images"):
        VlmCaptioner(str(llava_folder), show="video").setup("cpu")


@pytest.mark.parametrize("kind", [Blip2Captioner, VlmCaptioner])
@pytest.mark.parametrize("model", ["/no/such/folder", "nobody-here/no-such-model", "./here"])
def test_vlm_missing_checkpoint_names_key_and_model(kind, model):
    with pytest.raises(MissingDependencyError, match=re.escape(f"captioner.model={model}")):
        kind(model=model).setup("cpu")


@pytest.fixture
def pickled(blip2_folder, tmp_path) -> Path:
    """A checkpoint whose weights are pickled only."""
    from safetensors.torch import load_file

    folder = Path(shutil.copytree(blip2_folder, tmp_path / "pickled"))
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    return folder


def test_vlm_refuses_pickled_weights_unless_allowed(blip2_folder, pickled, clips):
    with pytest.raises(MissingDependencyError, match=r"captioner\.allow_pickle=true"):
        Blip2Captioner(str(pickled)).setup("cpu")
    trusted, safe = (
        Blip2Captioner(str(pickled), allow_pickle=True),
        Blip2Captioner(str(blip2_folder)),
    )
    trusted.setup("cpu")
    safe.setup("cpu")
    assert trusted.caption(clips) == safe.caption(clips)


def test_vlm_never_unpickles_code(pickled):
    class Trap:
        def __reduce__(self):
            return (print, ("code was run",))

    torch.save({"x": Trap()}, pickled / "pytorch_model.bin")
    with pytest.raises(MissingDependencyError, match=r"captioner\.model"):
        Blip2Captioner(str(pickled), allow_pickle=True).setup("cpu")


def test_vlm_broken_weights_name_the_key(llava_folder, tmp_path):
    folder = shutil.copytree(llava_folder, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(MissingDependencyError, match=r"captioner\.model"):
        VlmCaptioner(str(folder)).setup("cpu")


def test_blip2_without_image_token_says_so(blip2_folder, tmp_path):
    folder = Path(shutil.copytree(blip2_folder, tmp_path / "old"))
    config = json.loads((folder / "config.json").read_text())
    del config["image_token_index"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigError, match="image token"):
        Blip2Captioner(str(folder)).setup("cpu")


@pytest.mark.parametrize(("key", "value"), [("dtype", "int4"), ("batch_size", 0), ("n_frames", 0)])
@pytest.mark.parametrize("kind", [Blip2Captioner, VlmCaptioner])
def test_vlm_refuses_values_out_of_range(kind, key, value):
    with pytest.raises(ConfigError, match=f"captioner.{key}"):
        kind(**{"model": "x", key: value})


def test_vlm_chat_names_pictures_and_videos(llava_folder):
    captioner = VlmCaptioner(str(llava_folder))
    captioner.setup("cpu")
    assert captioner._vlm.processor.chat_template == chat(image="<image>")


def with_bos(tokenizer):
    """The tokenizer, beginning every text by its BOS as Llama's does."""
    from tokenizers.processors import TemplateProcessing

    begin = ("<s>", tokenizer.bos_token_id)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing("<s> $A", None, [begin])
    return tokenizer


@pytest.mark.parametrize("template", [chat(image="<image>"), "<s> " + chat(image="<image>")])
def test_vlm_text_begins_once(llava_folder, tmp_path, clips, template):
    """Whether the template says BOS or the tokenizer adds it."""
    from transformers import AutoProcessor

    folder = Path(shutil.copytree(llava_folder, tmp_path / "bos"))
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    processor.chat_template = template
    with_bos(processor.tokenizer)
    processor.save_pretrained(folder)
    captioner = VlmCaptioner(str(folder))
    captioner.setup("cpu")
    ids = captioner._inputs(clips[:1])["input_ids"][0].tolist()
    assert ids.count(processor.tokenizer.bos_token_id) == 1


def test_vlm_token_types_reach_models_that_take_them(tmp_path, clips):
    captioner = VlmCaptioner(str(write_gemma3(tmp_path / "gemma")))
    captioner.setup("cpu")
    inputs = captioner._inputs(clips[:1])
    assert inputs["token_type_ids"].any()
    (said,) = captioner.caption(clips[:1])
    assert len(said) == 1
    assert "token_type_ids" not in llava_inputs(tmp_path, clips)


def llava_inputs(tmp_path, clips):
    captioner = VlmCaptioner(str(write_llava_15(tmp_path / "llava")))
    captioner.setup("cpu")
    return captioner._inputs(clips[:1])


def test_vlm_never_makes_up_weights_that_are_missing(llava_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(llava_folder, tmp_path / "half"))
    weights = load_file(folder / "model.safetensors")
    kept = {name: one for name, one in weights.items() if "multi_modal_projector" not in name}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(MissingDependencyError, match=r"it lacks \d weights"):
        VlmCaptioner(str(folder)).setup("cpu")
