"""A good dataset made of vectors: every caption is near its scene's, and nothing else is."""

from dataclasses import replace

import numpy as np

from ivg.records import Annotation, Caption, Scene, Segment, Video

WIDTH = 64
SCENE_SECS = 4.0
FRAMES = 4


def near(rng, vector, noise):
    return vector + noise * rng.normal(size=vector.shape) / np.sqrt(WIDTH)


def planted_video(rng, number, n_scenes=8, twins=False):
    """Scene by scene a subject of its own, or (`twins`) with the last one like the first."""
    name = f"{number:03d}.mp4"
    subjects = rng.normal(size=(n_scenes, WIDTH)) / np.sqrt(WIDTH)
    if twins:
        subjects[-1] = subjects[0]
    spans = [(i * SCENE_SECS, (i + 1) * SCENE_SECS) for i in range(n_scenes)]
    n_frames = n_scenes * FRAMES
    texts = [f"subject {number} {i} seen" for i in range(n_scenes)]
    return Video(
        name,
        name,
        duration=n_scenes * SCENE_SECS,
        scenes=tuple(Scene(*span) for span in spans),
        segments=tuple(Segment(*span, i, i) for i, span in enumerate(spans)),
        captions=tuple(Caption(*span, texts[i], i) for i, span in enumerate(spans)),
        annotations=tuple(annotation(name, i, spans, texts[i]) for i in range(n_scenes)),
        judge_frames=np.stack([near(rng, subjects[i // FRAMES], 0.5) for i in range(n_frames)]),
        judge_times=(np.arange(n_frames) + 0.5) * SCENE_SECS / FRAMES,
        judge_captions=np.stack([near(rng, subject, 0.5) for subject in subjects]),
    )


def annotation(name, i, spans, text):
    """A span that reaches three scenes to either side."""
    first, last = max(0, i - 3), min(len(spans) - 1, i + 3)
    return Annotation(
        name, spans[-1][1], *spans[i], spans[first][0], spans[last][1], text, i, i, None, None
    )


def planted(n_videos=20, seed=0, twins=False):
    rng = np.random.default_rng(seed)
    return [planted_video(rng, number, twins=twins) for number in range(n_videos)]


def chosen(rng, n, share):
    return rng.permutation(n)[: round(share * n)]


def shuffled_between(videos, share, seed=1):
    """A share of the captions says what is seen in another video."""
    rng, out = np.random.default_rng(seed), list(videos)
    donors = np.roll(np.arange(len(videos)), 1)
    for i, video in enumerate(videos):
        vectors = video.judge_captions.copy()
        rows = chosen(rng, len(vectors), share)
        vectors[rows] = videos[donors[i]].judge_captions[rows]
        out[i] = replace(video, judge_captions=vectors)
    return out


def shuffled_within(videos, share, seed=1):
    """A share of the captions changes places in its video."""
    rng, out = np.random.default_rng(seed), []
    for video in videos:
        vectors = video.judge_captions.copy()
        rows = np.sort(chosen(rng, len(vectors), share))
        vectors[rows] = vectors[np.roll(rows, 1)]
        out.append(replace(video, judge_captions=vectors))
    return out


def with_rows(video, change, rows):
    found = list(video.annotations)
    for i in rows:
        found[i] = change(found[i])
    return replace(video, annotations=tuple(found))


def shifted(videos, share, seed=1):
    """A share of the segments begins and ends later, by half its length."""
    rng, delay = np.random.default_rng(seed), SCENE_SECS / 2

    def change(row):
        end = min(row.end_sec + delay, row.duration)
        neg_end = max(row.neg_end_sec, end)
        return replace(row, start_sec=row.start_sec + delay, end_sec=end, neg_end_sec=neg_end)

    return [
        with_rows(video, change, chosen(rng, len(video.annotations), share)) for video in videos
    ]


def widened(videos, share, seed=1):
    """A share of the spans of first scenes takes in their twins at the video's end."""
    rng = np.random.default_rng(seed)
    wide = set(chosen(rng, len(videos), share).tolist())
    return [
        with_rows(video, lambda row: replace(row, neg_end_sec=row.duration), [0])
        if i in wide
        else video
        for i, video in enumerate(videos)
    ]
