"""Words drawn at random that don't depend on the batch: each row has a generator of its own.

Torch's samplers draw a whole batch from one generator, so that a caption would change with its
neighbours. Here the draw is made by the Gumbel-max trick (Gumbel, 1954; Maddison et al., 2014):
argmax(log p + g), with g from the row's own generator, is a sample of p.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ivg.errors import ConfigError
from ivg.records import Clip

if TYPE_CHECKING:
    import torch

WARPERS = ("temperature", "top_k", "top_p", "min_p")
OTHER_WARPERS = ("typical_p", "epsilon_cutoff", "eta_cutoff", "top_h")
NEUTRAL = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": None}
CODE = ("custom_generate", "trust_remote_code")
"""Options by which `generate()` of transformers runs a program from the hub or a folder."""
DEFAULTS = {"top_k": 50}
"""What `generate()` of transformers fills in where neither options nor checkpoint say more."""
TORCH_SEED_BYTES = 8


def seed_of(seed: int, prompt: str, clip: Clip, copy: int) -> int:
    """The seed of one row: from what is asked of it, and which of its answers this is."""
    digest = hashlib.blake2b(f"{seed}\0{prompt}\0{copy}\0{clip.times}".encode(), digest_size=8)
    for frame in clip.frames:
        digest.update(repr(frame.shape).encode())
        digest.update(frame.tobytes())
    return int.from_bytes(digest.digest(), "big") >> 1


def samples(options: Mapping[str, Any], saved: Any) -> bool:
    """Whether `generate()` would draw words: by the options, else by the checkpoint's own."""
    return bool(options.get("do_sample", getattr(saved, "do_sample", False)))


def refuse_code(key: str, options: Mapping[str, Any]) -> None:
    """Refuse options that would have code of a stranger run.

    Raises:
        ConfigError: There is one; the message names it.
    """
    for name in CODE:
        if name in options:
            raise ConfigError(f"{key}.{name}: no code of a checkpoint is run; leave it out")


def check_sampling(key: str, options: Mapping[str, Any]) -> None:
    """Refuse what can't be drawn row by row, and what would run code.

    Raises:
        ConfigError: Beams are sampled, or a warper is asked for that is not known here; or as
            `refuse_code`.
    """
    refuse_code(key, options)
    for name in OTHER_WARPERS:
        if options.get("do_sample") and options.get(name) is not None:
            raise ConfigError(f"{key}.{name}: words are sampled by {', '.join(WARPERS)} only")
    if options.get("do_sample") and int(options.get("num_beams") or 1) > 1:
        raise ConfigError(
            f"{key}.do_sample=true with num_beams: sampled beams change with the batch; take one"
        )


def drawing(options: Mapping[str, Any], saved: Any, seeds: Sequence[int]) -> dict[str, Any]:
    """Options of a greedy `generate()` whose logits are drawn row by row."""
    plain = {k: v for k, v in options.items() if k not in (*WARPERS, "num_return_sequences")}
    return {
        **plain,
        "do_sample": False,
        "num_beams": 1,
        "logits_processor": [*_warpers(options, saved), Drawn(seeds)],
    }


class Drawn:
    """A logits processor that leaves of every row only the word that was drawn."""

    def __init__(self, seeds: Sequence[int]) -> None:
        """One generator a row."""
        import torch

        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """(rows, vocabulary) logits to the same, all but one of each row at -inf."""
        import torch

        # -log of an exponential is a Gumbel; drawn on the CPU, so that devices agree
        waits = torch.stack(
            [torch.empty(scores.shape[1]).exponential_(generator=g) for g in self.generators]
        )
        noisy = scores.float().log_softmax(dim=-1) - waits.log().to(scores.device)
        chosen = noisy.argmax(dim=-1, keepdim=True)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)


def _warpers(options: Mapping[str, Any], saved: Any) -> list[Any]:
    """What bends the distribution before a word is drawn, in the order of transformers."""
    from transformers.generation import logits_process as known

    kinds = {
        "temperature": known.TemperatureLogitsWarper,
        "top_k": known.TopKLogitsWarper,
        "top_p": known.TopPLogitsWarper,
        "min_p": known.MinPLogitsWarper,
    }
    values = {name: _value(name, options, saved) for name in WARPERS}
    return [
        kinds[name](value)
        for name, value in values.items()
        if value is not None and value != NEUTRAL[name]
    ]


def _value(name: str, options: Mapping[str, Any], saved: Any) -> Any:
    """As `generate()` has it: the option, else the checkpoint's, else the library's default."""
    if name in options:
        return options[name]
    found = getattr(saved, name, None)
    return DEFAULTS.get(name) if found is None else found
