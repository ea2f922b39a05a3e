"""Tiny checkpoints of the models of images and texts in conf/embedder."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import torch
from tiny_checkpoints import image_processor, save, tower, word_tokenizer

LENGTH = 16
TINY_TIMM = {
    "siglip": ("test_vit", 160, 64),
    "fastvit": ("fastvit_t8", 64, 16),
    "eva02": ("eva02_tiny_patch14_224", 224, 16),
}
"""A small tower of the same class, its picture size, and the width of the joint space."""


def write_small_open_clip(folder: Path, model: str) -> Path:
    """open_clip's own model of that name, made small, saved the open_clip way."""
    import open_clip
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = shrunk(open_clip.get_model_config(model))
    described = {
        "model_cfg": config,
        "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(described))
    if "hf_tokenizer_name" in config["text_cfg"]:
        word_tokenizer().save_pretrained(folder)
    torch.manual_seed(0)
    network = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(network.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def shrunk(config: dict[str, Any]) -> dict[str, Any]:
    """The same classes, towers and options with one layer and narrow widths."""
    small = deepcopy(config)
    small["embed_dim"] = 16
    small["text_cfg"] |= {"width": 16, "heads": 2, "layers": 1}
    vision = small["vision_cfg"]
    if "timm_model_name" not in vision:
        vision |= {"image_size": 32, "width": 32, "layers": 1, "head_width": 16, "patch_size": 8}
    else:
        name = vision["timm_model_name"]
        (tiny,) = [found for family, found in TINY_TIMM.items() if family in name]
        vision["timm_model_name"], vision["image_size"], small["embed_dim"] = tiny
    if "hf_tokenizer_name" in small["text_cfg"]:
        small["text_cfg"]["vocab_size"] = len(word_tokenizer())
    return small


def write_clip(folder: Path) -> Path:
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    tokenizer = word_tokenizer()
    text = {
        **tower(),
        "vocab_size": len(tokenizer),
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "max_position_embeddings": LENGTH,
    }
    config = CLIPConfig(
        vision_config={**tower(), "image_size": 16, "patch_size": 8},
        text_config=text,
        projection_dim=12,
    )
    return save_encoder(CLIPModel(config), image_processor(CLIPImageProcessor), folder)


def write_siglip(folder: Path) -> Path:
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

    config = SiglipConfig(
        vision_config={**tower(), "image_size": 16, "patch_size": 8}, text_config=siglip_text()
    )
    return save_encoder(SiglipModel(config), image_processor(SiglipImageProcessor), folder)


def write_siglip2_naflex(folder: Path) -> Path:
    from transformers import Siglip2Config, Siglip2ImageProcessor, Siglip2Model

    config = Siglip2Config(
        vision_config={**tower(), "patch_size": 8, "num_patches": 16}, text_config=siglip_text()
    )
    letter_tokenizer().save_pretrained(folder)
    processor = Siglip2ImageProcessor(patch_size=8, max_num_patches=16)
    return save(Siglip2Model(config), processor, folder, std=0.5)


def letter_tokenizer():
    """Of the class that SigLIP 2 brings, with a token a letter."""
    from transformers import Siglip2Tokenizer

    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    tokens = [*special, *ascii_lowercase, "▁"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return Siglip2Tokenizer(vocab=vocabulary, model_max_length=LENGTH, padding_side="right")


def siglip_text() -> dict[str, object]:
    tokenizer = word_tokenizer()
    length = {"max_position_embeddings": LENGTH, "projection_size": 16}
    return {**tower(), **length, "vocab_size": len(tokenizer)}


def save_encoder(model, images, folder: Path) -> Path:
    """Both towers; the tokenizer ends a text as CLIP's does, which reads its last token."""
    from tokenizers.processors import TemplateProcessing

    tokenizer = word_tokenizer(model_max_length=LENGTH)
    end = ("</s>", tokenizer.eos_token_id)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing("$A </s>", None, [end])
    tokenizer.save_pretrained(folder)
    return save(model, images, folder, std=0.5)


ON_THE_HUB: dict[str, Callable[[Path], Path]] = {
    "transformers": write_clip,
    "transformers_siglip": write_siglip,
    "transformers_siglip2": write_siglip,
    "transformers_siglip2_naflex": write_siglip2_naflex,
}
"""How to write a tiny checkpoint for each embedder of conf/embedder that transformers loads."""
