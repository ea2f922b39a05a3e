"""A million stored videos: wall time, peak memory and bytes of a run that merges and grounds.

A made-up store (one video in a hundred dropped; 6 scenes, 4 segments and captions each) holds what
models and decoders compute; `ivg build` merges the scenes and makes the dataset; `ivg plan` says
what is stored, before and after. Exits 1 where memory exceeds 4 GB, or a plan takes more than 10 s.

    python benchmarks/million.py [--videos 1000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from ivg.compose import composed
from ivg.entry import Entry
from ivg.holdings import Holdings
from ivg.packing import ROWS_PER_GROUP, Layout
from ivg.plan import make_plan, resolved
from ivg.schema import COLUMNS, schema
from ivg.sources.source import Listing
from ivg.stage import Tally
from ivg.store import Table
from ivg.video.frames import FrameStore

MAX_PEAK_GB, MAX_PLAN_SECS = 4.0, 10.0
MAIN = "from ivg.cli import main; main()"
AT_ONCE = 20_000
SCENES, SIZE = 6, 16
FIRSTS, LASTS = np.array([0, 1, 3, 4]), np.array([0, 2, 3, 5])
SEGMENTS = len(FIRSTS)
LINKS_A_FILE = 60_000
SAID = "a man woman dog opens holds walks towards under door cup table window street red small"
WORDS = np.array(SAID.split())
Rows = Mapping[str, pa.Array]


class Synthetic:
    """A source of videos that are only in the store."""

    RUNTIME: ClassVar[frozenset[str]] = frozenset({"n_videos"})

    def __init__(self, n_videos: int) -> None:
        """How many."""
        self.n_videos = n_videos

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: all is in the store."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """Name them, one after the other."""
        videos: Any = (Entry(id_of(i), name_of(i), None) for i in range(self.n_videos))
        return Listing(videos, Tally("video", self.n_videos, self.n_videos))


def id_of(number: int) -> str:
    """An id as a hash of content would be."""
    return blake2b(b"%d" % number, digest_size=16).hexdigest()


def name_of(number: int) -> str:
    """A name that sorts by number."""
    return f"video{number:08d}.mp4"


def lists(values: pa.Array, each: int, kind: pa.DataType) -> pa.Array:
    """Values in lists of `each`."""
    offsets = np.arange(0, len(values) + 1, each, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values).cast(kind)


def structs(kind: pa.DataType, each: int, **columns: Any) -> pa.Array:
    """Lists of `each` records."""
    inner = kind.value_type
    made = [pa.array(np.ravel(columns[f.name]), f.type) for f in inner]
    return lists(pa.StructArray.from_arrays(made, fields=list(inner)), each, kind)


def arrays(kind: pa.DataType, values: np.ndarray) -> pa.Array:
    """(n, ...) numbers as n arrays of the store."""
    n, *shape = values.shape
    shapes = pa.array(np.tile(np.array(shape, np.int32), n), pa.int32())
    numbers = pa.array(values.ravel(), kind.field("values").type.value_type)
    columns = [
        lists(shapes, len(shape), kind.field("shape").type),
        lists(numbers, int(np.prod(shape)), kind.field("values").type)
        if np.prod(shape)
        else pa.array([[]] * n, kind.field("values").type),
    ]
    return pa.StructArray.from_arrays(columns, fields=list(kind))


class Batch:
    """Some made-up videos, as columns."""

    def __init__(self, first: int, count: int) -> None:
        """Draw them."""
        random = np.random.default_rng(first)
        self.count = count
        self.ids = [id_of(i) for i in range(first, first + count)]
        self.dropped = np.arange(first, first + count) % 100 == 7
        self.edges = np.cumsum(
            np.concatenate([np.zeros((count, 1)), random.uniform(1, 6, (count, SCENES))], 1), 1
        )
        # segments at right angles: merged, the scenes are the segments that have the captions
        looks = np.linalg.qr(random.normal(size=(count, SIZE, SEGMENTS)))[0].swapaxes(1, 2)
        noise = random.normal(size=(count, SCENES, SIZE)) * 0.05
        self.vectors = looks.repeat(LASTS - FIRSTS + 1, axis=1) + noise
        self.words = WORDS[random.integers(0, len(WORDS), (count, SEGMENTS, 8))]
        self.sims = random.normal(0.25, 0.04, (count, SEGMENTS, 3))

    def columns(self) -> Rows:
        """Every field that the stages give, by name."""
        spans = {"start_sec": self.edges[:, :-1], "end_sec": self.edges[:, 1:]}
        cut = {"start_sec": self.edges[:, FIRSTS], "end_sec": self.edges[:, LASTS + 1]}
        n, kinds = self.count, {name: column.type for name, column in COLUMNS.items()}
        texts = np.array([" ".join(words) for words in self.words.reshape(-1, 8)], object)
        said = {"text": texts, "segment": np.tile(np.arange(SEGMENTS), n)}
        said["captioner"] = np.full(n * SEGMENTS, "", object)
        return {
            "duration": pa.array(self.edges[:, -1] + 0.02),
            "fps": pa.array(np.full(n, 25.0)),
            "track": tracks(n, kinds["track"]),
            "scenes": structs(kinds["scenes"], SCENES, **spans),
            "dropped_scenes": pa.array([[]] * n, kinds["dropped_scenes"]),
            "frame_times": arrays(kinds["frame_times"], self.edges[:, :-1] + 0.5),
            "features": arrays(kinds["features"], np.zeros((n, 0, SIZE), np.float32)),
            "feature_frames": arrays(kinds["feature_frames"], np.zeros((n, 0), np.int64)),
            "scene_vectors": arrays(kinds["scene_vectors"], self.vectors.astype(np.float32)),
            "similarity_decimals": pa.nulls(n, kinds["similarity_decimals"]),
            "captions": structs(kinds["captions"], SEGMENTS, **cut, **said),
            "frame_similarities": arrays(kinds["frame_similarities"], self.sims),
        }


def tracks(n: int, kind: pa.DataType) -> pa.Array:
    """Tracks of one frame: none of the stages here reads them."""
    one = {"pts": [0], "scores": [0.0], "marks": [0], "keys": [0], "time_base": [1, 25]}
    return pa.array([{**one, "rate": [25, 1], "frame_bytes": 1}] * n, kind)


def write_store(store: Path, n_videos: int, steps: list[Any], frames: FrameStore) -> None:
    """Write the rows of all per-video stages but merge, and the frame files."""
    stored = [step for step in steps if step.stage.name != "merge"]
    tables = {s.stage.name: Table(store, s.identity, s.stage.produces) for s in stored}
    for first in range(0, n_videos, AT_ONCE):
        batch = Batch(first, min(AT_ONCE, n_videos - first))
        columns = batch.columns()
        stays = pa.array(~batch.dropped)
        for name, table in tables.items():
            rows = rows_of(name, table.fields, batch, columns, stays)
            parts = (rows.slice(i, ROWS_PER_GROUP) for i in range(0, len(rows), ROWS_PER_GROUP))
            with table.locked():
                Holdings(table.dir, Layout(table.fields)).write(parts)
        link_frames(frames, batch.ids)
    for table in tables.values():
        with table.locked():
            table.pack()


def rows_of(name: str, fields: Any, batch: Batch, columns: Rows, stays: pa.Array) -> pa.Table:
    """The stored rows of one stage: split drops some videos, the stages after do not know them."""
    out = np.where(batch.dropped, "dropped", "out") if name == "split" else "out"
    units = {"scan": [], "split": [("scene", SCENES)], "embed": [("frame", SCENES * 3)]}
    units |= {"caption": [("segment", SEGMENTS), ("caption", SEGMENTS)]}
    units |= {"score": [("frame", SEGMENTS * 3)]}
    tallies = [
        {"unit": unit, "n_in": n, "n_out": n, "dropped": {}, "failed": {}}
        for unit, n in units[name]
    ]
    n = batch.count
    books = {
        "video_id": pa.array(batch.ids),
        "status": pa.array(np.broadcast_to(out, n).tolist()),
        "reason": pa.array(np.where(batch.dropped & (name == "split"), "no_cut", "").tolist()),
        "seconds": pa.array(np.full(n, 0.01)),
        "tallies": pa.array([json.dumps(tallies)] * n),
    }
    rows = pa.table({**books, **{field: columns[field] for field in fields}}, schema(fields))
    return rows if name in ("scan", "split") else rows.filter(stays)


def link_frames(frames: FrameStore, ids: list[str]) -> None:
    """A frame file for each video: hard links, since nothing here reads a frame."""
    original: Path | None = None
    for number, video in enumerate(ids):
        path = frames.path_of(video)
        if number % LINKS_A_FILE == 0:
            frames.write(video, [0.5], [b"no picture"])
            original = path
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(str(original), path)


def overrides(folder: Path, n_videos: int) -> list[str]:
    """The config of the run."""
    return [
        "source._target_=million.Synthetic",
        f"+source.n_videos={n_videos}",
        f"store.dir={folder}/store",
        "filter=median",
        "quality=none",
        "executor.workers=1",
    ]


def measured(arguments: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory in GB of an `ivg` command."""
    command = [sys.executable, "-c", MAIN, *arguments]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    begun = time.perf_counter()
    env = {**os.environ, "IVG_PACKAGES": "million", "PYTHONPATH": path}
    _, status, usage = os.wait4(subprocess.Popen(command, env=env).pid, 0)
    if status:
        raise SystemExit(
            f"ivg {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}"
        )
    return time.perf_counter() - begun, usage.ru_maxrss / 2**20


