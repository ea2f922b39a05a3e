"""Images and texts to the joint space of a CLIP or SigLIP, through transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ivg.models.batches import Batching, spare_threads
from ivg.models.checkpoint import Checkpoint
from ivg.models.hub import Absent
from ivg.models.transformers_encoder import Encoder, EncoderChoice
from ivg.records import FloatArray, Image


class TransformersEmbedder:
    """CLIP, SigLIP (Zhai et al., 2023), SigLIP 2 (Tschannen et al., 2025): any role.

    SigLIP's cosines of images and fitting texts are lower than CLIP's: around 0.1.
    """

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"role", "compile", "allow_pickle", "batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(
        self,
        role: str = "embedder",
        model: str = "openai/clip-vit-large-patch14",
        revision: str | None = None,
        precision: str = "fp32",
        compile: bool = False,  # noqa: A002 - torch's own word
        allow_pickle: bool = False,
        batch_size: int = 64,
    ) -> None:
        """Store the config.

        Args:
            role: Its config group, for messages.
            model: A hub id, or a folder with safetensors weights.
            revision: Branch, tag or commit on the hub; None for the newest.
            precision: `fp32`, `fp16` or `bf16`.
            compile: Compile the image tower: slower to start, faster to run.
            allow_pickle: Read weights that are no safetensors.
            batch_size: Images or texts a forward pass.

        Raises:
            ConfigError: A value is out of range.
        """
        checkpoint = Checkpoint(f"{role}.model", model, revision, allow_pickle)
        self.choice = EncoderChoice(checkpoint, precision, compile)
        self._images = Batching(f"{role}.batch_size", batch_size, spare_threads())
        self._texts = Batching(f"{role}.batch_size", batch_size)
        self._encoder: Encoder | None = None

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        return self.choice.frame_model

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, hashes and licence of the checkpoint, for manifests."""
        return {**self.choice.checkpoint.provenance, "precision": self.choice.precision}

    @property
    def absent(self) -> tuple[Absent, ...]:
        """What has to be fetched from the hub first."""
        return self.choice.checkpoint.absent

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            ConfigError: The checkpoint is no model of images and texts.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        self._encoder = self.choice.load(device)

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, d) float32 output of the image projection, unnormalised, one row an image."""
        return self._loaded().embed_images(images, self._images)

    def project(self, features: FloatArray) -> FloatArray:
        """(n, d) unchanged: image projections are in the joint space already."""
        return features

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(n, d) float32 output of the text projection, unnormalised; long texts are cut."""
        return self._loaded().embed_texts(texts, self._texts)

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            raise RuntimeError("setup() comes before the first image or text")
        return self._encoder
