"""Pictures of a release: one histogram a file, the same bytes with the same matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ivg.files import whole_file
from ivg.records import FloatArray

TITLES = {
    "segment_secs": "length of the moment, seconds",
    "span_secs": "length of the negative span, seconds",
    "clip_sim": "clip_sim",
    "caption_words": "words of a caption",
    "position": "middle of the moment in its span (0: start, 1: end)",
}
BINS = 30
SIZE = (6.0, 3.2)
ROOM = {"left": 0.12, "right": 0.97, "bottom": 0.17, "top": 0.96}
DPI = 100


def write_plots(arrays: Mapping[str, FloatArray], folder: Path) -> list[str]:
    """Draw each column that is there.

    Args:
        arrays: As `Facts.arrays` gives them.
        folder: Where the PNGs go.

    Returns:
        Names of the files, in the order in which to look at them.
    """
    from matplotlib import rc_context, rcdefaults

    folder.mkdir(parents=True, exist_ok=True)
    drawn = [name for name in TITLES if name in arrays]
    with rc_context():
        rcdefaults()  # a user's matplotlibrc must not change the picture
        for name in drawn:
            histogram(arrays[name], TITLES[name], folder / f"{name}.png")
    return [f"{name}.png" for name in drawn]


def histogram(values: FloatArray, title: str, path: Path) -> None:
    """One picture; without date and program, which matplotlib would write into it."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    canvas = Figure(figsize=SIZE)
    canvas.subplots_adjust(**ROOM)
    panel = canvas.add_subplot()
    within = (0, 1) if title == TITLES["position"] else None
    panel.hist(values, bins=BINS, range=within, color="#4c72b0", edgecolor="white", linewidth=0.3)
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_xlabel(title)
    panel.set_ylabel("rows")
    with whole_file(path) as temporary:
        canvas.savefig(temporary, dpi=DPI, format="png", metadata={"Software": None})
