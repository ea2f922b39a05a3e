"""Compare the scenes of a video with each other."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ivg.dialogue import converse_alone
from ivg.errors import FrameUnavailableError
from ivg.models.answers import vectors
from ivg.models.protocols import Embedder, provenance_of
from ivg.ranges import one_of, optional_whole_within, whole_within
from ivg.records import FloatArray, Image, Scene, Video
from ivg.stage import Context, Drop, Outcome, Stage, Tally
from ivg.stages.picking import Moment, read, scene_moments
from ivg.stages.vectors import stacked
from ivg.video.sampling import POSITIONS

UNREADABLE = ("skip", "drop_video")

Asking = Generator[Sequence[Image], Sequence[FloatArray], dict[Moment, FloatArray]]


class Embed(Stage):
    """Scenes to vectors, whose cosines are their similarity (InternVid-G step 3).

    scene vector = mean of the k unnormalised embeddings; `ivg.similarity` compares them.
    """

    name: ClassVar[str] = "embed"
    produces: ClassVar[tuple[str, ...]] = (
        "features",
        "feature_frames",
        "scene_vectors",
        "similarity_decimals",
    )
    VERSION: ClassVar[int] = 2
    questions_at_once: ClassVar[int] = 256

    def __init__(
        self,
        embedder: Embedder,
        k: int = 3,
        positions: str = "inside",
        max_scenes: int | None = None,
        decimals: int | None = None,
        unreadable: str = "skip",
    ) -> None:
        """Store the config.

        Args:
            embedder: Image to vector; config group `embedder`.
            k: Frames a scene.
            positions: `inside`, or `published`: the InternVid-G frame formula.
            max_scenes: Only so many scenes are compared (published: 100).
            decimals: Similarities of scenes are rounded to so many wherever they are read
                (published: 3).
            unreadable: `skip` such frames, or (published) `drop_video`.

        Raises:
            ConfigError: A value is out of range.
        """
        self.embedder = embedder
        self.k = whole_within("embed.k", k, 1)
        self.positions = one_of("embed.positions", positions, POSITIONS)
        self.max_scenes = optional_whole_within("embed.max_scenes", max_scenes, 1)
        self.decimals = optional_whole_within("embed.decimals", decimals, 0)
        self.unreadable = one_of("embed.unreadable", unreadable, UNREADABLE)

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The embedder's weights."""
        return {"embedder": provenance_of(self.embedder)}

    def setup(self, context: Context) -> None:
        """Load the embedder."""
        self.embedder.setup(context.device)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the (n, d) scene vectors, and the (m, d) features of kept frames.

        Raises:
            Drop: `unreadable_frame`, with `unreadable=drop_video`.
            FrameUnavailableError: A scene has no readable frame.
        """
        return converse_alone(self, video, context)

    def converse(
        self, video: Video, context: Context
    ) -> Generator[Sequence[Image], Sequence[FloatArray], Outcome]:
        """`process`, asking for the vectors of frames."""
        scenes = video.scenes[: self.max_scenes]
        wanted = [scene_moments(video, scene, self.k, self.positions) for scene in scenes]
        moments = [moment for row in wanted for moment in row]
        seen = yield from vectors_of(context, video, moments)
        tally = _frames(wanted, seen)
        if tally.dropped and self.unreadable == "drop_video":
            raise Drop("unreadable_frame")
        means = [
            _mean(video, scene, [seen[moment] for moment in row if moment in seen])
            for scene, row in zip(scenes, wanted, strict=True)
        ]
        compared = {
            "scene_vectors": stacked(means).astype(np.float32),
            "similarity_decimals": self.decimals,
        }
        return Outcome({**_kept(seen), **compared}, (tally,))

    def answer(self, questions: Sequence[Image]) -> Sequence[FloatArray | Exception]:
        """A vector a frame."""
        found = self.embedder.embed_images(questions)
        return vectors(self.embedder, found, questions)


def vectors_of(context: Context, video: Video, moments: Iterable[Moment]) -> Asking:
    """Ask for the vector of every readable frame."""
    seen: dict[Moment, FloatArray] = {}
    for images in read(context.frames, video, moments):
        rows = yield list(images.values())
        seen.update(zip(images, rows, strict=True))
    return seen


def _mean(video: Video, scene: Scene, vectors: Sequence[FloatArray]) -> FloatArray:
    if not vectors:
        raise FrameUnavailableError(
            f"{video.name}: no frame of the scene {scene.start_sec:.3f}-{scene.end_sec:.3f} s "
            "can be read"
        )
    mean: FloatArray = np.mean(vectors, axis=0, dtype=np.float64)
    return mean


def _kept(vectors: Mapping[Moment, FloatArray]) -> dict[str, object]:
    """Rows of frames that are in the frame store, in its order."""
    rows = {moment.kept: row for moment, row in vectors.items() if moment.kept is not None}
    return {
        "features": stacked(list(rows.values())),
        "feature_frames": np.array(list(rows), dtype=np.int64),
    }


def _frames(wanted: Sequence[Sequence[Moment]], vectors: Mapping[Moment, FloatArray]) -> Tally:
    n_in = len({moment for row in wanted for moment in row})
    lost = n_in - len(vectors)
    return Tally("frame", n_in, len(vectors), {"unreadable": lost} if lost else {})
