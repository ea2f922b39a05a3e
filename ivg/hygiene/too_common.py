"""`too_common`: one caption on suspiciously many different videos."""

from __future__ import annotations

from collections import Counter

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
        captioned = [captions for captions in known.captions if captions]
        least = max(self.min_videos, self.share * len(captioned))
        videos = Counter(text for captions in captioned for text in set(map(normal, captions)))
        self._common = frozenset(text for text, count in videos.items() if count >= least)

    def hits(self, caption: str) -> bool:
        """Whether the caption is one of those."""
        return normal(caption) in self._common
