"""What the probe is asked, and what it can't be asked and why."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ivg.quality.benchmarks.benchmark import Window, clamped
from ivg.quality.probe.grid import gridded
from ivg.quality.probe.sample import Sample
from ivg.records import FloatArray, Video
from ivg.shown import shown

log = logging.getLogger(__name__)


@dataclass
class Asked:
    """The test set: queries = samples + those left out.

    Attributes:
        samples: One a query that can be asked.
        left_out: Reason to video to number of its queries that can't.
    """

    samples: list[Sample] = field(default_factory=list)
    left_out: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def n_left_out(self) -> int:
        """Queries that can't be asked."""
        return sum(sum(videos.values()) for videos in self.left_out.values())

    def ask(
        self,
        video: Video,
        queries: Iterable[tuple[FloatArray, Iterable[Window]]],
        step_secs: float,
    ) -> None:
        """Take queries over a whole video, which share its features.

        Args:
            video: With `judge_frames` and `judge_times`.
            queries: The judge's vector of each, and its true windows in seconds.
            step_secs: Of the grid; see `gridded`.
        """
        frames, times = video.judge_frames, video.judge_times
        features = gridded(frames, times, 0.0, video.duration, step_secs)
        for text, windows in queries:
            inside = clamped(windows, video.duration)
            if inside and len(features):
                shares = np.array(inside, np.float64) / video.duration
                self.samples.append(Sample(video.id, features, text, shares, video.duration))
            else:
                self.left_out["no_frame" if inside else "outside_video"][video.name] += 1

    def tell(self) -> None:
        """Warn of what was left out; all of it is in `quality.json`."""
        for reason, videos in sorted(self.left_out.items()):
            names = ", ".join(shown(name) for name in sorted(videos)[:3])
            log.warning(
                "the probe can't be asked %d of %d queries (%s): of %d videos: %s%s",
                sum(videos.values()),
                len(self.samples) + self.n_left_out,
                reason,
                len(videos),
                names,
                ", ..." if len(videos) > 3 else "",
            )
