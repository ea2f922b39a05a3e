"""Models with an image and a text tower through transformers: CLIP, SigLIP, SigLIP 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.errors import ConfigError
from ivg.models.batches import Batching, encode_in_batches
from ivg.models.checkpoint import Checkpoint, knowing
from ivg.models.hub import quiet_transformers
from ivg.models.sharing import shared
from ivg.ranges import flag, one_of
from ivg.records import FloatArray, Image

if TYPE_CHECKING:
    import torch

PRECISIONS = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
SIGLIP = ("siglip", "siglip2")

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Encoder:
    """A dual encoder in inference mode; d is the width of its joint space."""

    network: Any
    image_processor: Any
    tokenizer: Any
    device: str

    def embed_images(self, images: Sequence[Image], batching: Batching) -> FloatArray:
        """(n, d) float32 output of the image projection, unnormalised."""
        return encode_in_batches(batching, images, self._pictures, self._encode_images, self.width)

    def embed_texts(self, texts: Sequence[str], batching: Batching) -> FloatArray:
        """(n, d) float32 output of the text projection, unnormalised."""
        return encode_in_batches(batching, texts, self._tokens, self._encode_texts, self.width)

    @property
    def width(self) -> int:
        """Of the joint space."""
        config = self.network.config
        if config.model_type in SIGLIP:
            return int(config.text_config.projection_size or config.text_config.hidden_size)
        return int(config.projection_dim)

    def _pictures(self, images: Sequence[Image]) -> Inputs:
        from PIL import Image as Pictures

        pictures = [Pictures.fromarray(image) for image in images]
        inputs: Inputs = self.image_processor(images=pictures, return_tensors="pt")
        return inputs

    def _encode_images(self, inputs: Inputs) -> FloatArray:
        import torch

        moved = {name: self._moved(value) for name, value in inputs.items()}
        with torch.inference_mode():
            return _to_numpy(self.network.get_image_features(**moved))

    def _tokens(self, texts: Sequence[str]) -> Inputs:
        limit = self.network.config.text_config.max_position_embeddings
        fixed = self.network.config.model_type in SIGLIP
        inputs: Inputs = self.tokenizer(
            list(texts),
            # SigLIP was trained on texts padded to the full length, and without a mask.
            padding="max_length" if fixed else True,
            truncation=True,
            max_length=limit,
            return_tensors="pt",
        )
        wanted = ("input_ids",) if fixed else ("input_ids", "attention_mask")
        return {name: inputs[name] for name in wanted}

    def _encode_texts(self, inputs: Inputs) -> FloatArray:
        import torch

        moved = {name: value.to(self.device) for name, value in inputs.items()}
        with torch.inference_mode():
            return _to_numpy(self.network.get_text_features(**moved))

    def _moved(self, value: torch.Tensor) -> torch.Tensor:
        dtype = self.network.dtype if value.is_floating_point() else value.dtype
        return value.to(self.device, dtype)


@dataclass(frozen=True)
class EncoderChoice:
    """Which encoder, and in which numbers.

    Attributes:
        checkpoint: Where it is.
        precision: `fp32`, `fp16` or `bf16`.
        compile: Whether the image tower is compiled.

    Raises:
        ConfigError: The precision is unknown.
    """

    checkpoint: Checkpoint
    precision: str
    compile: bool

    def __post_init__(self) -> None:
        role = self.checkpoint.group
        one_of(f"{role}.precision", self.precision, tuple(PRECISIONS))
        flag(f"{role}.compile", self.compile)

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        known = self.checkpoint
        return f"transformers/{known.model}/{known.revision}/{self.precision}"

    def load(self, device: str) -> Encoder:
        """The model on `device`; the same one for equal choices in one process.

        Raises:
            ConfigError: The checkpoint is no model of images and texts.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        known = self.checkpoint
        key = ("encoder", known.path, known.revision, self.precision, self.compile, device)
        with known.loading():
            encoder = shared(key, lambda: _load(self, device))
        if not hasattr(encoder.network, "get_image_features"):
            raise ConfigError(
                f"{known.key}={known.model} is a {encoder.network.config.model_type}, not a model "
                "of images and texts such as CLIP or SigLIP"
            )
        return encoder


def _load(choice: EncoderChoice, device: str) -> Encoder:
    import torch
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    quiet_transformers()
    known = choice.checkpoint
    processors: Any = AutoImageProcessor
    tokenizers: Any = AutoTokenizer
    network: Any = known.whole(
        AutoModel.from_pretrained(
            known.path,
            dtype=getattr(torch, PRECISIONS[choice.precision]),
            output_loading_info=True,
            **known.weight_options,
        )
    )
    network = network.eval().to(device)
    if choice.compile:
        network.vision_model = torch.compile(network.vision_model)
    return Encoder(
        network,
        processors.from_pretrained(known.path, **known.options),
        knowing(tokenizers.from_pretrained(known.path, **known.options), network),
        device,
    )


def _to_numpy(found: Any) -> FloatArray:
    pooled = getattr(found, "pooler_output", found)
    return np.asarray(pooled.float().cpu().numpy(), dtype=np.float32)
