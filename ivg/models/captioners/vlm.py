"""Captions by any chat model that sees pictures: LLaVA, Qwen-VL, InternVL, SmolVLM ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.errors import ConfigError
from ivg.models.batches import Batching
from ivg.models.chat import SHOW, shown
from ivg.models.checkpoint import Checkpoint
from ivg.models.hub import Absent
from ivg.models.sampling import check_sampling
from ivg.models.transformers_vlm import Vlm, VlmChoice
from ivg.ranges import one_of, text, whole_within
from ivg.records import Clip

GENERATE: Mapping[str, Any] = MappingProxyType({"max_new_tokens": 64, "do_sample": False})
"""The models' own limit of 20 tokens cuts sentences short, and some sample by default."""

MILLISECONDS = 1000
LEAST_OF_A_VIDEO = 2
"""Some models see two frames at a time."""


class VlmCaptioner:
    """Whatever `AutoModelForImageTextToText` loads with a chat template; one caption a segment."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"allow_pickle", "batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(
        self,
        model: str,
        revision: str | None = None,
        prompt: str = "Describe what happens in one plain sentence.",
        show: str = "images",
        n_frames: int = 1,
        generate: Mapping[str, Any] = GENERATE,
        seed: int = 0,
        dtype: str = "auto",
        allow_pickle: bool = False,
        batch_size: int = 4,
    ) -> None:
        """Store the config.

        Args:
            model: A hub id, or a folder with safetensors weights.
            revision: Branch, tag or commit on the hub; None for the newest.
            prompt: What the model is asked.
            show: `images`: the frames one after the other; `timed_images`: each after its time in
                the segment; `video`: as one video with its true times, for models that take one.
            n_frames: Frames of a segment that the model sees.
            generate: Arguments of `generate()` beside the inputs.
            seed: Of sampled words, with `generate.do_sample`.
            dtype: `auto`, `float32`, `float16` or `bfloat16`.
            allow_pickle: Read weights that are no safetensors.
            batch_size: Segments a forward pass.

        Raises:
            ConfigError: A value is out of range.
        """
        checkpoint = Checkpoint("captioner.model", model, revision, allow_pickle)
        self.choice = VlmChoice(checkpoint, dtype)
        self.prompt = text("captioner.prompt", prompt)
        self.show = one_of("captioner.show", show, SHOW)
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
            ConfigError: The checkpoint has no chat template, or takes no videos.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        vlm = self.choice.load(device)
        named = f"captioner.model={self.choice.checkpoint.model}"
        if getattr(vlm.processor, "chat_template", None) is None:
            raise ConfigError(f"{named} has no chat template; take a version tuned on instructions")
        if self.show == "video" and getattr(vlm.processor, "video_processor", None) is None:
            raise ConfigError(f"{named} takes no videos; set captioner.show=images")
        self._vlm = vlm

    def caption(self, clips: Sequence[Clip]) -> list[list[str]]:
        """One caption a clip; more with `generate.num_return_sequences`."""
        if self._vlm is None:
            raise RuntimeError("setup() comes before caption()")
        if self.show == "video":
            clips = [_filled(clip, max(LEAST_OF_A_VIDEO, self.n_frames)) for clip in clips]
        return self._vlm.answers(
            clips, self.prompt, self.options, self.seed, self._batching, self._inputs
        )

    def _inputs(self, clips: Sequence[Clip]) -> Mapping[str, Any]:
        if self._vlm is None:
            raise RuntimeError("setup() comes before caption()")
        processor = self._vlm.processor
        prompts = [
            processor.apply_chat_template(
                [{"role": "user", "content": shown(clip, self.prompt, self.show)}],
                add_generation_prompt=True,
                tokenize=False,
            )
            for clip in clips
        ]
        seen = _video(clips) if self.show == "video" else _images(clips)
        bos = processor.tokenizer.bos_token
        # a template that begins a text itself must not have it begun again
        begun = bos is not None and prompts[0].startswith(bos)
        return self._vlm.processed(text=prompts, add_special_tokens=not begun, **seen)


def _filled(clip: Clip, n_frames: int) -> Clip:
    """The clip with its last frame held until there are `n_frames`: videos of a batch are equal."""
    more = n_frames - len(clip.frames)
    return replace(
        clip,
        frames=(*clip.frames, *[clip.frames[-1]] * more),
        times=(*clip.times, *[clip.times[-1]] * more),
    )


def _images(clips: Sequence[Clip]) -> dict[str, Any]:
    """Pictures, clip by clip."""
    from PIL import Image as Pictures

    return {"images": [[Pictures.fromarray(frame) for frame in clip.frames] for clip in clips]}


def _video(clips: Sequence[Clip]) -> dict[str, Any]:
    """Each clip as a video of its frames, whose times are told in milliseconds."""
    from PIL import Image as Pictures
    from transformers.video_utils import VideoMetadata

    return {
        "videos": [[Pictures.fromarray(frame) for frame in clip.frames] for clip in clips],
        "video_metadata": [
            VideoMetadata(
                total_num_frames=round((clip.end_sec - clip.start_sec) * MILLISECONDS),
                fps=MILLISECONDS,
                frames_indices=[round(time * MILLISECONDS) for time in clip.times],
            )
            for clip in clips
        ],
        "do_sample_frames": False,
    }
