"""The clip that comes with the package."""

from __future__ import annotations

from pathlib import Path

from ivg.sample.clip import sample_path, sample_scenes
from ivg.sources.listing import Entries, make_listing, with_truths
from ivg.sources.source import Listing
from ivg.truth import TrueScene, Truth


class SampleSource:
    """One clip of 45.8 s with twelve scenes, for trying things out."""

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """The one video, `sample.mp4`, with its truth.

        Raises:
            SourceError: The clip is missing from the installation.
        """
        path = sample_path()
        listing = make_listing({path.name: path}, Entries(n_in=1), store_dir, workers=1)
        return with_truths(listing, {path.name: sample_truth()})


def sample_truth() -> Truth:
    """What the clip shows."""
    return Truth(tuple(TrueScene(s.start_sec, s.end_sec, s.subject) for s in sample_scenes()))
