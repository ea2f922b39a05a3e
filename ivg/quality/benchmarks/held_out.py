"""Some of the dataset's own videos as the benchmark."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ivg.quality.benchmarks.benchmark import Query, Window
from ivg.ranges import number_within, whole_within
from ivg.records import Video
from ivg.sample.clip import sample_scenes
from ivg.stages.filter import clean_of
from ivg.truth import TrueScene, Truth, caption_is_right


class HeldOut:
    """Videos kept out of training by a hash of their id, each with queries over its whole length.

    Whether a video is held out depends on its content and the seed alone, so that all points of a
    sweep are tested on the same ones. The queries don't depend on the filter either:

    - of a video whose truth is known (`source=montage`, `source=sample`) every true scene that is
      the only one its right caption fits, asked for by that caption;
    - of any other every caption that hygiene finds clean, kept by the filter or not; captions of
      the same words are one query with several windows. What a captioner or another way to split
      changes, it changes in these too: with them compare filters and negative spans only.

    Args:
        share: Of the videos, so many are held out on average.
        seed: Another seed holds out others.
    """

    def __init__(self, share: float = 0.2, seed: int = 0) -> None:
        self.share = number_within("benchmark.share", share, 0.01, 0.9)
        self.seed = whole_within("benchmark.seed", seed, 0)

    def holds(self, video_id: str) -> bool:
        """Whether the video is held out."""
        digest = hashlib.blake2b(f"held_out {self.seed} {video_id}".encode(), digest_size=8)
        return int.from_bytes(digest.digest()) < self.share * 2**64

    def queries(self, video: Video) -> list[Query]:
        """What is asked about a video, in order of time."""
        asked = of_captions(video) if video.truth is None else of_truth(video.truth)
        windows: dict[str, list[Window]] = defaultdict(list)
        for text, window in asked:
            windows[text].append(window)
        return [
            Query(video.name, video.duration, text, tuple(found)) for text, found in windows.items()
        ]


def of_truth(truth: Truth) -> Iterator[tuple[str, Window]]:
    """Right captions with the only scene that each fits."""
    for scene in truth.scenes:
        text = right_caption(scene)
        if text and [one for one in truth.scenes if caption_is_right(text, one.subject)] == [scene]:
            yield text, (scene.start_sec, scene.end_sec)


def right_caption(scene: TrueScene) -> str:
    """The sample's caption of what a scene shows; empty where it has none."""
    return next((one.caption for one in sample_scenes() if one.subject == scene.subject), "")


def of_captions(video: Video) -> Iterable[tuple[str, Window]]:
    """Clean captions with the times of what they describe."""
    for caption, clean in zip(video.captions, clean_of(video), strict=True):
        if clean and caption.start_sec < caption.end_sec:
            yield caption.text, (caption.start_sec, caption.end_sec)
