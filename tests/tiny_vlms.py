"""Tiny checkpoints of the image-text models in conf/captioner: real classes, random weights."""

from pathlib import Path

from tiny_checkpoints import SIZE, save, tower, word_tokenizer

PATCH = 8
CHAT = (
    "{% for m in messages %}{{ m.role }} {% for c in m.content %}"
    "{% if c.type == 'text' %}{{ c.text }}{% else %}{{ marks[c.type] }}{% endif %} "
    "{% endfor %}{% endfor %}assistant"
)


def chat(**marks: str) -> str:
    """A chat template with these marks for pictures and videos."""
    return "{% set marks = " + str(marks) + " %}" + CHAT


def rope_tower(kv_heads: int = 2) -> dict[str, object]:
    """A small language model with rotary positions."""
    return {**tower(), "num_key_value_heads": kv_heads, "max_position_embeddings": 4096}


QWEN_MARKS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")


def qwen_ids(tokenizer) -> dict[str, int]:
    names = ("vision_start", "vision_end", "image", "video")
    ids = tokenizer.convert_tokens_to_ids(list(QWEN_MARKS))
    return {f"{name}_token_id": one for name, one in zip(names, ids, strict=True)}


def qwen_chat() -> str:
    return chat(
        image="<|vision_start|><|image_pad|><|vision_end|>",
        video="<|vision_start|><|video_pad|><|vision_end|>",
    )


def write_qwen2_5_vl(folder: Path) -> Path:
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    tokenizer = word_tokenizer(*QWEN_MARKS)
    vision = {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_heads": 2,
        "patch_size": 4,
        "out_hidden_size": 16,
        "window_size": 16,
        "fullatt_block_indexes": [0],
    }
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0}
    config = Qwen2_5_VLConfig(
        vision_config=vision,
        text_config={**words(tokenizer), "rope_parameters": rope},
        **qwen_ids(tokenizer),
    )
    sized = {"patch_size": 4, "size": {"shortest_edge": 64, "longest_edge": 1024}}
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(**sized),
        tokenizer,
        Qwen2VLVideoProcessor(**sized),
        chat_template=qwen_chat(),
    )
    return save(Qwen2_5_VLForConditionalGeneration(config), processor, folder)


def write_qwen3_vl(folder: Path) -> Path:
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    tokenizer = word_tokenizer(*QWEN_MARKS)
    vision = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_heads": 2,
        "patch_size": 4,
        "out_hidden_size": 16,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0],
    }
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 10000.0}
    config = Qwen3VLConfig(
        vision_config=vision,
        text_config={**words(tokenizer), "head_dim": 8, "rope_parameters": rope},
        **qwen_ids(tokenizer),
    )
    sized = {"patch_size": 4, "size": {"shortest_edge": 64, "longest_edge": 1024}}
    processor = Qwen3VLProcessor(
        Qwen2VLImageProcessor(**sized),
        tokenizer,
        Qwen3VLVideoProcessor(**sized),
        chat_template=qwen_chat(),
    )
    return save(Qwen3VLForConditionalGeneration(config), processor, folder, std=0.5)


def write_internvl(folder: Path) -> Path:
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
        Qwen2Config,
    )

    marks = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = word_tokenizer(*marks.values(), extra_special_tokens=marks)
    square = {"height": SIZE, "width": SIZE}
    config = InternVLConfig(
        vision_config={**tower(), "image_size": [SIZE, SIZE], "patch_size": [4, 4]},
        text_config=Qwen2Config(**words(tokenizer)).to_dict(),
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
    )
    processor = InternVLProcessor(
        GotOcr2ImageProcessor(size=square, crop_to_patches=False),
        tokenizer,
        InternVLVideoProcessor(size=square),
        image_seq_length=4,
        chat_template=chat(image="<IMG_CONTEXT>", video="<video>"),
    )
    return save(InternVLForConditionalGeneration(config), processor, folder)


def write_smolvlm(folder: Path) -> Path:
    from transformers import (
        LlamaConfig,
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    marks = ("<fake_token_around_image>", "<global-img>", "<end_of_utterance>")
    tokenizer = word_tokenizer(*marks)
    config = SmolVLMConfig(
        vision_config={**tower(), "image_size": SIZE, "patch_size": 4},
        text_config=LlamaConfig(**words(tokenizer)).to_dict(),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    edge = {"longest_edge": SIZE}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(size=edge, max_image_size=edge, do_image_splitting=False),
        tokenizer,
        SmolVLMVideoProcessor(
            size=edge,
            max_image_size=edge,
            video_sampling={"max_frames": 8, "fps": 1, "video_size": edge},
        ),
        image_seq_len=4,
        chat_template=chat(image="<image>"),
    )
    return save(SmolVLMForConditionalGeneration(config), processor, folder)


def words(tokenizer) -> dict[str, object]:
    """A small language model over the words of a tokenizer."""
    return {
        **rope_tower(),
        "vocab_size": len(tokenizer),
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def write_gemma3(folder: Path) -> Path:
    """One whose attention goes by token types."""
    from transformers import (
        Gemma3Config,
        Gemma3ForConditionalGeneration,
        Gemma3ImageProcessor,
        Gemma3Processor,
    )

    marks = {"boi_token": "<boi>", "eoi_token": "<eoi>", "image_token": "<image>"}
    tokenizer = word_tokenizer("<boi>", "<eoi>", extra_special_tokens=marks)
    ids = tokenizer.convert_tokens_to_ids(["<boi>", "<eoi>", "<image>"])
    config = Gemma3Config(
        vision_config={**tower(), "image_size": SIZE, "patch_size": PATCH},
        text_config={**words(tokenizer), "head_dim": 8, "num_key_value_heads": 2},
        mm_tokens_per_image=4,
        **dict(zip(("boi_token_index", "eoi_token_index", "image_token_index"), ids, strict=True)),
    )
    size = {"height": SIZE, "width": SIZE}
    processor = Gemma3Processor(
        Gemma3ImageProcessor(size=size),
        tokenizer,
        image_seq_length=4,
        chat_template=chat(image="<boi>"),
    )
    return save(Gemma3ForConditionalGeneration(config), processor, folder, std=0.5)
