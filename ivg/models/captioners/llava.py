"""Captions by LLaVA-1.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.models.batches import batch_size_of, batches
from ivg.models.transformers_vlm import Vlm, VlmChoice
from ivg.ranges import text, whole_within
from ivg.records import Image

GENERATE: Mapping[str, Any] = MappingProxyType({"max_new_tokens": 64, "do_sample": False})
"""The model's own limit of 20 tokens cuts sentences short."""


class LlavaCaptioner:
    """LLaVA-1.5 (Liu et al., 2024): one caption a segment, all its frames in one prompt."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(
        self,
        model: str = "llava-hf/llava-1.5-7b-hf",
        revision: str | None = None,
        prompt: str = "Describe what happens in one plain sentence.",
        generate: Mapping[str, Any] = GENERATE,
        dtype: str = "auto",
        n_frames: int = 1,
        batch_size: int = 4,
    ) -> None:
        """Store the config.

        Args:
            model: A hub id, or a folder with safetensors weights.
            revision: Branch, tag or commit on the hub.
            prompt: What the model is asked.
            generate: Arguments of `generate()` beside the inputs.
            dtype: `auto`, `float32`, `float16` or `bfloat16`.
            n_frames: Frames of a segment that the model sees side by side.
            batch_size: Segments a forward pass.

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
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        self._vlm = self.choice.load(device)

    def caption(self, clips: Sequence[Sequence[Image]]) -> list[list[str]]:
        """One caption a clip."""
        if self._vlm is None:
            raise RuntimeError("setup() comes before caption()")
        captions: list[str] = []
        for batch in batches(clips, self.batch_size):
            prompts = [chat_prompt(self._vlm.processor, self.prompt, len(clip)) for clip in batch]
            images = [image for clip in batch for image in clip]
            captions += self._vlm.generate(prompts, images, self.options)
        return [[caption] for caption in captions]


def chat_prompt(processor: Any, prompt: str, n_images: int) -> str:
    """One turn of a user who shows `n_images` pictures, in the form the model was trained on."""
    if getattr(processor, "chat_template", None) is None:
        images = f"{processor.image_token}\n" * n_images
        return f"USER: {images}{prompt} ASSISTANT:"
    shown = [{"type": "image"}] * n_images
    turn = {"role": "user", "content": [*shown, {"type": "text", "text": prompt}]}
    return str(processor.apply_chat_template([turn], add_generation_prompt=True, tokenize=False))
