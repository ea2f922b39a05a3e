"""Job folders of a sweep as `ivg build -m` leaves them, without running anything."""

import json
from dataclasses import asdict
from pathlib import Path

from ivg.quality.figures import Figure
from ivg.stage import Tally
from ivg.summary import StageLine, Summary

ROW = {
    "video": "a.mp4",
    "duration": 30.0,
    "start_sec": 4.0,
    "end_sec": 8.0,
    "neg_start_sec": 0.0,
    "neg_end_sec": 20.0,
    "caption": "a cat",
    "start_scene": 1,
    "end_scene": 1,
    "neg_start_scene": None,
    "neg_end_scene": 3,
}


def figure(value, name="groundability/R@1", better=1, low=None, high=None):
    return Figure(name, value, low, high, 0 if value is None else 20, better)


def write_job(
    folder: Path,
    *overrides: str,
    annotations: int | None = 2,
    figures: tuple[Figure, ...] = (),
    objective: str | None = None,
    message: str = "",
    error: str = "",
    row: dict = ROW,
) -> Path:
    """One job folder; without a summary if `annotations` is None."""
    (folder / ".hydra").mkdir(parents=True)
    (folder / ".hydra" / "overrides.yaml").write_text(json.dumps(list(overrides)))
    (folder / ".hydra" / "config.yaml").write_text(json.dumps({"objective": objective}))
    if error:
        (folder / "error.txt").write_text(error + "\n")
    if annotations is None:
        return folder
    rows = [row] * annotations
    (folder / "final_dataset.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    lines = (
        StageLine("embed", Tally("video", 3, 3), 1.5, 1, "k"),
        StageLine("embed", Tally("scene", 9, 9), 1.5, 1, "k"),
        StageLine("score", Tally("video", 3, 3), 0.5, 0, "k"),
    )
    status = "failed" if message else "finished"
    summary = Summary(status, 2.5, lines, annotations, tuple(rows[:1]), message)
    (folder / "summary.json").write_text(json.dumps(asdict(summary)))
    quality = {"judge": "none", "figures": [asdict(one) for one in figures]}
    (folder / "quality.json").write_text(json.dumps(quality))
    return folder
