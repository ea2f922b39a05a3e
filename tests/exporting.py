"""Small datasets to export, without a run: rows as they stand in `final_dataset.jsonl`."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from ivg.dataset import open_dataset
from ivg.formats.books import Books
from ivg.formats.build import build_format, format_config
from ivg.formats.export import export
from ivg.published.lines import to_line
from ivg.release.tables import fit

CAPTIONS = (
    "a cat",
    "A dog that waits.",
    'he said "hi" & left <script>alert(1)</script> --> gone',
    "Ein Mädchen 女孩 🎈 läuft",
    "100 % {caption} {start} a \\ b",
)


def row(video="a.mp4", start=2.0, end=4.0, span=(0.0, 8.0), duration=20.0, caption="a cat"):
    times = {"duration": duration, "start_sec": start, "end_sec": end}
    scenes = {"start_scene": 1, "end_scene": 1, "neg_start_scene": None, "neg_end_scene": 4}
    spans = {"neg_start_sec": span[0], "neg_end_sec": span[1]}
    return {"video": video, **times, **spans, "caption": caption, **scenes}


def some_rows(n_videos: int = 3) -> list[dict]:
    """A row a caption in each video, sorted."""
    return [
        row(f"video{number:05d}.mp4", 2.0 * place, 2.0 * place + 1.5, (0.0, 12.5), 20.5, caption)
        for number in range(n_videos)
        for place, caption in enumerate(CAPTIONS)
    ]


def write_run(folder: Path, rows: Iterable[dict], paths: dict[str, str] | None = None) -> Path:
    """The files of a run folder that exports read."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = list(rows)
    (folder / "final_dataset.jsonl").write_bytes(b"".join(map(to_line, kept)))
    records = [
        {
            "video": video,
            "video_id": "1" * 32,
            "duration": next(r["duration"] for r in kept if r["video"] == video),
            "fps": 25.0,
            "scenes": [[0.0, 2.0], [2.0, 4.0], [5.0, 8.0]],
            "dropped_scenes": [[4.0, 5.0]],
            "segments": [[0.0, 4.0, 0, 1], [5.0, 8.0, 2, 2]],
            "captions": [],
        }
        for video in dict.fromkeys(r["video"] for r in kept)
    ]
    (folder / "videos.jsonl").write_bytes(b"".join(map(to_line, records)))
    (folder / "manifest.json").write_text(json.dumps({"paths": paths or {}}))
    return folder


def write_release(folder: Path, **splits: Sequence[dict]) -> Path:
    """The files of a release that exports read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    write_run(folder, [one for rows in splits.values() for one in rows])
    (folder / "data").mkdir()
    for name, rows in splits.items():
        fitted = [{name: fit(value) for name, value in one.items()} for one in rows]
        table = pa.Table.from_pylist([{**one, "clip_sim": 0.3} for one in fitted])
        pq.write_table(table, folder / "data" / f"{name}.parquet")
    return folder


config_of = cache(format_config)


def exported(
    dataset: Path, out: Path, name: str, *own: str, videos: Path | None = None
) -> dict[str, Books]:
    """The books of `ivg export DATASET format=NAME out=OUT format.KEY=VALUE...`."""
    config = config_of(name, own)
    folder = None if videos is None else str(videos)
    return export(open_dataset(dataset), config, build_format(config), out, folder)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
