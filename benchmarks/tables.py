"""Filter and ground: videos a second on one core, against a loop over captions, and peak memory.

Shows: together they handle at least 1,000 videos a second (20 segments each) on one core, and
memory for 1 million captions stays under 3 GB. Exits 1 where they don't. A loop in plain Python
without records, books or checks finds the same spans; it is quicker on short videos and much
slower on long ones, so both are printed. Times are CPU seconds of all threads.

    python benchmarks/tables.py [--videos 50000]
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ivg.filters.median import MedianFilter
from ivg.pools.max import MaxPool
from ivg.records import Caption, Scene, Segment, Video
from ivg.stage import Context, Stage, run_stage
from ivg.stages.filter import Filter
from ivg.stages.ground import Ground
from ivg.video.frames import FrameStore

SEGMENTS, LONG_SEGMENTS = 20, 500
MIN_VIDEOS_PER_SECOND = 1000.0
MAX_PEAK_GB = 3.0
COMPARED, LONG_VIDEOS = 500, 10
SAME, SHIFT, MIN_SECS, MAX_SECS, TOLERANCE = 0.8, 0.25, 0.5, 10, 0.0015

Times = tuple[float, float, float, float]


def synthetic(count: int, segments: int, seed: int = 0) -> Iterator[Video]:
    """Videos of segments of 1 to 9 s, groups of four somewhat alike, one caption a segment."""
    random = np.random.default_rng(seed)
    for number in range(count):
        edges = [0.0, *np.cumsum(random.uniform(1, 9, segments)).tolist()]
        spans = list(pairwise(edges))
        yield Video(
            id=f"{number:032x}",
            name=f"video{number:06d}.mp4",
            duration=edges[-1] + 0.5,
            scenes=tuple(Scene(a, b) for a, b in spans),
            segments=tuple(Segment(a, b, i, i) for i, (a, b) in enumerate(spans)),
            similarity=similarity(random, segments),
            captions=tuple(
                Caption(a, b, f"what segment {i} of video {number} shows, in some words", i)
                for i, (a, b) in enumerate(spans)
            ),
            frame_similarities=random.normal(0.25, 0.04, (segments, 3)),
        )


def similarity(random: np.random.Generator, segments: int) -> np.ndarray:
    """Cosines of vectors that share a direction by fours."""
    shared = random.normal(size=(segments // 4, 32)).repeat(4, axis=0)
    looks = random.normal(size=(segments, 32)) + shared * random.uniform(0.5, 3)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    return looks @ looks.T


def run(stages: Sequence[Stage], videos: list[Video]) -> dict[str, float]:
    """Run dataset stages as the pipeline does, in place; seconds of each."""
    context = Context(FrameStore(Path("none")))
    seconds = {}
    for stage in stages:
        begun = time.process_time()
        apply(stage, videos, context)
        seconds[stage.name] = time.process_time() - begun
    return seconds


def apply(stage: Stage, videos: list[Video], context: Context) -> None:
    """Run one stage on every video."""
    stage.prepare(videos)
    for i, video in enumerate(videos):
        done = run_stage(stage, video, context)
        if done.outcome is None:
            raise RuntimeError(done.failure)
        videos[i] = replace(video, **done.outcome.fields)


def loop(video: Video, cutoff: float) -> list[Times]:
    """The baseline: one video's rows, caption by caption."""
    matrix = video.similarity.tolist()
    scored = zip(video.captions, video.frame_similarities.tolist(), strict=True)
    good = [caption for caption, scores in scored if max(scores) >= cutoff]
    rows = [row for caption in good if (row := loop_row(video, matrix, caption))]
    return sorted(rows)


def loop_row(video: Video, matrix: list[list[float]], caption: Caption) -> Times | None:
    """One caption's positive and span, None where it is dropped."""
    start, end, segments = caption.start_sec, caption.end_sec, video.segments
    n = len(segments)
    if not MIN_SECS <= end - start <= MAX_SECS:
        return None
    first = next((i for i in range(n) if segments[i].start_sec >= start - SHIFT), n)
    last = next((i for i in range(n - 1, -1, -1) if segments[i].end_sec <= end + SHIFT), -1)
    if last < first or first == n or last < 0:
        return None
    left, right = first, last
    while left > 0 and matrix[left - 1][first] > SAME:
        left -= 1
    while right < n - 1 and matrix[right + 1][last] > SAME:
        right += 1
    start = segments[left].start_sec if left < first else start
    end = segments[right].end_sec if right > last else end
    if end - start > MAX_SECS:
        return None
    return loop_span(video, matrix, (left, right), start, end)


