"""Which shots a montage has: from a seed and nothing else, no file is touched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ivg.sample.clip import FPS, SampleScene
from ivg.truth import TrueScene, Truth

VERSION = 2
"""Raised when the same plan makes other pictures."""
TRIES = 8
"""Crops drawn for a neighbour, of which the least like the one before is taken."""
DIGITS = 4

Span = tuple[float, float]
Generator = np.random.Generator


@dataclass(frozen=True, slots=True)
class Options:
    """What is drawn from; see `MontageSource`."""

    scenes: tuple[int, int]
    secs: Span
    repeats: float
    neighbours: float
    crop: Span
    mirrored: float
    speed: Span
    noise: float
    seed: int
    height: int


@dataclass(frozen=True, slots=True)
class Crop:
    """A window of a picture, in shares of its width and height; it keeps the aspect ratio."""

    left: float
    top: float
    size: float

    def overlap(self, other: Crop) -> float:
        """Intersection over union of two windows, 0 to 1."""
        wide = _shared(self.left, self.size, other.left, other.size)
        high = _shared(self.top, self.size, other.top, other.size)
        return wide * high / (self.size**2 + other.size**2 - wide * high)


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of a montage.

    Attributes:
        subject: What it shows.
        scene: Index of the sample's scene.
        first: Frame of that scene at which it begins.
        n_frames: Its length in frames.
        speed: Frames of the sample's scene that one frame of the shot goes on.
        crop: The window that is shown.
        mirrored: Whether left is right.
    """

    subject: str
    scene: int
    first: int
    n_frames: int
    speed: float
    crop: Crop
    mirrored: bool

    def frames(self, scenes: Sequence[SampleScene]) -> list[int]:
        """The frame of the sample for each of its own; at the scene's end it runs backwards."""
        there = scenes[self.scene].frames
        steps = (self.first + int(i * self.speed) for i in range(self.n_frames))
        return [there[reflected(step, len(there))] for step in steps]


@dataclass(frozen=True, slots=True)
class Script:
    """All of one montage: its shots, and how they are shown."""

    number: int
    shots: tuple[Shot, ...]
    noise: float
    seed: int
    height: int

    @property
    def width(self) -> int:
        """Pixels, even, at 16:9 as the sample is."""
        return round(self.height * 16 / 9 / 2) * 2

    @property
    def truth(self) -> Truth:
        """Its shots in seconds."""
        ends = np.cumsum([shot.n_frames for shot in self.shots])
        return Truth(
            tuple(
                TrueScene(int(end - shot.n_frames) / FPS, int(end) / FPS, shot.subject)
                for shot, end in zip(self.shots, ends, strict=True)
            )
        )

    def name(self, sample: str) -> str:
        """A file name that is another for another script, version or sample (its hash)."""
        said = json.dumps([VERSION, sample, asdict(self)], sort_keys=True)
        digest = hashlib.blake2b(said.encode(), digest_size=6).hexdigest()
        return f"montage_{self.number:04d}_{digest}.mp4"


def make_script(options: Options, number: int, scenes: Sequence[SampleScene]) -> Script:
    """The montage of that number; how many others there are makes no difference."""
    random = np.random.default_rng([options.seed, number])
    shots: list[Shot] = []
    for _ in range(int(random.integers(options.scenes[0], options.scenes[1] + 1))):
        subject = draw_subject(random, options, shots, scenes)
        shots.append(draw_shot(random, options, subject, shots[-1:], scenes))
    return Script(number, tuple(shots), options.noise, options.seed, options.height)


def draw_subject(
    random: Generator, options: Options, shots: Sequence[Shot], scenes: Sequence[SampleScene]
) -> str:
    """The next subject: that of the last shot, one seen before, or (while there is) a new one."""
    near, again = random.random(2) < (options.neighbours, options.repeats)
    last = shots[-1].subject if shots else ""
    if near and last:
        return last
    seen = {shot.subject for shot in shots}
    others = [subject for subject in sorted({s.subject for s in scenes}) if subject != last]
    known = [subject for subject in others if subject in seen]
    new = [subject for subject in others if subject not in seen]
    pool = known if known and (again or not new) else new
    return pool[int(random.integers(len(pool)))]


def draw_shot(
    random: Generator,
    options: Options,
    subject: str,
    before: Sequence[Shot],
    scenes: Sequence[SampleScene],
) -> Shot:
    """A shot of the subject; after one of the same subject, framed as unlike it as may be."""
    twin = next((shot for shot in before if shot.subject == subject), None)
    fitting = [i for i, scene in enumerate(scenes) if scene.subject == subject]
    scene = fitting[int(random.integers(len(fitting)))]
    n_frames = max(1, round(random.uniform(*options.secs) * FPS))
    speed = round(random.uniform(*options.speed), DIGITS)
    spare = max(0, len(scenes[scene].frames) - round(n_frames * speed))
    first = int(random.integers(spare + 1))
    crop = draw_crop(random, options.crop, twin)
    mirrored = bool(random.random() < options.mirrored)
    if twin and 0 < options.mirrored < 1:
        mirrored = not twin.mirrored
    return Shot(subject, scene, first, n_frames, speed, crop, mirrored)


def draw_crop(random: Generator, sizes: Span, twin: Shot | None) -> Crop:
    """A window anywhere; for a neighbour, of several the one that shares least with its twin's."""
    draws = [_any_crop(random, sizes) for _ in range(TRIES if twin else 1)]
    return min(draws, key=lambda crop: crop.overlap(twin.crop)) if twin else draws[0]


def reflected(step: int, count: int) -> int:
    """Step number `step` of a walk to and fro over `count` places: 0 1 2 1 0 1 ..."""
    if count == 1:
        return 0
    place = step % (2 * count - 2)
    return min(place, 2 * count - 2 - place)


def _any_crop(random: Generator, sizes: Span) -> Crop:
    size = random.uniform(*sizes)
    left, top = random.uniform(0, 1 - size, 2)
    return Crop(*(round(float(value), DIGITS) for value in (left, top, size)))


def _shared(start: float, length: float, other: float, other_length: float) -> float:
    return max(0.0, min(start + length, other + other_length) - max(start, other))
