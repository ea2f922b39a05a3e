import json
import re
import shutil
from pathlib import Path

import pytest
import torch

from ivg.errors import ConfigError, MissingDependencyError
from ivg.models.captioners.blip2 import Blip2Captioner
from ivg.models.captioners.llava import LlavaCaptioner, chat_prompt


@pytest.fixture(params=[(Blip2Captioner, "blip2_folder"), (LlavaCaptioner, "llava_folder")])
def made(request):
    """A function that makes and loads a captioner from its tiny checkpoint."""
    kind, folder = request.param

    def make(**config):
        captioner = kind(model=str(request.getfixturevalue(folder)), **config)
        captioner.setup("cpu")
        return captioner

    return make


def test_vlm_captions_are_words_of_the_tokenizer(made, pictures):
    (texts,) = made().caption([pictures[:1]])
    assert len(texts) == 1
    assert texts[0].split()
    assert "<" not in texts[0]


def test_vlm_captions_are_deterministic_over_loads_and_samples(made, pictures):
    clips = [[picture] for picture in pictures]
    sampling = {"do_sample": True, "max_new_tokens": 8}
    for options in ({}, {"generate": sampling}):
        assert made(**options).caption(clips) == made(**options).caption(clips)


def test_vlm_captions_depend_on_the_picture(made, pictures):
    captions = made().caption([[picture] for picture in pictures])
    assert len({texts[0] for texts in captions}) > 1


def test_vlm_captions_depend_on_the_prompt(made, pictures):
    clips = [[picture] for picture in pictures]
    assert made().caption(clips) != made(prompt="what a cat").caption(clips)


def test_vlm_batches_give_what_single_clips_give(made, pictures):
    clips = [pictures[:1], pictures[1:3], pictures[3:4], pictures[2:5]]
    captioner = made(n_frames=3, batch_size=3)
    assert captioner.caption(clips) == [captioner.caption([clip])[0] for clip in clips]


def test_vlm_generate_options_reach_the_model(made, pictures):
    (texts,) = made(generate={"max_new_tokens": 2, "min_new_tokens": 2}).caption([pictures[:1]])
    assert len(texts[0].split()) <= 2


def test_vlm_takes_no_clips(made):
    assert made().caption([]) == []


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_vlm_runs_in_half_precision(made, pictures, dtype):
    captioner = made(dtype=dtype)
    assert getattr(torch, dtype) in {p.dtype for p in captioner._vlm.network.parameters()}
    assert len(captioner.caption([pictures[:1]])) == 1


def test_blip2_captions_each_frame(blip2_folder, pictures):
    captioner = Blip2Captioner(str(blip2_folder), n_frames=2)
    captioner.setup("cpu")
    clips = captioner.caption([pictures[:2], pictures[2:3]])
    assert [len(texts) for texts in clips] == [2, 1]


def test_llava_answer_leaves_the_prompt_out(llava_folder, pictures):
    captioner = LlavaCaptioner(str(llava_folder), prompt="what happens in one plain sentence")
    captioner.setup("cpu")
    vlm = captioner._vlm
    (answer,) = captioner.caption([pictures[:1]])[0]
    prompt = chat_prompt(vlm.processor, captioner.prompt, 1)
    inputs = vlm._inputs([prompt], pictures[:1])
    whole = vlm.network.generate(**inputs, **captioner.options)[0]
    decoded = vlm.processor.tokenizer.decode(whole, skip_special_tokens=True)
    assert decoded.startswith("user")
    assert decoded.endswith(answer)
    assert not answer.startswith("user")


def test_llava_chat_prompt_uses_the_processors_template(llava_folder):
    captioner = LlavaCaptioner(str(llava_folder))
    captioner.setup("cpu")
    processor = captioner._vlm.processor
    words = chat_prompt(processor, "what", 2).split()
    assert words == ["user", "<image>", "<image>", "what", "assistant"]
    processor.chat_template = None
    assert chat_prompt(processor, "what", 2) == "USER: <image>\n<image>\nwhat ASSISTANT:"


@pytest.mark.parametrize("kind", [Blip2Captioner, LlavaCaptioner])
@pytest.mark.parametrize("model", ["/no/such/folder", "nobody-here/no-such-model", "./here"])
def test_vlm_missing_checkpoint_names_key_and_model(kind, model):
    with pytest.raises(MissingDependencyError, match=re.escape(f"captioner.model={model}")):
        kind(model=model).setup("cpu")


def test_vlm_refuses_pickled_weights(made, blip2_folder, tmp_path):
    folder = shutil.copytree(blip2_folder, tmp_path / "pickled")
    weights = folder / "model.safetensors"
    torch.save({}, folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(MissingDependencyError, match=r"captioner\.model"):
        Blip2Captioner(str(folder)).setup("cpu")


def test_vlm_broken_weights_name_the_key(llava_folder, tmp_path):
    folder = shutil.copytree(llava_folder, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(MissingDependencyError, match=r"captioner\.model"):
        LlavaCaptioner(str(folder)).setup("cpu")


def test_blip2_without_image_token_says_so(blip2_folder, tmp_path):
    folder = Path(shutil.copytree(blip2_folder, tmp_path / "old"))
    config = json.loads((folder / "config.json").read_text())
    del config["image_token_index"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigError, match="image token"):
        Blip2Captioner(str(folder)).setup("cpu")


@pytest.mark.parametrize(("key", "value"), [("dtype", "int4"), ("batch_size", 0), ("n_frames", 0)])
@pytest.mark.parametrize("kind", [Blip2Captioner, LlavaCaptioner])
def test_vlm_refuses_values_out_of_range(kind, key, value):
    with pytest.raises(ConfigError, match=f"captioner.{key}"):
        kind(**{key: value})
