"""CLIP-like models through open_clip: one copy of the weights a process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.errors import MissingDependencyError
from ivg.models.batches import Batching, encode_in_batches
from ivg.models.open_clip_checkpoint import (
    ClipSource,
    ClipWeights,
    known_weights,
    locate,
    tokenizer_of,
)
from ivg.models.provenance import file_provenance
from ivg.models.sharing import shared
from ivg.ranges import flag, one_of, text
from ivg.records import FloatArray, Image

if TYPE_CHECKING:
    import torch

PRECISIONS = ("fp32", "fp16", "bf16", "pure_fp16", "pure_bf16")


@dataclass(frozen=True)
class ClipModel:
    """A CLIP in inference mode (Radford et al., 2021); d is the width of its joint space."""

    network: Any
    transform: Callable[[Any], torch.Tensor]
    tokenizer: Callable[[list[str]], torch.Tensor]
    dtype: torch.dtype | None
    device: str
    width: int

    def embed_images(self, images: Sequence[Image], batching: Batching) -> FloatArray:
        """(n, d) float32 output of the image projection, unnormalised."""
        return encode_in_batches(batching, images, self._pictures, self._encode_images, self.width)

    def embed_texts(self, texts: Sequence[str], batching: Batching) -> FloatArray:
        """(n, d) float32 output of the text projection, unnormalised."""
        return encode_in_batches(batching, texts, self._tokens, self._encode_texts, self.width)

    def _pictures(self, images: Sequence[Image]) -> torch.Tensor:
        import torch
        from PIL import Image as Pictures

        return torch.stack([self.transform(Pictures.fromarray(image)) for image in images])

    def _encode_images(self, pictures: torch.Tensor) -> FloatArray:
        import torch

        with torch.inference_mode():
            return _to_numpy(self.network.encode_image(pictures.to(self.device, self.dtype)))

    def _tokens(self, texts: Sequence[str]) -> torch.Tensor:
        return self.tokenizer(list(texts))

    def _encode_texts(self, tokens: torch.Tensor) -> FloatArray:
        import torch

        with torch.inference_mode():
            return _to_numpy(self.network.encode_text(tokens.to(self.device)))


@dataclass(frozen=True)
class ClipChoice:
    """Which CLIP, from where.

    Attributes:
        weights: Architecture and checkpoint.
        precision: One of `PRECISIONS`.
        compile: Whether the image tower is compiled.

    Raises:
        ConfigError: The precision is unknown.
    """

    weights: ClipWeights
    precision: str
    compile: bool

    def __post_init__(self) -> None:
        role = self.weights.role
        text(f"{role}.model", self.weights.model)
        for name in ("pretrained", "revision"):
            if getattr(self.weights, name) is not None:
                text(f"{role}.{name}", getattr(self.weights, name))
        flag(f"{role}.allow_pickle", self.weights.allow_pickle)
        one_of(f"{role}.precision", self.precision, PRECISIONS)
        flag(f"{role}.compile", self.compile)

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        known = self.weights
        named = (known.model, known.pretrained, known.revision, self.precision)
        return "/".join(("open_clip", *(str(part) for part in named)))

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, hashes and licence of the checkpoint."""
        return {**known_weights(self.weights, file_provenance), "precision": self.precision}

    def load(self, device: str) -> ClipModel:
        """The model on `device`; the same one for equal choices in one process.

        Raises:
            ConfigError: open_clip has no such model, or the weights are pickled.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        from pickle import UnpicklingError

        from safetensors import SafetensorError

        source = locate(self.weights)
        key = ("open_clip", source, self.precision, self.compile, device)
        try:
            return shared(key, lambda: _load(source, self.precision, self.compile, device))
        except (OSError, RuntimeError, ValueError, SafetensorError, UnpicklingError) as error:
            raise MissingDependencyError(
                f"{self.weights.named} can't be loaded as {self.weights.role}.model="
                f"{self.weights.model}: {error}"
            ) from error


def _load(source: ClipSource, precision: str, compiled: bool, device: str) -> ClipModel:
    import open_clip
    import torch

    preprocess = {f"image_{name}": value for name, value in source.preprocess}
    network, transform = open_clip.create_model_from_pretrained(
        source.name,
        source.weights,
        precision=precision,
        device=device,
        force_quick_gelu=source.quick_gelu,
        **preprocess,
    )
    network.eval()
    if compiled:
        network.visual = torch.compile(network.visual)
    config = open_clip.get_model_config(source.name)
    tokenizer = open_clip.get_tokenizer(source.name, **_tokenizer_options(source.name, config))
    width = int(config["embed_dim"])
    dtype = open_clip.get_input_dtype(precision)
    return ClipModel(network, transform, tokenizer, dtype, device, width)


def _tokenizer_options(name: str, config: Mapping[str, Any]) -> dict[str, bool]:
    """What a tokenizer of transformers is told, whatever the checkpoint's config would tell it."""
    if not config.get("text_cfg", {}).get("hf_tokenizer_name"):
        return {}
    # fetched already: without this, transformers asks the hub again, for minutes where it is away
    cached = {"local_files_only": True} if tokenizer_of(name) else {}
    return {**cached, "trust_remote_code": False}


def _to_numpy(tensor: torch.Tensor) -> FloatArray:
    return np.asarray(tensor.float().cpu().numpy(), dtype=np.float32)
