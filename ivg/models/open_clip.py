"""CLIP models through open_clip: one copy of the weights a process, for embedder and scorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.errors import MissingDependencyError
from ivg.fingerprint import fingerprint
from ivg.models.batches import encode_in_batches
from ivg.models.hub import commit_of
from ivg.models.open_clip_checkpoint import ClipSource, cached_weights, locate
from ivg.ranges import one_of, text
from ivg.records import FloatArray, Image

if TYPE_CHECKING:
    import torch

PRECISIONS = ("fp32", "fp16", "bf16", "pure_fp16", "pure_bf16")


@dataclass(frozen=True)
class Clip:
    """A CLIP in inference mode (Radford et al., 2021); d is the width of its joint space."""

    network: Any
    transform: Callable[[Any], torch.Tensor]
    tokenizer: Callable[[list[str]], torch.Tensor]
    dtype: torch.dtype | None
    device: str
    width: int

    def embed_images(self, images: Sequence[Image], batch_size: int) -> FloatArray:
        """(n, d) float32 output of the image projection, unnormalised."""
        return encode_in_batches(self._embed_images, images, batch_size, self.width)

    def embed_texts(self, texts: Sequence[str], batch_size: int) -> FloatArray:
        """(n, d) float32 output of the text projection, unnormalised."""
        return encode_in_batches(self._embed_texts, texts, batch_size, self.width)

    def _embed_images(self, images: Sequence[Image]) -> FloatArray:
        import torch
        from PIL import Image as Pictures

        inputs = torch.stack([self.transform(Pictures.fromarray(image)) for image in images])
        with torch.inference_mode():
            return _to_numpy(self.network.encode_image(inputs.to(self.device, self.dtype)))

    def _embed_texts(self, texts: Sequence[str]) -> FloatArray:
        import torch

        with torch.inference_mode():
            return _to_numpy(self.network.encode_text(self.tokenizer(list(texts)).to(self.device)))


@dataclass(frozen=True)
class ClipChoice:
    """Which CLIP, from where: what embedder and scorer have in common.

    Attributes:
        key: `embedder` or `scorer`, for messages.
        model: Name of an open_clip model.
        pretrained: A tag, a safetensors file or a folder.
        precision: One of `PRECISIONS`.

    Raises:
        ConfigError: The precision is unknown.
    """

    key: str
    model: str
    pretrained: str
    precision: str

    def __post_init__(self) -> None:
        text(f"{self.key}.model", self.model)
        text(f"{self.key}.pretrained", self.pretrained)
        one_of(f"{self.key}.precision", self.precision, PRECISIONS)

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        return f"open_clip/{self.model}/{self.pretrained}/{self.precision}"

    @property
    def weights(self) -> str:
        """Commit or fingerprint of the checkpoint."""
        path = Path(self.pretrained).expanduser()
        if path.exists():
            return fingerprint(path)
        return commit_of(cached_weights(self.model, self.pretrained))

    def load(self, device: str) -> Clip:
        """The model on `device`; the same one for equal choices in one process.

        Raises:
            ConfigError: open_clip has no such model, or the weights are pickled.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        from safetensors import SafetensorError

        source = locate(self.key, self.model, self.pretrained)
        try:
            return _load(source, self.precision, device)
        except (OSError, RuntimeError, ValueError, SafetensorError) as error:
            raise MissingDependencyError(
                f"{self.key}.pretrained={self.pretrained} can't be loaded as "
                f"{self.key}.model={self.model}: {error}"
            ) from error


@cache
def _load(source: ClipSource, precision: str, device: str) -> Clip:
    import open_clip

    preprocess = {f"image_{name}": value for name, value in source.preprocess}
    network, transform = open_clip.create_model_from_pretrained(
        source.name,
        source.weights,
        precision=precision,
        device=device,
        force_quick_gelu=source.quick_gelu,
        **preprocess,
    )
    tokenizer = open_clip.get_tokenizer(source.name)
    width = int(open_clip.get_model_config(source.name)["embed_dim"])
    dtype = open_clip.get_input_dtype(precision)
    return Clip(network.eval(), transform, tokenizer, dtype, device, width)


def _to_numpy(tensor: torch.Tensor) -> FloatArray:
    return np.asarray(tensor.float().cpu().numpy(), dtype=np.float32)
