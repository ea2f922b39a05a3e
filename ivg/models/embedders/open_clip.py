"""Images and texts to the joint space of a CLIP, through open_clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ivg.models.batches import Batching, spare_threads
from ivg.models.hub import Absent
from ivg.models.open_clip import ClipChoice, ClipModel
from ivg.models.open_clip_checkpoint import ClipWeights, absent_weights
from ivg.records import FloatArray, Image


class OpenClipEmbedder:
    """CLIP, SigLIP, MobileCLIP, EVA, DFN ...: embedder, scorer or judge.

    InternVid-G: ViT-L/14 of OpenAI (Radford et al., 2021). Its cosines of images and fitting
    texts are around 0.2 to 0.35; other models have other scales.
    """

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"role", "compile", "allow_pickle", "batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"pretrained"})

    def __init__(
        self,
        role: str = "embedder",
        model: str = "ViT-L-14",
        pretrained: str | None = "openai",
        revision: str | None = None,
        precision: str = "fp32",
        compile: bool = False,  # noqa: A002 - torch's own word
        allow_pickle: bool = False,
        batch_size: int = 64,
    ) -> None:
        """Store the config.

        Args:
            role: Its config group, for messages.
            model: Name of an open_clip model, or `hf-hub:owner/name` with `pretrained` null.
            pretrained: A tag of that model, a safetensors file, or a folder with
                `open_clip_config.json` and `open_clip_model.safetensors`.
            revision: Branch, tag or commit of the weights on the hub; None for the newest.
            precision: `fp32`, `fp16`, `bf16`, `pure_fp16` or `pure_bf16`.
            compile: Compile the image tower: slower to start, faster to run.
            allow_pickle: Read weights that are no safetensors.
            batch_size: Images or texts a forward pass.

        Raises:
            ConfigError: A value is out of range.
        """
        weights = ClipWeights(role, model, pretrained, revision, allow_pickle)
        self.choice = ClipChoice(weights, precision, compile)
        self._images = Batching(f"{role}.batch_size", batch_size, spare_threads())
        self._texts = Batching(f"{role}.batch_size", batch_size)
        self._clip: ClipModel | None = None

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        return self.choice.frame_model

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, hashes and licence of the checkpoint, for manifests."""
        return self.choice.provenance

    @property
    def absent(self) -> tuple[Absent, ...]:
        """What has to be fetched from the hub first."""
        return absent_weights(self.choice.weights)

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            ConfigError: open_clip has no such model, or the weights are pickled.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        self._clip = self.choice.load(device)

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, d) float32 output of the image projection, unnormalised, one row an image."""
        return self._loaded().embed_images(images, self._images)

    def project(self, features: FloatArray) -> FloatArray:
        """(n, d) unchanged: image projections are in the joint space already."""
        return features

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(n, d) float32 output of the text projection, unnormalised; long texts are cut."""
        return self._loaded().embed_texts(texts, self._texts)

    def _loaded(self) -> ClipModel:
        if self._clip is None:
            raise RuntimeError("setup() comes before the first image or text")
        return self._clip
