"""Random checkpoints for benchmarks: real classes and file formats, any size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SPECIAL = ("<pad>", "</s>", "<s>", "<unk>")
VOCABULARY = 8192
CHAT = (
    "{% for m in messages %}USER: {% for c in m.content %}"
    "{{ '<image>' if c.type == 'image' else c.text }} {% endfor %}{% endfor %}ASSISTANT:"
)

CLIP_SMALL = {"vision": (768, 12, 12, 32), "text": (512, 2, 8)}
CLIP_LARGE = {"vision": (1024, 24, 16, 14), "text": (768, 12, 12)}
"""Widths, layers, heads (and patch) of the towers of ViT-B/32 (fewer text layers) and ViT-L/14."""


def write_open_clip(folder: Path, sizes: Mapping[str, tuple[int, ...]]) -> Path:
    """A CLIP saved the open_clip way."""
    import open_clip
    from safetensors.torch import save_file

    width, layers, heads, patch = sizes["vision"]
    text_width, text_layers, text_heads = _text(sizes)
    config: dict[str, Any] = {
        "embed_dim": text_width,
        "vision_cfg": {
            "image_size": 224,
            "patch_size": patch,
            "width": width,
            "layers": layers,
            "head_width": width // heads,
        },
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": text_width,
            "heads": text_heads,
            "layers": text_layers,
        },
    }
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    described = {"model_cfg": config, "preprocess_cfg": preprocess}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(described))
    save_file(open_clip.CLIP(**config).state_dict(), folder / "open_clip_model.safetensors")
    return folder


def write_clip(folder: Path, sizes: Mapping[str, tuple[int, ...]]) -> Path:
    """The same CLIP saved the transformers way."""
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

    width, layers, heads, patch = sizes["vision"]
    text_width, text_layers, text_heads = _text(sizes)
    tokenizer = word_tokenizer()
    config = CLIPConfig(
        vision_config={**tower(width, layers, heads), "image_size": 224, "patch_size": patch},
        text_config={
            **tower(text_width, text_layers, text_heads),
            "vocab_size": len(tokenizer),
            "eos_token_id": tokenizer.eos_token_id,
        },
        projection_dim=text_width,
    )
    CLIPModel(config).save_pretrained(folder)
    CLIPProcessor(CLIPImageProcessor(), tokenizer).save_pretrained(folder)
    return folder


def write_blip2(folder: Path, large: bool) -> Path:
    """A BLIP-2 with a T5: of the size of flan-t5-xxl's, or one for two cores."""
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        BlipImageProcessor,
        T5Config,
    )

    tokenizer = word_tokenizer()
    start = {"vocab_size": len(tokenizer), "decoder_start_token_id": tokenizer.pad_token_id}
    tied = {"tie_word_embeddings": False, "feed_forward_proj": "gated-gelu"}
    if large:
        vision, qformer = {}, {}
        t5 = T5Config(d_model=4096, d_ff=10240, num_layers=24, num_heads=64, **start, **tied)
    else:
        vision = {**tower(512, 6, 8), "image_size": 224, "patch_size": 16}
        qformer = {**tower(256, 4, 4), "encoder_hidden_size": 512}
        t5 = T5Config(d_model=512, d_ff=1024, num_layers=6, num_heads=8, **start, **tied)
    config = Blip2Config(
        vision_config=vision,
        qformer_config={**qformer, "vocab_size": len(tokenizer)},
        text_config=t5.to_dict(),
        num_query_tokens=32,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    _create(Blip2ForConditionalGeneration, config, large).save_pretrained(folder)
    Blip2Processor(BlipImageProcessor(size=square()), tokenizer, 32).save_pretrained(folder)
    return folder


def write_llava(folder: Path, large: bool) -> Path:
    """A LLaVA-1.5: of its 7B size, or one for two cores."""
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    tokenizer = word_tokenizer()
    vision = (1024, 24, 16) if large else (512, 6, 8)
    llama = (4096, 32, 32) if large else (512, 8, 8)
    patch = 14 if large else 16
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**tower(*vision), image_size=224, patch_size=patch),
        text_config=LlamaConfig(
            **tower(*llama), vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": 224}, crop_size=square()),
        tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT,
    )
    _create(LlavaForConditionalGeneration, config, large).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def word_tokenizer() -> Any:
    """A word-level tokenizer of made-up words."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [*SPECIAL, *(f"word{i}" for i in range(VOCABULARY))]
    core = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    names = dict(zip(("pad", "eos", "bos", "unk"), SPECIAL, strict=True))
    known = {f"{name}_token": token for name, token in names.items()}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, model_max_length=77, **known)
    tokenizer.add_tokens([AddedToken("<image>", normalized=False)], special_tokens=True)
    return tokenizer


def tower(width: int, layers: int, heads: int) -> dict[str, int]:
    """The size of a transformer, with four times its width inside."""
    return {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
    }


def square() -> dict[str, int]:
    """The size of every picture."""
    return {"height": 224, "width": 224}


def _text(sizes: Mapping[str, tuple[int, ...]]) -> tuple[int, int, int]:
    width, layers, heads = sizes["text"]
    return width, layers, heads


def _create(kind: Any, config: Any, large: bool) -> Any:
    """Random weights; large ones in half precision and on the GPU, where drawing them is quick."""
    import torch

    if not large:
        return kind(config)
    torch.set_default_dtype(torch.float16)
    try:
        with torch.device("cuda"):
            return kind(config)
    finally:
        torch.set_default_dtype(torch.float32)
