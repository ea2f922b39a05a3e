"""One sentence from several captions by a language model through transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from ivg.errors import ConfigError
from ivg.models.batches import Batching
from ivg.models.checkpoint import Checkpoint, knowing
from ivg.models.hub import Absent, quiet_transformers
from ivg.models.sampling import refuse_code
from ivg.models.sharing import shared
from ivg.models.transformers_vlm import DTYPES
from ivg.models.writers.writer import CAPTIONS, PROMPT, Draft, checked_prompt, question
from ivg.ranges import one_of

GENERATE: Mapping[str, Any] = MappingProxyType({"max_new_tokens": 64, "do_sample": False})


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model in inference mode with its tokenizer."""

    network: Any
    tokenizer: Any
    device: str


class LlmWriter:
    """Whatever `AutoModelForCausalLM` loads with a chat template.

    InternVid wrote so from Tag2Text and BLIP-2, with Llama 2 (Wang et al., 2023).
    """

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"allow_pickle", "batch_size"})
    CHECKPOINTS: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(
        self,
        model: str,
        revision: str | None = None,
        prompt: str = PROMPT,
        generate: Mapping[str, Any] = GENERATE,
        dtype: str = "auto",
        allow_pickle: bool = False,
        batch_size: int = 8,
    ) -> None:
        """Store the config.

        Args:
            model: A hub id, or a folder with safetensors weights.
            revision: Branch, tag or commit on the hub; None for the newest.
            prompt: What the model is asked, with {captions} where they go.
            generate: Arguments of `generate()`; words are not sampled.
            dtype: `auto`, `float32`, `float16` or `bfloat16`.
            allow_pickle: Read weights that are no safetensors.
            batch_size: Segments a forward pass.

        Raises:
            ConfigError: A value is out of range.
        """
        self.checkpoint = Checkpoint("captioner.writer.model", model, revision, allow_pickle)
        self.prompt = checked_prompt(prompt)
        self.options = dict(generate)
        refuse_code("captioner.writer.generate", self.options)
        if self.options.setdefault("do_sample", False):
            raise ConfigError("captioner.writer.generate.do_sample: a writer is not to invent")
        self.dtype = one_of("captioner.writer.dtype", dtype, DTYPES)
        self._batching = Batching("captioner.writer.batch_size", batch_size)
        self._model: LanguageModel | None = None

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the model is asked."""
        return tuple(self.prompt.split(CAPTIONS))

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, hashes and licence of the checkpoint, for manifests."""
        return {**self.checkpoint.provenance, "dtype": self.dtype}

    @property
    def absent(self) -> tuple[Absent, ...]:
        """What has to be fetched from the hub first."""
        return self.checkpoint.absent

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            ConfigError: The checkpoint has no chat template.
            MissingDependencyError: The checkpoint is not there or not whole.
        """
        known = self.checkpoint
        key = ("llm", known.path, known.revision, self.dtype, device)
        with known.loading():
            model = shared(key, lambda: _load(known, self.dtype, device))
        if model.tokenizer.chat_template is None:
            raise ConfigError(f"{known.key}={known.model} has no chat template")
        self._model = model

    def write(self, drafts: Sequence[Draft]) -> list[str]:
        """One sentence a draft."""
        questions = [question(self.prompt, draft) for draft in drafts]
        return self._batching.run(
            questions, self._tokens, self._answers, cost=len, ahead=self._loaded().device != "cpu"
        )

    def _tokens(self, questions: Sequence[str]) -> Any:
        turns = [[{"role": "user", "content": asked}] for asked in questions]
        return self._loaded().tokenizer.apply_chat_template(
            turns,
            add_generation_prompt=True,
            padding=True,
            return_dict=True,
            return_tensors="pt",
            tokenizer_kwargs={"padding_side": "left"},
        )

    def _answers(self, tokens: Any) -> list[str]:
        import torch

        model = self._loaded()
        wanted = ("input_ids", "attention_mask")
        inputs = {name: tokens[name].to(model.device) for name in wanted}
        with torch.inference_mode():
            found = model.network.generate(**inputs, **self.options)
        new = found[:, inputs["input_ids"].shape[1] :]
        texts: list[str] = model.tokenizer.batch_decode(new, skip_special_tokens=True)
        return texts

    def _loaded(self) -> LanguageModel:
        if self._model is None:
            raise RuntimeError("setup() comes before write()")
        return self._model


def _load(known: Checkpoint, dtype: str, device: str) -> LanguageModel:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet_transformers()
    tokenizers: Any = AutoTokenizer
    tokenizer = tokenizers.from_pretrained(known.path, padding_side="left", **known.options)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    network: Any = known.whole(
        AutoModelForCausalLM.from_pretrained(
            known.path, dtype=dtype, output_loading_info=True, **known.weight_options
        )
    )
    knowing(tokenizer, network)
    return LanguageModel(network.eval().to(device), tokenizer, device)
