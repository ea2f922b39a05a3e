"""Captions by BLIP-2, the captioner of InternVid-G."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.errors import ConfigError
from ivg.models.batches import Batching
from ivg.models.checkpoint import Checkpoint
from ivg.models.hub import Absent
from ivg.models.sampling import check_sampling
from ivg.models.transformers_vlm import Vlm, VlmChoice
from ivg.ranges import text, whole_within
from ivg.records import Clip

MODEL_DEFAULTS: Mapping[str, Any] = MappingProxyType({})


class Blip2Captioner:
    """BLIP-2 (Li et al., 2023): one sentence a frame; several frames give several captions."""

    VERSION: ClassVar[int] = 2
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"allow_pickle", "batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(
        self,
        model: str = "Salesforce/blip2-flan-t5-xxl",
        revision: str | None = None,
        prompt: str = "Describe this image in detail.",
        generate: Mapping[str, Any] = MODEL_DEFAULTS,
        seed: int = 0,
        dtype: str = "auto",
        allow_pickle: bool = False,
        n_frames: int = 1,
        batch_size: int = 8,
    ) -> None:
        """Store the config.

        Args:
            model: A hub id, or a folder with safetensors weights.
            revision: Branch, tag or commit on the hub; None for the newest.
            prompt: What the model is asked.
            generate: Arguments of `generate()`; none (as published): the model's own defaults.
            seed: Of sampled words, with `generate.do_sample`.
            dtype: `auto`, `float32`, `float16` or `bfloat16`.
            allow_pickle: Read weights that are no safetensors.
            n_frames: Frames of a segment; each is captioned by itself.
            batch_size: Frames a forward pass.

        Raises:
            ConfigError: A value is out of range.
        """
        checkpoint = Checkpoint("captioner.model", model, revision, allow_pickle)
        self.choice = VlmChoice(checkpoint, dtype)
        self.prompt = text("captioner.prompt", prompt)
        self.options = dict(generate)
        check_sampling("captioner.generate", self.options)
        self.seed = whole_within("captioner.seed", seed)
        self._n_frames = whole_within("captioner.n_frames", n_frames, 1)
        self._batching = Batching("captioner.batch_size", batch_size)
        self._vlm: Vlm | None = None

    @property
    def n_frames(self) -> int:
        """How many frames of a segment the captioner looks at."""
        return self._n_frames

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the model is asked."""
        return (self.prompt,)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, hashes and licence of the checkpoint, for manifests."""
        return self.choice.provenance

    @property
    def absent(self) -> tuple[Absent, ...]:
        """What has to be fetched from the hub first."""
        return self.choice.checkpoint.absent

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
                f"captioner.model={self.choice.checkpoint.model} is no BLIP-2 with an image token; "
                "files from before transformers 4.46 have none: fetch the current revision"
            )
        self._vlm = vlm

    def caption(self, clips: Sequence[Clip]) -> list[list[str]]:
        """For each clip the sentences on each of its frames."""
        if self._vlm is None:
            raise RuntimeError("setup() comes before caption()")
        frames = [
            replace(clip, frames=(frame,), times=(time,))
            for clip in clips
            for frame, time in zip(clip.frames, clip.times, strict=True)
        ]
        answers = iter(
            self._vlm.answers(
                frames, self.prompt, self.options, self.seed, self._batching, self._inputs
            )
        )
        return [[said for _ in clip.frames for said in next(answers)] for clip in clips]

    def _inputs(self, clips: Sequence[Clip]) -> Mapping[str, Any]:
        from PIL import Image as Pictures

        if self._vlm is None:
            raise RuntimeError("setup() comes before caption()")
        pictures = [Pictures.fromarray(clip.frames[0]) for clip in clips]
        return self._vlm.processed(images=pictures, text=[self.prompt] * len(clips))
