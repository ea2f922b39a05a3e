"""Image to vector with the packaged ImageNet classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ivg.models.batches import Batching, spare_threads
from ivg.models.small import CLASSIFIERS, load_classifier, package_provenance
from ivg.records import FloatArray, Image


class SmallEmbedder:
    """Pooled features of EfficientNet-Lite0; for trying out and for CI."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"batch_size"})

    def __init__(self, batch_size: int = 32) -> None:
        """Store the config.

        Args:
            batch_size: Images a forward pass.

        Raises:
            ConfigError: The batch size is below 1.
        """
        self._batching = Batching("embedder.batch_size", batch_size, spare_threads())
        self._device = "cpu"

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        return CLASSIFIERS["lite0"].image_tower

    @property
    def provenance(self) -> dict[str, str]:
        """Versions of the packages that hold the weights, for manifests."""
        return package_provenance("lite0")

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            MissingDependencyError: The package with the weights is not installed.
        """
        self._device = device
        load_classifier(device, "lite0")

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, 1280) float32, unnormalised and not negative."""
        return load_classifier(self._device, "lite0").features(images, self._batching)
