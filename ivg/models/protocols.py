"""What a model must offer to be an embedder, a scorer or a captioner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ivg.records import FloatArray, Image


def weights_of(model: object) -> str:
    """Commit or fingerprint of a model's weights, for manifests; backends may leave it out."""
    return str(getattr(model, "weights", "unknown"))


class Embedder(Protocol):
    """Image to vector, for comparing images with images."""

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights; equal names give equal `embed_images`."""

    def setup(self, device: str) -> None:
        """Load the weights onto `device`."""

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, d) float32, unnormalised, one row an image."""


class Scorer(Protocol):
    """Image and text to one space, for comparing frames with captions."""

    @property
    def frame_model(self) -> str:
        """As for `Embedder`: where both are equal, the embedder's frame features are reused."""

    def setup(self, device: str) -> None:
        """Load the weights onto `device`."""

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, d) float32 frame features, the same as the embedder of this `frame_model` gives."""

    def project(self, features: FloatArray) -> FloatArray:
        """(n, d) frame features to (n, j) vectors of the joint space (CLIP: unchanged)."""

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(n, j) float32 vectors of the joint space, one row a text."""


class Captioner(Protocol):
    """Frames of one segment to sentences."""

    @property
    def n_frames(self) -> int:
        """How many frames of a segment the captioner looks at."""

    def setup(self, device: str) -> None:
        """Load the weights onto `device`."""

    def caption(self, clips: Sequence[Sequence[Image]]) -> list[list[str]]:
        """For each clip (1 to `n_frames` frames of one segment, in order) its captions."""
