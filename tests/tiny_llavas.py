"""Tiny checkpoints of the LLaVA family and of BLIP-2 with OPT."""

from pathlib import Path

from tiny_checkpoints import SIZE, image_processor, save, tower, word_tokenizer, write_tiny_llava
from tiny_vlms import PATCH, chat, words


def write_llava_15(folder: Path) -> Path:
    return write_tiny_llava(folder, chat(image="<image>"))


def write_blip2_opt(folder: Path) -> Path:
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        BlipImageProcessor,
        OPTConfig,
    )

    tokenizer = word_tokenizer()
    config = Blip2Config(
        vision_config={**tower(), "image_size": SIZE, "patch_size": PATCH},
        qformer_config={**tower(), "vocab_size": len(tokenizer), "encoder_hidden_size": 16},
        text_config=OPTConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            ffn_dim=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            word_embed_proj_dim=16,
            max_position_embeddings=256,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        ).to_dict(),
        num_query_tokens=4,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    model = Blip2ForConditionalGeneration(config)
    return save(model, Blip2Processor(image_processor(BlipImageProcessor), tokenizer, 4), folder)


def write_llava_next(folder: Path) -> Path:
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaNextConfig,
        LlavaNextForConditionalGeneration,
        LlavaNextImageProcessor,
        LlavaNextProcessor,
    )

    tokenizer = word_tokenizer()
    grid = [[SIZE, 2 * SIZE], [2 * SIZE, SIZE]]
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**tower(), image_size=SIZE, patch_size=PATCH),
        text_config=LlamaConfig(**words(tokenizer)),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grid,
        vision_feature_layer=-1,
    )
    square = {"height": SIZE, "width": SIZE}
    processor = LlavaNextProcessor(
        LlavaNextImageProcessor(
            size={"shortest_edge": SIZE}, crop_size=square, image_grid_pinpoints=grid
        ),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=chat(image="<image>"),
    )
    return save(LlavaNextForConditionalGeneration(config), processor, folder)


def write_llava_next_video(folder: Path) -> Path:
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaNextImageProcessor,
        LlavaNextVideoConfig,
        LlavaNextVideoForConditionalGeneration,
        LlavaNextVideoProcessor,
        LlavaNextVideoVideoProcessor,
    )

    tokenizer = word_tokenizer("<video>")
    grid = [[2 * SIZE, 4 * SIZE], [4 * SIZE, 2 * SIZE]]
    config = LlavaNextVideoConfig(
        vision_config=CLIPVisionConfig(**tower(), image_size=2 * SIZE, patch_size=PATCH),
        text_config=LlamaConfig(**words(tokenizer)),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grid,
        vision_feature_layer=-1,
    )
    square = {"height": 2 * SIZE, "width": 2 * SIZE}
    processor = LlavaNextVideoProcessor(
        image_processor=LlavaNextImageProcessor(
            size={"shortest_edge": 2 * SIZE}, crop_size=square, image_grid_pinpoints=grid
        ),
        video_processor=LlavaNextVideoVideoProcessor(
            size={"shortest_edge": 2 * SIZE}, crop_size=square
        ),
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=chat(image="<image>", video="<video>"),
    )
    return save(LlavaNextVideoForConditionalGeneration(config), processor, folder, std=0.5)


def write_llava_onevision(folder: Path) -> Path:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
        Qwen2Config,
        SiglipVisionConfig,
    )

    tokenizer = word_tokenizer("<video>")
    grid = [[SIZE, 2 * SIZE], [2 * SIZE, SIZE]]
    square = {"height": SIZE, "width": SIZE}
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(**tower(), image_size=SIZE, patch_size=PATCH),
        text_config=Qwen2Config(**words(tokenizer)),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grid,
    )
    processor = LlavaOnevisionProcessor(
        image_processor=LlavaOnevisionImageProcessor(size=square, image_grid_pinpoints=grid),
        tokenizer=tokenizer,
        video_processor=LlavaOnevisionVideoProcessor(size=square),
        num_image_tokens=(SIZE // PATCH) ** 2,
        vision_feature_select_strategy="full",
        chat_template=chat(image="<image>", video="<video>"),
    )
    return save(LlavaOnevisionForConditionalGeneration(config), processor, folder, std=0.5)