def size_of(folder: Path) -> float:
    """GB of the files below a folder; hard links count once."""
    found = {(s.st_dev, s.st_ino): s.st_size for s in stats(folder)}
    return sum(found.values()) / 1e9


def stats(folder: Path) -> Iterator[os.stat_result]:
    """Of all files."""
    return (path.stat() for path in folder.rglob("*") if path.is_file())


def main() -> int:
    """Write, run, print; the exit code says whether the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        return bench(args.folder or Path(temporary), args.videos)


def prepare(folder: Path, n_videos: int) -> None:
    """Write the store."""
    begun = time.perf_counter()
    plan = make_plan(resolved(composed(overrides(folder, n_videos))), folder / "run")
    steps = [step for step in plan.line.steps if step.stage.cached]
    write_store(folder / "store", n_videos, steps, plan.line.context.frames)
    (folder / "written").touch()
    print(f"store of {n_videos:,} videos written in {time.perf_counter() - begun:.0f} s")


def bench(folder: Path, n_videos: int) -> int:
    """The whole benchmark."""
    os.environ["IVG_PACKAGES"] = "million"
    sys.path.insert(0, str(Path(__file__).parent))
    given = overrides(folder, n_videos)
    if not (folder / "written").exists():
        # apart: Linux counts what a process held before it became the measured command
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            apart.submit(prepare, folder, n_videos).result()
    print(f"store {size_of(folder / 'store'):.2f} GB", flush=True)
    planned = [plan_secs(given)]
    seconds, peak = measured(["build", *given, f"hydra.run.dir={folder}/run"])
    summary = json.loads((folder / "run" / "summary.json").read_text())
    print(f"build: {seconds:.0f} s ({1e3 * seconds / n_videos:.2f} ms a video), {peak:.2f} GB")
    print(f"{summary['n_annotations']:,} annotations, run {size_of(folder / 'run'):.2f} GB")
    for line in summary["lines"]:
        if line["tally"]["unit"] == "video":
            print(f"  {line['stage']}: {line['tally']['n_out']:,} out, {line['seconds']:.0f} s")
    planned.append(plan_secs(given))
    return 0 if peak < MAX_PEAK_GB and max(planned) < MAX_PLAN_SECS else 1


def plan_secs(given: list[str]) -> float:
    """How long `ivg plan` takes to say what is stored."""
    seconds, peak = measured(["plan", *given])
    print(f"plan: {seconds:.1f} s, {peak:.2f} GB", flush=True)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
