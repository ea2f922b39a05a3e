"""The clip that comes with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ivg.errors import SourceError
from ivg.sources.listing import Entries, make_listing
from ivg.sources.source import Listing


class SampleSource:
    """One clip of 45.8 s with twelve scenes, for trying things out."""

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """The one video, `sample.mp4`.

        Raises:
            SourceError: The clip is missing from the installation.
        """
        path = Path(str(files("ivg").joinpath("sample", "sample.mp4")))
        if not path.is_file():
            raise SourceError(f"source=sample: {path} is missing; install ivg again")
        return make_listing({path.name: path}, Entries(n_in=1), store_dir, workers=1)
