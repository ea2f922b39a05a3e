"""A benchmark of features with planted structure: for tests, and to judge the probe itself."""

from __future__ import annotations

import numpy as np

from ivg.quality.benchmarks.benchmark import Query
from ivg.quality.probe.sample import Sample
from ivg.ranges import number_within, whole_within
from ivg.records import FloatArray


class Synthetic:
    """Videos of scenes, each scene with a direction of its own; a query means one scene.

    A frame is its scene's direction plus `frame_noise`, the text is the direction of its scene
    plus `text_noise`; all have length 1. The noise is a vector of about that length, so at noise
    1 the cosine with the clean direction is about 0.7. The other scenes distract. One query a
    video.

    Args:
        n_videos: Videos, and queries.
        dim: Width of the features.
        frames: Frames a video.
        scenes: Scenes a video, at most `frames`.
        frame_secs: Seconds a frame stands for.
        frame_noise: Length of the noise on a frame.
        text_noise: Length of the noise on the text.
        seed: Another seed gives other videos.
    """

    def __init__(
        self,
        n_videos: int = 200,
        dim: int = 32,
        frames: int = 32,
        scenes: int = 6,
        frame_secs: float = 1.0,
        frame_noise: float = 1.0,
        text_noise: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.n_videos = whole_within("benchmark.n_videos", n_videos, 1)
        self.dim = whole_within("benchmark.dim", dim, 2)
        self.frames = whole_within("benchmark.frames", frames, 1)
        self.scenes = whole_within("benchmark.scenes", scenes, 1, self.frames)
        self.frame_secs = number_within("benchmark.frame_secs", frame_secs, 1e-3)
        self.frame_noise = number_within("benchmark.frame_noise", frame_noise, 0)
        self.text_noise = number_within("benchmark.text_noise", text_noise, 0)
        self.seed = whole_within("benchmark.seed", seed, 0)

    def queries(self) -> list[Query]:
        """The samples as queries; their texts are names only."""
        return [
            Query(
                sample.video,
                sample.duration,
                f"the scene that {sample.video} asks for",
                tuple((float(start), float(end)) for start, end in sample.seconds),
            )
            for sample in self.samples()
        ]

    def samples(self) -> list[Sample]:
        """The videos with their features; the same at every call."""
        return [self._sample(i) for i in range(self.n_videos)]

    def training(self) -> list[Sample]:
        """As many samples of other videos, to train on before a test on `samples`."""
        return [self._sample(i) for i in range(self.n_videos, 2 * self.n_videos)]

    def _sample(self, i: int) -> Sample:
        rng = np.random.default_rng([self.seed, i])
        cuts = np.sort(rng.choice(np.arange(1, self.frames), self.scenes - 1, replace=False))
        edges = np.array([0, *cuts, self.frames])
        directions = noisy(np.zeros((self.scenes, self.dim)), 1.0, rng)
        clean = np.repeat(directions, np.diff(edges), axis=0)
        meant = int(rng.integers(self.scenes))
        return Sample(
            video=f"synthetic_{self.seed}_{i}",
            features=noisy(clean, self.frame_noise, rng),
            text=noisy(directions[meant], self.text_noise, rng),
            windows=edges[None, meant : meant + 2] / self.frames,
            duration=self.frames * self.frame_secs,
        )


def noisy(vectors: FloatArray, noise: float, rng: np.random.Generator) -> FloatArray:
    """(..., d) vectors plus Gaussian noise of about the length `noise`, scaled to length 1."""
    scale = noise / np.sqrt(vectors.shape[-1])
    found = vectors + scale * rng.standard_normal(vectors.shape)
    unit: FloatArray = found / np.linalg.norm(found, axis=-1, keepdims=True)
    return unit
