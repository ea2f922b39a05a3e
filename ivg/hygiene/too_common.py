"""`too_common`: one caption on suspiciously many different videos."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Set

import numpy as np

from ivg.hygiene.rule import Known
from ivg.hygiene.words import normal
from ivg.ranges import number_within, whole_within


class TooCommon:
    """Hits captions that stand on many videos: what a captioner says when it sees nothing."""

    def __init__(self, min_videos: int = 20, share: float = 0.02) -> None:
        """Store the config.

        Args:
            min_videos: Fewer videos with the same caption are never suspicious.
            share: Nor is a smaller share of all videos that have captions, 0 to 1.

        Raises:
            ConfigError: A number is out of range.
        """
        self.min_videos = whole_within("hygiene.rules.too_common.min_videos", min_videos, 2)
        self.share = number_within("hygiene.rules.too_common.share", share, 0, 1)
        self._common: frozenset[str] = frozenset()

    def learn(self, known: Known) -> None:
        """Count in how many videos each caption stands."""
        n_captioned, hashes = 0, array("q")
        for texts in distinct(known):
            n_captioned += 1
            hashes.extend(map(hash, texts))
        least = max(self.min_videos, self.share * n_captioned)
        found, counts = np.unique(np.array(hashes), return_counts=True)
        self._common = self._counted(known, frozenset(found[counts >= least].tolist()), least)

    def _counted(self, known: Known, hashes: Set[int], least: float) -> frozenset[str]:
        """The texts themselves; other texts may have the same hashes, so these are counted."""
        if not hashes:
            return frozenset()
        texts = (text for captions in distinct(known) for text in captions)
        videos = Counter(text for text in texts if hash(text) in hashes)
        return frozenset(text for text, count in videos.items() if count >= least)

    def hits(self, caption: str) -> bool:
        """Whether the caption is one of those."""
        return normal(caption) in self._common


def distinct(known: Known) -> Iterator[set[str]]:
    """The captions of each video that has any."""
    return (set(map(normal, captions)) for captions in known.captions if captions)
