"""Models that cost nothing, and one that only waits: what they leave is the cost of the video.

`ivg` builds them from `benchmarks/conf`, as anybody's own models (`IVG_PACKAGES=cheap`).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from ivg.records import Clip, FloatArray, Image

SIDE = 8


def look(image: Image) -> FloatArray:
    """Some pixels without their mean: alike for the same shot, unlike for another."""
    rows, columns = (np.linspace(0, n - 1, SIDE).astype(int) for n in image.shape[:2])
    pixels = image[rows][:, columns].astype(np.float32).ravel()
    return pixels - pixels.mean() + 1e-3


def say(image: Image) -> str:
    """A sentence that differs from picture to picture."""
    red, green, blue = image[::64, ::64].mean((0, 1)).astype(int)
    return f"a view of tone {red} {green} {blue}"


class CheapEmbedder:
    """Image to some of its pixels."""

    frame_model = "cheap"

    def setup(self, device: str) -> None:
        """There is nothing to load."""

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """One row an image."""
        return np.stack([look(image) for image in images])


class CheapScorer(CheapEmbedder):
    """Any vector a text: nothing is filtered by it."""

    def project(self, features: FloatArray) -> FloatArray:
        """As they are."""
        return features

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """One row a text."""
        return np.stack([vector_of(text) for text in texts])


def vector_of(text: str) -> FloatArray:
    """A random vector, always the same for a text."""
    return np.random.default_rng(crc32(text.encode())).normal(size=3 * SIDE * SIDE)


class CheapCaptioner:
    """Says the mean colour of one frame."""

    n_frames = 1

    def setup(self, device: str) -> None:
        """There is nothing to load."""

    def caption(self, clips: Sequence[Clip]) -> Sequence[Sequence[str]]:
        """One sentence a clip."""
        return [[say(clip.frames[0])] for clip in clips]


class SleepyEmbedder(CheapEmbedder):
    """As long a wait for each frame as a model on a GPU would need."""

    def __init__(self, milliseconds: float = 10) -> None:
        """Args: milliseconds: Of each frame."""
        self.milliseconds = milliseconds

    def setup(self, device: str) -> None:
        """Note when the model is ready and waits for its first frames."""
        note(time.time(), 0)

    def embed_images(self, images: Sequence[Image]) -> FloatArray:
        """One row an image; the call is noted."""
        begun = time.time()
        time.sleep(self.milliseconds / 1000 * len(images))
        vectors = super().embed_images(images)
        note(begun, len(images))
        return vectors


def note(begun: float, n_images: int) -> None:
    """Write down that the model worked until now."""
    with Path(os.environ["BENCHMARK_BUSY"]).open("a") as file:
        file.write(json.dumps([begun, time.time(), n_images]) + "\n")
