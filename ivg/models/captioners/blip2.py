"""Captions by BLIP-2, the captioner of InternVid-G."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.errors import ConfigError
from ivg.models.batches import batch_size_of, batches
from ivg.models.transformers_vlm import Vlm, VlmChoice
from ivg.ranges import text, whole_within
from ivg.records import Image

MODEL_DEFAULTS: Mapping[str, Any] = MappingProxyType({})


class Blip2Captioner:
    """BLIP-2 (Li et al., 2023): one sentence a frame; several frames give several captions."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(
        self,
        model: str = "Salesforce/blip2-flan-t5-xxl",
        revision: str | None = None,
        prompt: str = "Describe this image in detail.",
        generate: Mapping[str, Any] = MODEL_DEFAULTS,
        dtype: str = "auto",
        n_frames: int = 1,
        batch_size: int = 8,
    ) -> None:
        """Store the config.

        Args:
            model: A hub id, or a folder with safetensors weights.
            revision: Branch, tag or commit on the hub.
            prompt: What the model is asked.
            generate: Arguments of `generate()`; none (as published): the model's own defaults.
            dtype: `auto`, `float32`, `float16` or `bfloat16`.
            n_frames: Frames of a segment; each is captioned by itself.
            batch_size: Frames a forward pass.

        Raises:
            ConfigError: A value is out of range.
        """
        self.choice = VlmChoice(model, revision, dtype)
        self.prompt = text("captioner.prompt", prompt)
        self.options = dict(generate)
        self._n_frames = whole_within("captioner.n_frames", n_frames, 1)
        self.batch_size = batch_size_of("captioner", batch_size)
        self._vlm: Vlm | None = None

    @property
    def n_frames(self) -> int:
        """How many frames of a segment the captioner looks at."""
        return self._n_frames

    @property
    def weights(self) -> str:
        """Commit or fingerprint of the checkpoint, for manifests."""
        return self.choice.weights

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            ConfigError: The checkpoint has no image token.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        vlm = self.choice.load(device)
        image_token = getattr(vlm.network.config, "image_token_index", None)
        if image_token is None or getattr(vlm.processor, "num_query_tokens", None) is None:
            raise ConfigError(
                f"captioner.model={self.choice.model} is no BLIP-2 with an image token; files from "
                "before transformers 4.46 have none: fetch the current revision"
            )
        self._vlm = vlm

    def caption(self, clips: Sequence[Sequence[Image]]) -> list[list[str]]:
        """For each clip a sentence a frame."""
        if self._vlm is None:
            raise RuntimeError("setup() comes before caption()")
        sentences: list[str] = []
        for images in batches([image for clip in clips for image in clip], self.batch_size):
            sentences += self._vlm.generate([self.prompt] * len(images), images, self.options)
        following = iter(sentences)
        return [[next(following) for _ in clip] for clip in clips]
