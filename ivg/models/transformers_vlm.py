"""Image-text models through transformers: loading, and prepared inputs to sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from itertools import chain
from typing import TYPE_CHECKING, Any

from ivg.models.batches import Batching
from ivg.models.checkpoint import Checkpoint, knowing
from ivg.models.hub import quiet_transformers
from ivg.models.sampling import drawing, samples, seed_of
from ivg.models.sharing import shared
from ivg.ranges import one_of
from ivg.records import Clip

if TYPE_CHECKING:
    import torch

DTYPES = ("auto", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class VlmChoice:
    """Which checkpoint, and in which numbers.

    Attributes:
        checkpoint: Where it is.
        dtype: One of `DTYPES`; `auto` is what the checkpoint was saved in.

    Raises:
        ConfigError: The dtype is unknown.
    """

    checkpoint: Checkpoint
    dtype: str

    def __post_init__(self) -> None:
        one_of(f"{self.checkpoint.group}.dtype", self.dtype, DTYPES)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, hashes and licence of the checkpoint."""
        return {**self.checkpoint.provenance, "dtype": self.dtype}

    def load(self, device: str) -> Vlm:
        """Processor and weights on `device`; the same for equal choices in one process.

        Raises:
            MissingDependencyError: The checkpoint is not there, not whole, or no image-text model.
        """
        known = self.checkpoint
        key = ("vlm", known.path, known.revision, self.dtype, device)
        with known.loading():
            return shared(key, lambda: _load(self, device))


@dataclass(frozen=True)
class Asked:
    """One row of a batch: a clip, what is asked of it, and which of its answers this is."""

    clip: Clip
    prompt: str
    copy: int = 0


@dataclass(frozen=True)
class Vlm:
    """An image-text model in inference mode with its processor."""

    network: Any
    processor: Any
    device: str

    @property
    def saved_options(self) -> Any:
        """The generation settings that came with the checkpoint."""
        language_model = getattr(self.network, "language_model", None)
        found = getattr(language_model, "generation_config", None)
        return found or self.network.generation_config

    @property
    def encodes_prompt(self) -> bool:
        """Whether the prompt goes to an encoder (T5), not in front of the answer."""
        return bool(self.network.config.is_encoder_decoder)

    def answers(
        self,
        clips: Sequence[Clip],
        prompt: str,
        options: Mapping[str, Any],
        seed: int,
        batching: Batching,
        prepare: Callable[[Sequence[Clip]], Mapping[str, Any]],
    ) -> list[list[str]]:
        """The sentences on each clip; more than one with `num_return_sequences`.

        Args:
            clips: What is shown.
            prompt: What is asked; part of the seed.
            options: Arguments of `generate()` beside the inputs.
            seed: Of sampled words.
            batching: How many rows go together.
            prepare: Clips to the processor's inputs.
        """
        drawn = samples(options, self.saved_options)
        copies = int(options.get("num_return_sequences") or 1) if drawn else 1
        rows = [Asked(clip, prompt, copy) for clip in clips for copy in range(copies)]

        def inputs(batch: Sequence[Asked]) -> tuple[Sequence[Asked], Mapping[str, Any]]:
            return batch, prepare([row.clip for row in batch])

        def forward(prepared: tuple[Sequence[Asked], Mapping[str, Any]]) -> list[list[str]]:
            batch, tensors = prepared
            return self._generate(tensors, bound(batch), len(batch))

        def bound(batch: Sequence[Asked]) -> Mapping[str, Any]:
            if not drawn:
                return options
            seeds = [seed_of(seed, row.prompt, row.clip, row.copy) for row in batch]
            return drawing(options, self.saved_options, seeds)

        found = batching.run(rows, inputs, forward, _frames, ahead=self.device != "cpu")
        return [list(chain(*found[i : i + copies])) for i in range(0, len(found), copies)]

    def _generate(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], n_rows: int
    ) -> list[list[str]]:
        import torch

        known = {name: self._moved(value) for name, value in inputs.items()}
        with torch.inference_mode():
            tokens = self.network.generate(**known, **options)
        texts = self.processor.tokenizer.batch_decode(
            self._without_prompt(tokens, inputs), skip_special_tokens=True
        )
        each = len(texts) // n_rows
        return [texts[i : i + each] for i in range(0, len(texts), each)]

    def processed(self, **given: Any) -> dict[str, Any]:
        """The processor's inputs, padded on the side on which the model does not go on."""
        self.processor.tokenizer.padding_side = "right" if self.encodes_prompt else "left"
        inputs = dict(self.processor(**given, padding=True, return_tensors="pt"))
        if "token_type_ids" not in signature(self.network.forward).parameters:
            inputs.pop("token_type_ids", None)
        return inputs

    def _moved(self, value: Any) -> Any:
        import torch

        if not isinstance(value, torch.Tensor):
            return value
        dtype = self.network.dtype if value.is_floating_point() else value.dtype
        return value.to(self.device, dtype)

    def _without_prompt(self, tokens: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        return tokens if self.encodes_prompt else tokens[:, inputs["input_ids"].shape[1] :]


def _frames(row: Asked) -> int:
    return len(row.clip.frames)


def _load(choice: VlmChoice, device: str) -> Vlm:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    quiet_transformers()
    known = choice.checkpoint
    processors: Any = AutoProcessor
    processor = processors.from_pretrained(known.path, **known.options)
    network: Any = known.whole(
        AutoModelForImageTextToText.from_pretrained(
            known.path, dtype=choice.dtype, output_loading_info=True, **known.weight_options
        )
    )
    knowing(processor.tokenizer, network)
    return Vlm(network.eval().to(device), processor, device)
