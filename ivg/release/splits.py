"""Train, validation and test, by video: a video's rows are never spread over two of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

from ivg.dataset import SPLITS
from ivg.errors import ConfigError
from ivg.ranges import number_within

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Splits:
    """How videos are shared out.

    The split of a video depends on its content id and the salt alone: not on its name, on other
    videos or on their order. If a share grows at its neighbour's cost, its videos stay in it.

    Attributes:
        train: Share of the videos, 0 to 1.
        validation: As `train`.
        test: As `train`; the three sum to 1.
        salt: Another one shares out anew.
    """

    train: float = 0.9
    validation: float = 0.05
    test: float = 0.05
    salt: str = ""

    def __post_init__(self) -> None:
        """Check the ratios.

        Raises:
            ConfigError: One is outside [0, 1], or they don't sum to 1; the message names them.
        """
        for name, ratio in self.ratios.items():
            number_within(name, ratio, 0, 1)
        if not math.isclose(sum(self.ratios.values()), 1, abs_tol=TOLERANCE):
            told = " ".join(f"{name}={ratio:g}" for name, ratio in self.ratios.items())
            raise ConfigError(f"{told}: train, validation and test must sum to 1")

    @property
    def ratios(self) -> dict[str, float]:
        """Split to share."""
        return dict(zip(SPLITS, (self.train, self.validation, self.test), strict=True))

    def of(self, video_id: str) -> str:
        """The split of a video.

        Args:
            video_id: Its content id.
        """
        place, end = place_of(video_id, self.salt), 0.0
        wanted = {name: ratio for name, ratio in self.ratios.items() if ratio > 0}
        for name, ratio in wanted.items():
            end += ratio
            if place < end:
                return name
        return list(wanted)[-1]  # the ratios sum to a hair less than 1


def place_of(video_id: str, salt: str) -> float:
    """Where a video lies in [0, 1), evenly: 64 bits of BLAKE2b."""
    digest = blake2b(f"{salt}\0{video_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
