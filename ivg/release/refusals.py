"""Why a run is not fit to be released; `force=true` releases it all the same, and says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ivg.summary import StageLine, Summary, checksum


def reasons(run_dir: Path, manifest: Mapping[str, Any], summary: Summary) -> list[str]:
    """Everything that speaks against a release, one sentence each.

    Args:
        run_dir: The run folder.
        manifest: Its `manifest.json`, which decides, not the checkout at hand.
        summary: Its `summary.json`.
    """
    return [
        *commit(manifest),
        *status(summary),
        *unbalanced(summary.lines),
        *changed(run_dir, manifest),
    ]


def commit(manifest: Mapping[str, Any]) -> Iterator[str]:
    """The code is not known exactly. An installed wheel is: by its version."""
    found = str(manifest.get("environment", {}).get("git_commit", "unknown"))
    if found.endswith("-dirty"):
        yield f"the tree was dirty: the run's code was not that of a commit ({found})"
    elif found == "unknown":
        yield "the commit of the run's code is unknown"


def status(summary: Summary) -> Iterator[str]:
    """The run did not end well."""
    if summary.status != "finished":
        yield f"the run is not finished: its status is {summary.status!r}"


def unbalanced(lines: tuple[StageLine, ...]) -> Iterator[str]:
    """The books, added up again: each line, and the videos from stage to stage."""
    left: dict[str, int] = {}
    for line in lines:
        tally = line.tally
        if not tally.balanced:
            yield (
                f"the books don't balance: {line.stage} has {tally.n_in} {tally.unit}s in, "
                f"{tally.n_out} out, {sum(tally.dropped.values())} dropped, "
                f"{sum(tally.failed.values())} failed"
            )
        if tally.unit == "video":
            branch = line.stage.rpartition("/")[0]
            before = left.get(branch, tally.n_in)
            if tally.n_in != before:
                yield (
                    f"the books don't balance: {before} videos came to {line.stage}, "
                    f"which booked {tally.n_in}"
                )
            left[branch] = tally.n_out


def changed(run_dir: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Files that are no longer what the run wrote."""
    for name, wanted in sorted(manifest.get("sha256", {}).items()):
        path = run_dir / Path(name).name
        if not path.is_file():
            yield f"{name} is missing from the run"
        elif checksum(path) != wanted:
            yield f"{name} was changed after the run"
