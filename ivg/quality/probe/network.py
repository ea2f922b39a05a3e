"""The network: frame features and a text feature in, for each step a score and a window out."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ivg.quality.probe.batch import Batch


class MomentNetwork(nn.Module):
    """A small transformer over the steps, which know how well they fit the text.

    Each step joins its projected feature, its product with the projected text, and the plain
    cosine of the two; an encoder lets steps compare themselves; a linear head says how likely a
    step is inside the moment and how far the moment reaches to both sides (as FCOS does).
    With width 128, two layers and features of 512 about 0.5 million parameters.

    Args:
        dim: d, width of the features.
        width: Channels inside.
        layers: Encoder layers.
        heads: Attention heads.
        dropout: Share dropped in training.
    """

    def __init__(self, dim: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.frame = nn.Linear(dim, width)
        self.text = nn.Linear(dim, width)
        self.join = nn.Linear(2 * width + 1, width)
        # deaf to the text at first: the best score is the best however small the margin, so a
        # fit to the text that only chance put into the weights would find moments unlearnt
        nn.init.zeros_(self.join.weight[:, width:])
        layer = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 3)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Look at all steps of each sample.

        Returns:
            (B, T) logits of a step lying inside, and (B, T, 2) windows, shares of the stretch in
            [0, 1], around the middle of each step.
        """
        cosine = torch.einsum("btd,bd->bt", batch.features, batch.text)[..., None]
        frame = self.frame(batch.features)
        fit = frame * self.text(batch.text)[:, None]
        # scaled up, or one channel among many would learn slowly
        joined = self.join(torch.cat([frame, fit, math.sqrt(frame.shape[-1]) * cosine], -1))
        hidden = joined + positions(joined.shape[1], joined.shape[2], joined.device)
        hidden = self.norm(self.encoder(hidden, src_key_padding_mask=~batch.valid))
        logits, before, after = self.head(hidden).unbind(-1)
        start = batch.centres - functional.softplus(before - 2)
        end = batch.centres + functional.softplus(after - 2)
        return cast(Tensor, logits), torch.stack([start, end], -1).clamp(0, 1)


def positions(steps: int, width: int, device: torch.device) -> Tensor:
    """(steps, width) sines and cosines of the step (Vaswani et al. 2017)."""
    half = width // 2
    rates = torch.exp(-math.log(10_000) * torch.arange(half, device=device) / half)
    angles = torch.arange(steps, device=device)[:, None] * rates
    return functional.pad(torch.cat([angles.sin(), angles.cos()], -1), (0, width - 2 * half))


def loss_of(logits: Tensor, windows: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of inside and outside, plus L1 and 1 - IoU of the windows of inside steps.

    Both are means over the steps they look at; a scalar.
    """
    valid = batch.valid
    inside = batch.inside & valid
    entropy = functional.binary_cross_entropy_with_logits(
        logits[valid], batch.inside[valid].float()
    )
    found, true = windows[inside], batch.target[inside]
    return entropy + (found - true).abs().mean() + (1 - iou(found, true)).mean()


def iou(one: Tensor, other: Tensor) -> Tensor:
    """(n,) IoU of (n, 2) windows with (n, 2)."""
    shared = torch.minimum(one[:, 1], other[:, 1]) - torch.maximum(one[:, 0], other[:, 0])
    shared = shared.clamp(min=0)
    lengths = (one[:, 1] - one[:, 0]) + (other[:, 1] - other[:, 0])
    return shared / (lengths - shared).clamp(min=1e-6)
