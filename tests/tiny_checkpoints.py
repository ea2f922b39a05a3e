"""Checkpoints with real configs and tokenizers, tiny random weights, and real file formats."""

import json
from pathlib import Path

import torch

WORDS = [
    "describe",
    "what",
    "happens",
    "in",
    "one",
    "plain",
    "sentence",
    "this",
    "image",
    "detail",
    "user",
    "assistant",
    "a",
    "cat",
    "cup",
    "of",
    *map(str, range(10)),
]
SIZE = 16
PATCH = 8


def write_tiny_blip2(folder: Path) -> Path:
    """A BLIP-2 with a T5 of one layer."""
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        BlipImageProcessor,
        T5Config,
    )

    tokenizer = word_tokenizer()
    vision = {**tower(), "image_size": SIZE, "patch_size": PATCH}
    config = Blip2Config(
        vision_config=vision,
        qformer_config={**tower(), "vocab_size": len(tokenizer), "encoder_hidden_size": 16},
        text_config=T5Config(
            vocab_size=len(tokenizer),
            d_model=16,
            d_kv=8,
            d_ff=32,
            num_layers=1,
            num_heads=2,
            decoder_start_token_id=tokenizer.pad_token_id,
            tie_word_embeddings=False,
        ).to_dict(),
        num_query_tokens=4,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    model = Blip2ForConditionalGeneration(config)
    return save(model, Blip2Processor(image_processor(BlipImageProcessor), tokenizer, 4), folder)


def write_tiny_llava(folder: Path, chat_template: str | None = None) -> Path:
    """A LLaVA with a CLIP image tower and a Llama, of one layer each."""
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    tokenizer = word_tokenizer()
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**tower(), image_size=SIZE, patch_size=PATCH),
        text_config=LlamaConfig(
            **tower(), vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    processor = LlavaProcessor(
        image_processor(CLIPImageProcessor),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=chat_template,
    )
    model = LlavaForConditionalGeneration(config)
    return save(model, processor, folder)


def write_tiny_open_clip(folder: Path) -> Path:
    """A CLIP saved the open_clip way: `open_clip_config.json` and safetensors weights."""
    import open_clip
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = tiny_open_clip_config()
    torch.manual_seed(0)
    network = open_clip.CLIP(**config)
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    described = {"model_cfg": config, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(described))
    save_file(network.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def tiny_open_clip_config() -> dict[str, object]:
    """The `model_cfg` of the tiny CLIP."""
    text = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    vision = {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16}
    return {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}


def tower() -> dict[str, int]:
    """The size of every transformer here."""
    return {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }


def word_tokenizer(*more: str, **options: object):
    """A word-level tokenizer of `WORDS`, a few made-up ones, `<image>` and other special ones."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "</s>", "<s>", "<unk>"]
    words = [*special, *WORDS, *(f"word{i}" for i in range(40))]
    core = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        eos_token="</s>",
        bos_token="<s>",
        unk_token="<unk>",
        **options,
    )
    marks = [AddedToken(mark, normalized=False) for mark in ("<image>", *more)]
    tokenizer.add_tokens(marks, special_tokens=True)
    return tokenizer


def image_processor(kind):
    """Squash to the tiny input size."""
    size = {"height": SIZE, "width": SIZE}
    return kind(size=size, crop_size=size, do_center_crop=False)


def save(model, processor, folder: Path, std: float = 2.0) -> Path:
    """Write both as a user would; weights large enough that every input changes the output."""
    torch.manual_seed(0)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=std)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
