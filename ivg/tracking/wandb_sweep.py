"""What a sweep has left, as W&B shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ivg.sweep.summarise import CSV, PAGE

JOB_TYPE = "sweep-summary"


def shown_in_wandb(sweep_dir: Path) -> dict[str, Any]:
    """The table of the jobs, every plot and the page, by the names under which they are logged."""
    import wandb

    plots = {
        f"plot/{path.stem}": wandb.Image(str(path)) for path in sorted(sweep_dir.glob("*.png"))
    }
    page = wandb.Html(sweep_dir / PAGE, inject=False)
    return {"jobs": jobs_table(sweep_dir / CSV), **plots, "page": page}


def jobs_table(csv: Path) -> Any:
    """The table as `summary.csv` holds it; what a job does not have is empty."""
    import pandas as pd
    import wandb

    frame = pd.read_csv(csv, dtype={"job": str, "message": str})
    known = frame.astype(object).where(frame.notna(), None)
    return wandb.Table(columns=list(known.columns), data=known.to_numpy().tolist())
