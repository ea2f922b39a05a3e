"""Models that write down when they are set up; for runs with `IVG_PACKAGES=watched`."""

import os
from pathlib import Path

from ivg.models.embedders.small import SmallEmbedder
from ivg.models.scorers.small import SmallScorer
from ivg.models.small import load_classifier

BOOK = "WATCHED_BOOK"


def note(who: str, loads: int) -> None:
    with Path(os.environ[BOOK]).open("a") as book:
        book.write(f"{who} {loads}\n")


def loaded() -> int:
    return load_classifier.cache_info().misses


class WatchedScorer(SmallScorer):
    def __init__(self, batch_size: int = 32, classifier: str = "lite0", role: str = "scorer"):
        super().__init__(batch_size, classifier, role)
        self.role = role

    def setup(self, device: str) -> None:
        before = loaded()
        super().setup(device)
        note(self.role, loaded() - before)


class WatchedEmbedder(SmallEmbedder):
    def setup(self, device: str) -> None:
        before = loaded()
        super().setup(device)
        note("embedder", loaded() - before)
