"""The probe as Lightning trains it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from lightning import LightningDataModule, LightningModule
from torch import Tensor
from torch.utils.data import DataLoader

from ivg.quality.metrics import MAX_PREDICTIONS, temporal_iou
from ivg.quality.probe.batch import Batch, collated
from ivg.quality.probe.network import MomentNetwork, loss_of
from ivg.quality.probe.sample import Sample
from ivg.quality.probe.settings import ProbeSettings
from ivg.records import FloatArray

NMS_IOU = 0.7


class ProbeModule(LightningModule):
    """Trains `MomentNetwork`; `predict_step` gives windows with scores, best first.

    Args:
        dim: Width of the features.
        settings: Network and optimiser.
    """

    def __init__(self, dim: int, settings: ProbeSettings) -> None:
        super().__init__()
        self.settings = settings
        self.network = MomentNetwork(
            dim, settings.width, settings.layers, settings.heads, settings.dropout
        )

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of a batch."""
        logits, windows = self.network(batch)
        return loss_of(logits, windows, batch)

    def validation_step(self, batch: Batch, _: int) -> None:
        """Log the loss as `val_loss`."""
        logits, windows = self.network(batch)
        loss = loss_of(logits, windows, batch)
        self.log("val_loss", loss, batch_size=len(batch.text), on_epoch=True)

    def predict_step(self, batch: Batch, _: int) -> list[FloatArray]:
        """For each sample (n, 3): start, end as shares, and score; at most ten."""
        logits, windows = self.network(batch)
        rows = torch.cat([windows, logits.sigmoid()[..., None]], -1).double().cpu().numpy()
        masks = batch.valid.cpu().numpy()
        return [thinned(row[mask]) for row, mask in zip(rows, masks, strict=True)]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW."""
        chosen = self.settings
        return torch.optim.AdamW(
            self.parameters(), lr=chosen.learning_rate, weight_decay=chosen.weight_decay
        )


class ProbeData(LightningDataModule):
    """Lists of samples as batches.

    Args:
        train: Learnt from, shuffled each epoch.
        validation: Watched by early stopping.
        settings: Batch size and number of steps.
    """

    def __init__(
        self, train: Sequence[Sample], validation: Sequence[Sample], settings: ProbeSettings
    ) -> None:
        super().__init__()
        self.train = train
        self.validation = validation
        self.settings = settings

    def train_dataloader(self) -> DataLoader[Sample]:
        """Shuffled."""
        return loader(self.train, self.settings, shuffle=True)

    def val_dataloader(self) -> DataLoader[Sample]:
        """In order."""
        return loader(self.validation, self.settings)


def loader(
    samples: Sequence[Sample], settings: ProbeSettings, shuffle: bool = False
) -> DataLoader[Sample]:
    """Batches of samples, made in this process: they are in memory already."""
    return DataLoader(
        list(samples),  # type: ignore[arg-type]
        batch_size=settings.batch_size,
        shuffle=shuffle,
        collate_fn=lambda some: collated(some, settings.max_frames),
    )


def thinned(guesses: FloatArray) -> FloatArray:
    """The best windows that are no near-copies of better ones (non-maximum suppression).

    Args:
        guesses: (n, 3) start, end, score.

    Returns:
        (m, 3), m <= 10, by falling score; IoU of any two at most 0.7.
    """
    left = guesses[np.argsort(-guesses[:, 2], kind="stable")]
    kept: list[FloatArray] = []
    while len(left) and len(kept) < MAX_PREDICTIONS:
        kept.append(left[0])
        left = left[1:][temporal_iou(left[1:, :2], left[0, :2]) <= NMS_IOU]
    return np.array(kept)
