"""An audit, for people at a terminal and in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivg.audit.tally import Audit, lost_rows, plain
from ivg.dataset import Dataset
from ivg.errors import ConfigError
from ivg.files import whole_file
from ivg.published.lines import to_line
from ivg.shown import shown

EXAMPLES = 10
FORMATS = (".json", ".jsonl")


def render(audit: Audit, seed: int, console: Console) -> None:
    """Print the books by reason, some videos, and the share that is gone."""
    console.print(table(audit))
    bad = [one for one in audit.verdicts if one.status in ("gone", "changed")]
    for one in bad[:EXAMPLES]:
        detail = f" ({one.detail})" if one.detail else ""
        line = escape(shown(f"{one.video.name}: {one.reason}{detail}"))
        console.print(f"  {line}", soft_wrap=True, highlight=False)
    if len(bad) > EXAMPLES:
        console.print(f"  and {len(bad) - EXAMPLES} more", highlight=False)
    for line in conclusions(audit, seed):
        console.print(line, soft_wrap=True, highlight=False)


def table(audit: Audit) -> Table:
    """Videos and rows by what became of them."""
    found = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    found.add_column("videos")
    found.add_column("reason")
    for name in ("videos", "rows"):
        found.add_column(name, justify="right")
    for status, reason, videos, rows in audit.by_reason:
        found.add_row(status, escape(reason), str(videos), str(rows))
    return found


def conclusions(audit: Audit, seed: int) -> list[str]:
    """What the counts say, in sentences."""
    is_all = audit.n_asked == audit.n_videos
    drawn = "all" if is_all else f"a random sample (seed {seed})"
    unknown = audit.count("unknown")
    return [
        f"asked for {audit.n_asked} of {audit.n_videos} videos, {drawn}; "
        f"{audit.count('same')} same, {audit.count('changed')} changed, "
        f"{audit.count('gone')} gone, {unknown} unknown",
        f"gone: {in_words(audit.gone, unknown, is_all)}",
        f"gone or of another duration: {in_words(audit.unfit, unknown, is_all)}",
        f"rows lost with the videos that are gone: {audit.rows('gone')} of the "
        f"{audit.rows('same', 'changed', 'gone', 'unknown')} of these videos",
    ]


def in_words(share: dict[str, Any], unknown: int, is_all: bool) -> str:
    """`2 of 97, 2.1 % (95 % interval by Wilson 0.6 .. 7.2 %; 3 unknown are left out)`."""
    if not share["n"]:
        return "not known of any"
    percent, low, high = (f"{100 * share[name]:.1f}" for name in ("share", "low", "high"))
    found = f"{share['k']} of {share['n']}, {percent} %"
    if is_all and not unknown:
        return f"{found} (exact: none was left out)"
    left_out = f"; {unknown} unknown are left out" if unknown else ""
    return f"{found} (95 % interval by Wilson {low} .. {high} %{left_out})"


def check_out(out: str | None) -> None:
    """Refuse a file name before videos are fetched for it.

    Raises:
        ConfigError: Its extension is unknown, or its folder is not there.
    """
    if out is None:
        return
    path = Path(out).expanduser()
    if path.suffix not in FORMATS:
        raise ConfigError(f"out={out}: give a name that ends in .json (the audit) or .jsonl (rows)")
    if not path.parent.is_dir():
        raise ConfigError(f"out={out}: there is no folder {path.parent}")


def write(audit: Audit, dataset: Dataset, out: str, sample: int, seed: int) -> None:
    """Write the audit with the lost rows (`.json`), or these alone (`.jsonl`).

    Raises:
        ConfigError: The file can't be written.
    """
    path = Path(out).expanduser()
    rows = lost_rows(dataset, audit.verdicts)
    if path.suffix == ".jsonl":
        data = b"".join(map(to_line, rows))
    else:
        whole = {**plain(audit, sample, seed), "lost_rows": list(rows)}
        data = json.dumps(whole, indent=1, allow_nan=False).encode() + b"\n"
    try:
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise ConfigError(f"out={out}: {error.strerror or error}") from error
