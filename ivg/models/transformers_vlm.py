"""Image-text models through transformers: loading, and pictures with a prompt to sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivg.errors import MissingDependencyError
from ivg.fingerprint import fingerprint
from ivg.models.hub import commit_of, hub_is_away, looks_local, quiet_transformers
from ivg.ranges import one_of, text
from ivg.records import Image

if TYPE_CHECKING:
    import torch

DTYPES = ("auto", "float32", "float16", "bfloat16")
SEED = 0


@dataclass(frozen=True)
class VlmChoice:
    """Which checkpoint, and in which numbers.

    Attributes:
        model: A hub id, or a folder written by `save_pretrained`.
        revision: Branch, tag or commit on the hub; None for the newest.
        dtype: One of `DTYPES`; `auto` is what the checkpoint was saved in.

    Raises:
        ConfigError: The dtype is unknown.
    """

    model: str
    revision: str | None
    dtype: str

    def __post_init__(self) -> None:
        text("captioner.model", self.model)
        one_of("captioner.dtype", self.dtype, DTYPES)
        if self.revision is not None:
            text("captioner.revision", self.revision)

    @property
    def weights(self) -> str:
        """Commit or fingerprint of the checkpoint."""
        path = Path(self.model).expanduser()
        if path.exists():
            return fingerprint(path)
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(self.model, "config.json", revision=self.revision)
        return commit_of(found if isinstance(found, str) else None)

    def load(self, device: str) -> Vlm:
        """Processor and weights (safetensors only), on `device`.

        Raises:
            MissingDependencyError: The checkpoint is not there, not whole, or no image-text model.
        """
        from safetensors import SafetensorError

        try:
            return _load(self, device)
        except (OSError, ValueError, SafetensorError) as error:
            raise MissingDependencyError(
                f"captioner.model={self.model} can't be loaded: give the folder of a checkpoint "
                "with safetensors weights, or a hub id that is in the cache or within reach "
                f"({error})"
            ) from error


@dataclass(frozen=True)
class Vlm:
    """An image-text model in inference mode with its processor."""

    network: Any
    processor: Any
    device: str

    def generate(
        self, prompts: Sequence[str], images: Sequence[Image], options: Mapping[str, Any]
    ) -> list[str]:
        """One answer a prompt.

        Args:
            prompts: With their image tokens, if the model wants them written out.
            images: The pictures of all prompts, in order.
            options: Arguments of `generate()` beside the inputs.
        """
        import torch

        inputs = self._inputs(prompts, images)
        with torch.inference_mode(), torch.random.fork_rng():
            # Where a checkpoint samples by default, equal batches still give equal words.
            torch.manual_seed(SEED)
            tokens = self.network.generate(**inputs, **options)
        answers: list[str] = self.processor.tokenizer.batch_decode(
            self._without_prompt(tokens, inputs), skip_special_tokens=True
        )
        return answers

    def _inputs(self, prompts: Sequence[str], images: Sequence[Image]) -> dict[str, Any]:
        from PIL import Image as Pictures

        # Decoders continue the last token, which therefore must not be padding.
        self.processor.tokenizer.padding_side = "right" if self.encodes_prompt else "left"
        inputs = self.processor(
            images=[Pictures.fromarray(image) for image in images],
            text=list(prompts),
            padding=True,
            return_tensors="pt",
        ).to(self.device, self.network.dtype)
        return {name: value for name, value in inputs.items() if name != "token_type_ids"}

    @property
    def encodes_prompt(self) -> bool:
        """Whether the prompt goes to an encoder (T5), not in front of the answer."""
        return bool(self.network.config.is_encoder_decoder)

    def _without_prompt(self, tokens: torch.Tensor, inputs: Mapping[str, Any]) -> torch.Tensor:
        return tokens if self.encodes_prompt else tokens[:, inputs["input_ids"].shape[1] :]


def _load(choice: VlmChoice, device: str) -> Vlm:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    quiet_transformers()
    where: dict[str, Any] = {
        "revision": choice.revision or "main",
        "local_files_only": looks_local(choice.model) or hub_is_away(),
    }
    processors: Any = AutoProcessor
    processor = processors.from_pretrained(choice.model, **where)
    network: Any = AutoModelForImageTextToText.from_pretrained(
        choice.model, dtype=choice.dtype, use_safetensors=True, **where
    )
    return Vlm(network.eval().to(device), processor, device)