def loop_span(
    video: Video, matrix: list[list[float]], reach: tuple[int, int], start: float, end: float
) -> Times | None:
    """The span of one positive."""
    segments, (left, right) = video.segments, reach
    sims = [max(matrix[p][j] for p in range(left, right + 1)) for j in range(len(segments))]
    before = [j for j in range(left) if not sims[j] < SAME]
    after = [j for j in range(right + 1, len(segments)) if not sims[j] < SAME]
    low = min(segments[before[-1]].end_sec, start) if before else 0.0
    high = max(segments[after[0]].start_sec, end) if after else video.duration
    low = start if len(before) == left > 0 else low
    high = end if len(after) == len(segments) - 1 - right > 0 else high
    for opened, closed in loop_holes(video):
        low = max(low, min(closed, start)) if opened < start - TOLERANCE else low
        high = min(high, max(opened, end)) if closed > end + TOLERANCE else high
    return (start, end, low, high) if max(start - low, high - end) > TOLERANCE else None


def loop_holes(video: Video) -> list[tuple[float, float]]:
    """Time outside the scenes."""
    ends = [0.0, *(scene.end_sec for scene in video.scenes)]
    starts = [*(scene.start_sec for scene in video.scenes), video.duration]
    return [(a, b) for a, b in zip(ends, starts, strict=True) if b - a > TOLERANCE]


def compare(what: str, videos: list[Video], speed: float, cutoff: float) -> bool:
    """Print the stages' speed beside the loop's; whether both found the same rows."""
    begun = time.process_time()
    found = [loop(video, cutoff) for video in videos]
    bare = len(videos) / (time.process_time() - begun)
    ours = [
        [(a.start_sec, a.end_sec, a.neg_start_sec, a.neg_end_sec) for a in video.annotations]
        for video in videos
    ]
    print(
        f"{what}: {speed:,.0f} videos/s; plain Python loop {bare:,.0f} videos/s on "
        f"{len(videos)} of them; ratio {speed / bare:.2f}; same rows: {found == ours}"
    )
    return found == ours


def median(videos: Sequence[Video]) -> float:
    """The cut-off that the filter used."""
    return float(np.median(np.concatenate([video.clip_sim for video in videos])))


def main() -> int:
    """Measure, print, and say by the exit code whether the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=50_000)
    videos = list(synthetic(parser.parse_args().videos, SEGMENTS))
    seconds = run([Filter(MaxPool(), MedianFilter()), Ground()], videos)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    speed = len(videos) / sum(seconds.values())
    rows = sum(len(video.annotations) for video in videos)
    print(f"{len(videos):,} videos, {len(videos) * SEGMENTS:,} captions, {rows:,} annotations")
    print(", ".join(f"{name} {value:.2f} s" for name, value in seconds.items()))
    same = compare(f"{SEGMENTS} segments", videos[:COMPARED], speed, median(videos))
    print(f"bound {MIN_VIDEOS_PER_SECOND:,.0f} videos/s")
    print(f"peak memory {peak:.2f} GB, bound {MAX_PEAK_GB:.0f} GB")
    same = compare_long() and same
    return 0 if speed >= MIN_VIDEOS_PER_SECOND and peak < MAX_PEAK_GB and same else 1


def compare_long() -> bool:
    """The same on long videos."""
    videos = list(synthetic(LONG_VIDEOS, LONG_SEGMENTS))
    seconds = run([Filter(MaxPool(), MedianFilter()), Ground()], videos)
    speed = len(videos) / sum(seconds.values())
    return compare(f"{LONG_SEGMENTS} segments", videos, speed, median(videos))


if __name__ == "__main__":
    sys.exit(main())
