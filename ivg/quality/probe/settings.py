"""How the probe is built and trained."""

from __future__ import annotations

from dataclasses import dataclass

from ivg.errors import ConfigError
from ivg.ranges import number_within, optional_whole_within, whole_within

KEY = "quality.measures.probe.settings."


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """The same for every dataset that is compared.

    Attributes:
        n_samples: Training samples a seed draws, validation included: with one number for all
            points of a sweep, a larger set wins nothing by its size. None: all.
        n_seeds: Trainings, at least 3; a seed draws the samples, the split and the weights.
        seed: The first of them.
        width: Channels inside the network; a multiple of `heads`.
        layers: Transformer layers.
        heads: Attention heads.
        dropout: Share dropped in training.
        max_frames: Longer stretches are averaged down to so many steps.
        batch_size: Samples a step.
        learning_rate: Of AdamW.
        weight_decay: Of AdamW.
        max_epochs: At most.
        patience: Epochs without a better validation loss before training stops.
        validation: Share of the videos that validate.
    """

    n_samples: int | None = None
    n_seeds: int = 3
    seed: int = 0
    width: int = 128
    layers: int = 2
    heads: int = 4
    dropout: float = 0.1
    max_frames: int = 128
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    max_epochs: int = 60
    patience: int = 15
    validation: float = 0.15

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigError: One is out of range; the message names it.
        """
        optional_whole_within(KEY + "n_samples", self.n_samples, 2)
        whole_within(KEY + "n_seeds", self.n_seeds, 3)
        whole_within(KEY + "seed", self.seed, 0)
        for name in (
            "width",
            "layers",
            "heads",
            "max_frames",
            "batch_size",
            "max_epochs",
            "patience",
        ):
            whole_within(KEY + name, getattr(self, name), 1)
        if self.width % self.heads:
            raise ConfigError(
                f"{KEY}width must be a multiple of {KEY}heads ({self.heads}), got {self.width}"
            )
        number_within(KEY + "dropout", self.dropout, 0, 0.9)
        number_within(KEY + "learning_rate", self.learning_rate, 1e-8, 1)
        number_within(KEY + "weight_decay", self.weight_decay, 0, 1)
        number_within(KEY + "validation", self.validation, 0.01, 0.5)
