"""Draw the README's picture from a quickstart run: `python picture.py RUN STORE`."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pyarrow.parquet as pq
from matplotlib.axes import Axes

from ivg.video.picture import from_jpeg

N_ROWS = 4
SEGMENT, SPAN, SCENE = "#2a7f62", "#cfe8dd", "#44546a"


def rows(path: Path) -> list[dict]:
    """A JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def draw_scenes(axes: Axes, run: Path, store: Path) -> None:
    """The middle frame of each scene, where it lies in time."""
    (scenes,) = rows(run / "scenes.jsonl")
    (kept,) = store.glob("frames/*/*/*.parquet")
    frames = list(zip(*pq.read_table(kept).to_pydict().values(), strict=True))
    for start, end in scenes["scenes"]:
        middle = (start + end) / 2
        _, jpeg = min(frames, key=lambda frame: abs(frame[0] - middle))
        axes.imshow(from_jpeg(jpeg), extent=(start + 0.06, end - 0.06, 0, 1), aspect="auto")
    axes.set(ylim=(0, 1), yticks=[])
    axes.set_title("scenes of sample.mp4", loc="left", fontsize=10)


def draw_annotations(axes: Axes, run: Path) -> None:
    """Each annotation as a bar in the bar of its negative span."""
    found = rows(run / "final_dataset.jsonl")[:N_ROWS]
    for y, row in enumerate(found):
        span = row["neg_end_sec"] - row["neg_start_sec"]
        axes.barh(y, span, left=row["neg_start_sec"], height=0.8, color=SPAN)
        axes.barh(y, row["end_sec"] - row["start_sec"], left=row["start_sec"], color=SEGMENT)
        side = max(row["end_sec"], row["neg_start_sec"]) + 0.4
        axes.text(side, y, row["caption"], va="center", fontsize=9, color=SCENE)
    axes.set(yticks=[], xlabel="seconds", ylim=(len(found) - 0.4, -0.6))
    axes.set_title("annotations (dark) in their negative spans (light)", loc="left", fontsize=10)


def main() -> None:
    """Write quickstart.png beside this file."""
    run, store = map(Path, sys.argv[1:])
    shape = {"height_ratios": [1, 2.2], "hspace": 0.35}
    figure, (top, bottom) = plt.subplots(2, figsize=(10, 3.6), sharex=True, gridspec_kw=shape)
    draw_scenes(top, run, store)
    draw_annotations(bottom, run)
    bottom.set_xlim(0, json.loads((run / "final_dataset.jsonl").open().readline())["duration"])
    for axes in (top, bottom):
        axes.spines[:].set_visible(False)
    figure.savefig(Path(__file__).with_name("quickstart.png"), dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main()
