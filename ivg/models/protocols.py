"""What a model must offer to be an embedder, a scorer or a captioner.

Models may also offer `provenance`: what is known of their weights, for manifests. Captioners may
offer `prompts`: what they ask, so that hygiene knows an echo when it sees one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ivg.records import Clip, FloatArray, Image

Said = Sequence[str] | Mapping[str, Sequence[str]] | Exception
"""The sentences on one clip; by captioner, where there are several; or why there are none."""


def provenance_of(model: object) -> Mapping[str, Any]:
    """Commit, file hashes and licence of a model's weights; backends may leave it out."""
    found: Mapping[str, Any] = getattr(model, "provenance", {})
    return found


def prompts_of(captioner: object) -> tuple[str, ...]:
    """What a captioner asks its model."""
    return tuple(getattr(captioner, "prompts", ()))


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

    def caption(self, clips: Sequence[Clip]) -> Sequence[Said]:
        """For each clip (1 to `n_frames` frames of one segment, in order) its captions.

        Clips of many videos come together. An exception in place of the captions of a clip fails
        the video of that clip; one that is raised has each video asked again by itself.
        """
