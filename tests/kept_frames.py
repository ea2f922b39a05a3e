"""Videos whose frames are in a frame store, made of the sample clip or of plain colours."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from ivg.records import Image, Scene, Segment, Video
from ivg.video.frames import FrameStore
from ivg.video.sampling import inside

COLOURS = {"red": (220, 20, 20), "green": (20, 220, 20), "blue": (20, 20, 220)}


class Counting:
    """A thin wrapper that counts what a real model is asked."""

    def __init__(self, model) -> None:
        self.model = model
        self.n_images = self.n_texts = 0

    def __getattr__(self, name: str):
        return getattr(self.model, name)

    def embed_images(self, images):
        self.n_images += len(images)
        return self.model.embed_images(images)

    def embed_texts(self, texts):
        self.n_texts += len(texts)
        return self.model.embed_texts(texts)


def jpeg(image: Image) -> bytes:
    with io.BytesIO() as file:
        Pictures.fromarray(image).save(file, "JPEG", quality=95)
        return file.getvalue()


def plain(colour: str) -> Image:
    return np.full((48, 64, 3), COLOURS[colour], dtype=np.uint8)


def keep(
    store: FrameStore, frames: Mapping[float, Image], scenes: Sequence[Scene], **more
) -> Video:
    """A video with these scenes, each a segment too, and its frames in the store."""
    times = sorted(frames)
    name = more.pop("name", "clip")
    store.write(name, times, [jpeg(frames[time]) for time in times])
    segments = tuple(Segment(s.start_sec, s.end_sec, i, i) for i, s in enumerate(scenes))
    fields = {"duration": scenes[-1].end_sec, "fps": 10.0, "segments": segments, **more}
    return Video(name, name, scenes=tuple(scenes), frame_times=np.array(times), **fields)


def keep_sample(store: FrameStore, sample: Path) -> Video:
    """The sample clip with its true scenes, and three frames of each kept."""
    truth = json.loads(sample.with_suffix(".json").read_text())
    scenes = [Scene(s["start_sec"], s["end_sec"]) for s in truth["scenes"]]
    wanted = {round(t * 30) for s in scenes for t in inside(s.start_sec, s.end_sec, 3)}
    fields = {"path": sample, "fps": 30.0, "duration": truth["duration"], "name": "sample"}
    return keep(store, frames_of(sample, wanted), scenes, **fields)


def frames_of(path: Path, numbers: set[int]) -> dict[float, Image]:
    import av

    with av.open(str(path)) as container:
        return {
            number / 30: frame.to_ndarray(format="rgb24")
            for number, frame in enumerate(container.decode(video=0))
            if number in numbers
        }
