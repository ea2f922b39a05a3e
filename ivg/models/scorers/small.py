"""Image and text to one space with the two packaged models: ConSE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ivg.models.batches import Batching, spare_threads
from ivg.models.small import (
    CLASSIFIERS,
    class_vectors,
    load_classifier,
    load_sentence_encoder,
    package_provenance,
)
from ivg.ranges import one_of
from ivg.records import FloatArray, Image

TOP_CLASSES = 10


class SmallScorer:
    """ConSE: images as convex combinations of class name vectors (Norouzi et al., 2014).

    An image is the mean of the text vectors of its 10 likeliest ImageNet classes, weighted by
    their probabilities: f(x) = sum_t p(y_t | x) s(y_t) / sum_t p(y_t | x). It works for what
    ImageNet names (a cat, an espresso) and fails on people, activities and cartoons.
    """

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"batch_size", "role"})

    def __init__(
        self, batch_size: int = 32, classifier: str = "lite0", role: str = "scorer"
    ) -> None:
        """Store the config.

        Args:
            batch_size: Images a forward pass.
            classifier: `lite0`, the small embedder's, or `lite2`.
            role: Its config group, for messages.

        Raises:
            ConfigError: The batch size is below 1, or there is no such classifier.
        """
        self._batching = Batching(f"{role}.batch_size", batch_size, spare_threads())
        self._classifier = one_of(f"{role}.classifier", classifier, tuple(CLASSIFIERS))
        self._device = "cpu"

    @property
    def frame_model(self) -> str:
        """Names the image tower and its weights."""
        return CLASSIFIERS[self._classifier].image_tower

    @property
    def provenance(self) -> dict[str, str]:
        """Versions of the packages that hold the weights, for manifests."""
        return package_provenance(self._classifier)

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            MissingDependencyError: A package with weights is not installed.
        """
        self._device = device
        load_classifier(device, self._classifier)
        load_sentence_encoder(device)

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """(n, 1280) float32 pooled features; of lite0 those of `SmallEmbedder`."""
        return load_classifier(self._device, self._classifier).features(images, self._batching)

    def project(self, features: FloatArray) -> FloatArray:
        """(n, 1280) pooled features to (n, 384) means of class name vectors."""
        probabilities = load_classifier(self._device, self._classifier).probabilities(features)
        top = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP_CLASSES]
        weights = np.take_along_axis(probabilities, top, axis=1)
        weights /= weights.sum(axis=1, keepdims=True)
        vectors: FloatArray = np.einsum("nt,ntd->nd", weights, class_vectors(self._device)[top])
        return vectors

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(n, 384) float32 sentence vectors of length 1."""
        return load_sentence_encoder(self._device).embed(texts)
