"""How often the published InternVid-G scripts touch a video, in a small program of our own.

PySceneDetect decodes it once; then OpenCV seeks for 3 frames a scene (similarity), 1 frame a
segment (caption) and 3 frames a segment (score). The models are those of cheap.py: what is
measured is the reading.

    python benchmarks/published_way.py VIDEO
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cheap
import cv2
import numpy as np

Span = tuple[float, float]
K = 3
MIN_SCENE_SECS, MIN_SEGMENT_SECS = 0.5, 1.0
MAX_SCENES, THRESHOLD = 100, 0.85


def split(path: Path) -> list[Span]:
    """PySceneDetect at its defaults, on its fastest backend."""
    from scenedetect import ContentDetector, detect

    found = detect(str(path), ContentDetector(), backend="opencv")
    spans = [(round(start.seconds, 3), round(end.seconds, 3)) for start, end in found]
    return [span for span in spans if span[1] - span[0] >= MIN_SCENE_SECS]


def read(path: Path, positions: Sequence[Sequence[int]]) -> Iterator[list[np.ndarray]]:
    """The frames of each row of frame numbers, sought one by one."""
    capture = cv2.VideoCapture(str(path))
    for row in positions:
        yield [frame for number in row if (frame := seek(capture, number)) is not None]
    capture.release()


def seek(capture: cv2.VideoCapture, number: int) -> np.ndarray | None:
    """One frame, in RGB."""
    capture.set(cv2.CAP_PROP_POS_FRAMES, number)
    found, frame = capture.read()
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if found else None


def frame_numbers(spans: Sequence[Span], fps: float) -> list[tuple[int, int]]:
    """First and last frame number of each."""
    return [(int(start * fps), int(end * fps)) for start, end in spans]


def rate(path: Path) -> float:
    """Frames a second."""
    return float(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS))


def similarity(path: Path, scenes: Sequence[Span], fps: float) -> np.ndarray:
    """Cosines of the scenes' mean vectors."""
    numbers = frame_numbers(scenes[:MAX_SCENES], fps)
    rows = [[s + i * ((e - s) // (K + 1) + 1) for i in range(1, K + 1)] for s, e in numbers]
    frames = [row or [np.ones((8, 8, 3), np.uint8)] for row in read(path, rows)]
    vectors = np.stack([np.mean([cheap.look(f) for f in row], axis=0) for row in frames])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


def merge(scenes: Sequence[Span], similarities: np.ndarray) -> list[Span]:
    """Runs of scenes that are like the one before."""
    segments = list(scenes[:1])
    for k in range(1, len(similarities)):
        if similarities[k - 1, k] > THRESHOLD:
            segments[-1] = (segments[-1][0], scenes[k][1])
        else:
            segments.append(scenes[k])
    return segments


def caption(path: Path, segments: Sequence[Span], fps: float) -> list[str]:
    """A sentence on one frame of each segment."""
    rows = [[s + math.ceil((e - s) / 2)] for s, e in frame_numbers(segments, fps)]
    return [cheap.say(frames[0]) if frames else "" for frames in read(path, rows)]


def score(path: Path, segments: Sequence[Span], fps: float, texts: Sequence[str]) -> list[float]:
    """The best cosine of three frames of each segment with its sentence."""
    numbers = frame_numbers(segments, fps)
    rows = [[s + i * ((e - s) // (K + 1)) for i in range(1, K + 1)] for s, e in numbers]
    return [
        max((cosine(cheap.look(frame), cheap.vector_of(text)) for frame in frames), default=0.0)
        for frames, text in zip(read(path, rows), texts, strict=True)
    ]


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of two vectors."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def whole(path: Path) -> dict[str, float]:
    """Seconds of each step."""
    clock, seconds, fps = time.perf_counter(), {}, rate(path)
    scenes = split(path)
    seconds["split"] = time.perf_counter()
    segments = merge(scenes, similarity(path, scenes, fps))
    seconds["similarity"] = time.perf_counter()
    long_enough = [span for span in segments if span[1] - span[0] >= MIN_SEGMENT_SECS]
    texts = caption(path, long_enough, fps)
    seconds["caption"] = time.perf_counter()
    score(path, long_enough, fps, texts)
    seconds["score"] = time.perf_counter()
    starts = [clock, *seconds.values()]
    return {name: end - start for (name, end), start in zip(seconds.items(), starts, strict=False)}


def main() -> None:
    """Print the seconds of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    seconds = whole(parser.parse_args().video)
    for name, value in {**seconds, "in all": sum(seconds.values())}.items():
        print(f"{name:<12}{value:>8.2f} s")


if __name__ == "__main__":
    main()
