"""Videos cut out of the bundled clip, of which everything is known."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from ivg.errors import ConfigError, SourceError
from ivg.montage.plan import Options, Script, make_script
from ivg.ranges import number_within, optional_text, span_within, whole_span_within, whole_within
from ivg.sample.clip import sample_path, sample_scenes
from ivg.sources.listing import Entries, make_listing, with_truths
from ivg.sources.source import Listing

log = logging.getLogger(__name__)


class MontageSource:
    """Any number of videos made of the sample's scenes, each with its `truth`, all from a seed.

    A scene shows one of eight subjects. Neighbours of one subject differ in framing, and are
    scenes of their own in the truth even where no detector sees the cut. A montage depends on the
    seed and its number, not on `n_videos`. What is rendered already is not rendered again.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset({"folder", "workers"})

    def __init__(
        self,
        n_videos: int = 12,
        scenes: Sequence[int] = (6, 12),
        secs: Sequence[float] = (2.0, 4.0),
        repeats: float = 0.3,
        neighbours: float = 0.15,
        crop: Sequence[float] = (0.7, 1.0),
        mirrored: float = 0.5,
        speed: Sequence[float] = (0.8, 1.25),
        noise: float = 2.0,
        seed: int = 0,
        height: int = 180,
        folder: str | None = None,
        workers: int = 2,
    ) -> None:
        """Store the config.

        Args:
            n_videos: How many.
            scenes: Fewest and most scenes of a video.
            secs: Shortest and longest scene, seconds.
            repeats: Chance that a scene shows a subject that the video has shown before, other
                than the last one's; where all eight have been shown, it does in any case.
            neighbours: Chance that a scene shows the subject of the scene before it.
            crop: Smallest and largest share of the picture's width and height that is shown.
            mirrored: Chance that left and right are exchanged.
            speed: Slowest and fastest pace, 1 as in the sample; a scene that is longer than the
                sample's runs to and fro.
            noise: Standard deviation of the noise that is added, in grey levels of 255.
            seed: Of all that is drawn.
            height: Of the picture, pixels, even; the width is 16/9 of it.
            folder: Where the videos are kept; None: `montage` in the store.
            workers: Videos rendered at a time, each by one thread.

        Raises:
            ConfigError: A value is out of range.
        """
        self.n_videos = whole_within("source.n_videos", n_videos, 1)
        self.options = Options(
            scenes=whole_span_within("source.scenes", scenes, 1, 1000),
            secs=span_within("source.secs", secs, 0.1, 600),
            repeats=number_within("source.repeats", repeats, 0, 1),
            neighbours=number_within("source.neighbours", neighbours, 0, 1),
            crop=span_within("source.crop", crop, 0.1, 1),
            mirrored=number_within("source.mirrored", mirrored, 0, 1),
            speed=span_within("source.speed", speed, 0.05, 20),
            noise=number_within("source.noise", noise, 0, 128),
            seed=whole_within("source.seed", seed, 0),
            height=even_within("source.height", height, 32, 1080),
        )
        self.folder = optional_text("source.folder", folder)
        self.workers = whole_within("source.workers", workers, 1)

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def scripts(self) -> dict[str, Script]:
        """What each video shows, by its name.

        Raises:
            SourceError: The sample is missing from the installation.
        """
        sample = hashlib.blake2b(sample_path().read_bytes(), digest_size=16).hexdigest()
        made = (make_script(self.options, i, sample_scenes()) for i in range(self.n_videos))
        return {script.name(sample): script for script in made}

    def list_videos(self, store_dir: Path) -> Listing:
        """The videos, those rendered that were not.

        Raises:
            SourceError: The folder can't be written.
            MissingDependencyError: The ffmpeg of PyAV can't encode H.264.
        """
        folder = Path(self.folder).expanduser().absolute() if self.folder else store_dir / "montage"
        scripts = self.scripts()
        try:
            render_missing(scripts, folder, self.workers)
        except OSError as error:
            raise SourceError(f"source.folder: {folder}: {error.strerror or error}") from error
        files = {name: folder / name for name in scripts}
        listing = make_listing(files, Entries(n_in=len(files)), store_dir, self.workers)
        return with_truths(listing, {name: script.truth for name, script in scripts.items()})

    def check(self) -> str:
        """Say how many videos there will be.

        Raises:
            SourceError: The sample is missing from the installation.
        """
        seconds = sum(script.truth.scenes[-1].end_sec for script in self.scripts().values())
        return f"{self.n_videos} videos, {seconds:.0f} s in all"


def render_missing(scripts: Mapping[str, Script], folder: Path, workers: int) -> None:
    """Render what is not in the folder; of two processes one does it, the other waits.

    Raises:
        OSError: The folder can't be written.
    """
    from filelock import FileLock

    from ivg.files import remove_leftovers

    if all((folder / name).is_file() for name in scripts):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        remove_leftovers(folder)
        missing = {n: script for n, script in scripts.items() if not (folder / n).is_file()}
        if missing:
            render_all(missing, folder, workers)


def render_all(scripts: Mapping[str, Script], folder: Path, workers: int) -> None:
    """Decode the sample once and render every script."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from ivg.montage.render import render, sample_frames
    from ivg.progress import track

    log.info("source=montage: rendering %d videos into %s", len(scripts), folder)
    scenes = sample_scenes()
    frames = sample_frames(sample_path(), list(scripts.values()), scenes)
    with ThreadPoolExecutor(workers) as pool:
        done = [
            pool.submit(render, s, folder / name, frames, scenes) for name, s in scripts.items()
        ]
        for one in track(as_completed(done), "render", len(scripts)):
            one.result()


def even_within(key: str, value: int, low: int, high: int) -> int:
    """An even whole number in [low, high].

    Raises:
        ConfigError: It is not; the message names `key`.
    """
    number = whole_within(key, value, low, high)
    if number % 2:
        raise ConfigError(f"{key} must be even, got {value!r}")
    return number
