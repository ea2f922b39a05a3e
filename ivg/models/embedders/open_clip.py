"""Image to vector with the image tower of a CLIP model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ivg.models.batches import batch_size_of
from ivg.models.open_clip import Clip, ClipChoice
from ivg.records import FloatArray, Image


class OpenClipEmbedder:
    """Image projection output of CLIP, unnormalised (InternVid-G: ViT-L/14 of OpenAI)."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"pretrained"})

    def __init__(
        self,
        model: str = "ViT-L-14",
        pretrained: str = "openai",
        precision: str = "fp32",
        batch_size: int = 64,
    ) -> None:
        """Store the config.

        Args:
            model: Name of an open_clip model.
            pretrained: A tag of that model, a safetensors file, or a folder with
                `open_clip_config.json` and `open_clip_model.safetensors`.
            precision: `fp32`, `fp16`, `bf16`, `pure_fp16` or `pure_bf16`.
            batch_size: Images a forward pass.

        Raises:
            ConfigError: The precision is unknown or the batch size below 1.
        """
        self.choice = ClipChoice("embedder", model, pretrained, precision)
        self.batch_size = batch_size_of("embedder", batch_size)
        self._clip: Clip | None = None

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        return self.choice.frame_model

    @property
    def weights(self) -> str:
        """Commit or fingerprint of the checkpoint, for manifests."""
        return self.choice.weights

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            ConfigError: open_clip has no such model, or the weights are pickled.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        self._clip = self.choice.load(device)

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, d) float32, unnormalised, one row an image."""
        if self._clip is None:
            raise RuntimeError("setup() comes before embed_images()")
        return self._clip.embed_images(images, self.batch_size)
