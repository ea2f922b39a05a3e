"""Do the measures rank configurations as the truth does? On montages, whose truth is known.

`python benchmarks/quality.py [--videos 60] [--seed 0]`. The models run once a noise level; a job
takes seconds. `quality_seed0.csv` and `quality_seed1.csv` are the summaries of the last run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from scipy.stats import kendalltau

NONSENSE = (
    "a bowl of fruit on a kitchen table",
    "a sailing boat on a calm lake",
    "two dogs play on the beach",
    "a violin lies on a chair",
    "snow falls on a mountain village",
    "a child rides a horse",
    "a train leaves the station",
    "a man cuts the grass",
)
"""Right of no scene of the sample."""
GRID = {
    "captioner.noise": "0,0.5",
    "filter.threshold": "0.3,0.66",
    "merge": "max,mean",
    "negatives.same_threshold": "0.4,0.6,0.8,0.9,0.97",
}
TRUTHS_MOVED_BY = ("captioner.noise", "negatives.same_threshold")
BOUND = 0.8
COMPARED = {
    "truth/caption_precision": [
        "groundability/contrast",
        "groundability/margin",
        "groundability/MRR",
        "groundability/R@1",
    ],
    "truth/false_negative_rate": ["false_negatives/twins", "false_negatives/rate"],
}


def sweep(folder: Path, n_videos: int, seed: int, grid: Mapping[str, str]) -> pd.DataFrame:
    """The summary of all configurations."""
    overrides = [
        "experiment=montage",
        f"source.n_videos={n_videos}",
        f"source.seed={seed}",
        "captioner=noisy",
        f"captioner.sentences=[{','.join(NONSENSE)}]",
        f"hydra.sweep.dir={folder}/sweep",
        f"store.dir={folder}/store",
        *(f"{key}={values}" for key, values in grid.items()),
    ]
    command = [sys.executable, "-c", "from ivg.cli import main; main()", "build", "-m", *overrides]
    subprocess.run(command, check=True, capture_output=True)
    return pd.read_csv(folder / "sweep" / "summary.csv")


def taus(summary: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Kendall's tau-b of each estimate with its truth."""
    return {
        (truth, name): float(kendalltau(summary[name], summary[truth]).statistic)
        for truth, names in COMPARED.items()
        for name in names
    }


def main() -> int:
    """Print a line an estimate; 1 where the first of a truth does not rank as it does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="other montages")
    parser.add_argument("--folder", type=Path, help="keep store and sweep here")
    parser.add_argument("--few", action="store_true", help="10 configurations: whether it runs")
    args = parser.parse_args()
    grid = {key: GRID[key] for key in TRUTHS_MOVED_BY} if args.few else GRID
    with TemporaryDirectory() as temporary:
        summary = sweep(args.folder or Path(temporary), args.videos, args.seed, grid)
    print(f"{args.videos} montages of seed {args.seed}, {len(summary)} configurations")
    for truth in COMPARED:
        print(f"{truth}: {summary[truth].min():.3f} to {summary[truth].max():.3f}")
    found = taus(summary)
    for (truth, name), tau in found.items():
        print(f"tau {tau:5.2f}  {name:24} against {truth}")
    return 0 if all(found[truth, names[0]] >= BOUND for truth, names in COMPARED.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
