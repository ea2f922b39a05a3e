"""What a run leaves beside its data: `summary.json`, `failures.jsonl`, `manifest.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ivg.books import Ledger
from ivg.environment import environment
from ivg.errors import ConfigError
from ivg.files import remove_leftovers, whole_file, write_text
from ivg.label import read_manifest
from ivg.pipeline import Line
from ivg.published.lines import to_line
from ivg.records import Annotation, Video
from ivg.stage import Failure, Tally

SUMMARY = "summary.json"
FAILURES = "failures.jsonl"
MANIFEST = "manifest.json"
N_EXAMPLES = 3


@dataclass(frozen=True)
class StageLine:
    """One line of the table: one unit of one stage."""

    stage: str
    tally: Tally
    seconds: float
    computed: int
    key: str


@dataclass(frozen=True)
class Summary:
    """The result of a run, as `summary.json` holds it.

    Attributes:
        status: `finished` or `failed`.
        seconds: Wall time of the run.
        lines: The books.
        n_annotations: Rows of `final_dataset.jsonl`.
        examples: Some annotations, spread over the dataset.
        message: Why the run failed, if it did.
    """

    status: str
    seconds: float
    lines: tuple[StageLine, ...]
    n_annotations: int
    examples: tuple[dict[str, Any], ...]
    message: str = ""
    files: tuple[str, ...] = field(default=())


def summarise(line: Line, run_dir: Path, seconds: float, message: str) -> Summary:
    """Sum up a run."""
    return Summary(
        "failed" if message else "finished",
        round(seconds, 3),
        tuple(entry for ledger in line.ledgers for entry in stage_lines(ledger)),
        int(line.annotations.sum()),
        tuple(asdict(row) for _, row in examples(line, N_EXAMPLES)),
        message,
        tuple(data_files(line)),
    )


def examples(line: Line, most: int) -> Iterator[tuple[Video, Annotation]]:
    """Some annotations, spread evenly over the dataset, each with its video."""
    ends = np.cumsum(line.annotations)
    n = int(ends[-1]) if len(ends) else 0
    for number in range(0, n, max(1, n // most))[:most]:
        place = int(np.searchsorted(ends, number, side="right"))
        video = line.videos[place]
        yield video, video.annotations[number - int(ends[place])]


def stage_lines(ledger: Ledger) -> Iterator[StageLine]:
    """The lines of one stage."""
    for tally in ledger.lines:
        yield StageLine(ledger.stage, tally, round(ledger.seconds, 3), ledger.computed, ledger.key)


def data_files(line: Line) -> list[str]:
    """The files that the run itself has written, not those of an earlier one; sorted."""
    return sorted(name for step in line.steps for name in step.stage.outputs)


def clear(run_dir: Path) -> None:
    """Remove what an earlier run left in the folder, so that it can't pass for this one's."""
    manifest = run_dir / MANIFEST
    if manifest.is_file():
        for name in read_manifest(manifest).get("sha256", {}):
            (run_dir / Path(name).name).unlink(missing_ok=True)
    for name in (SUMMARY, FAILURES, MANIFEST):
        (run_dir / name).unlink(missing_ok=True)
    remove_leftovers(run_dir)


def write_run_files(summary: Summary, line: Line, run_dir: Path) -> None:
    """Write the three files, each whole or not at all."""
    with whole_file(run_dir / FAILURES) as temporary, temporary.open("wb") as file:
        file.writelines(to_line(asdict(failure)) for failure in in_order(line))
    with whole_file(run_dir / MANIFEST) as temporary, temporary.open("w", encoding="utf-8") as out:
        out.writelines(as_json(manifest(line, run_dir)))
    write_text(run_dir / SUMMARY, json.dumps(asdict(summary), indent=1) + "\n")


def in_order(line: Line) -> list[Failure]:
    """The failures by stage and video: workers meet them in any order."""
    places = {ledger.stage: place for place, ledger in enumerate(line.ledgers)}
    return sorted(line.failures, key=lambda one: (places.get(one.stage, 0), one.video))


def as_json(members: Mapping[str, Any]) -> Iterator[str]:
    """The pieces of `json.dumps(members, indent=1)`; members that iterate give their own pairs."""
    opening = "{"
    for name, value in members.items():
        yield f"{opening}\n {json.dumps(name)}: "
        if isinstance(value, Iterator):
            yield from pairs_as_json(value)
        else:
            yield json.dumps(value, indent=1).replace("\n", "\n ")
        opening = ","
    yield "\n}\n"


def pairs_as_json(pairs: Iterator[tuple[str, str]]) -> Iterator[str]:
    """The pieces of an object of texts, one level deep."""
    before = "{\n  "
    for name, value in pairs:
        yield f"{before}{json.dumps(name)}: {json.dumps(value)}"
        before = ",\n  "
    yield "{}" if before.startswith("{") else "\n }"


def manifest(line: Line, run_dir: Path) -> dict[str, Any]:
    """What the data was made from and with: keys, versions, content ids, checksums."""
    return {
        **share(line),
        "keys": keys(line),
        "environment": environment(),
        "models": line.models,
        "device": line.context.device,
        "videos": ((entry.name, entry.id) for entry in line.lineup),
        "paths": ((entry.name, str(entry.path)) for entry in line.lineup if entry.path),
        "sha256": {name: checksum(run_dir / name) for name in data_files(line)},
    }


def share(line: Line) -> dict[str, Any]:
    """Of a run that took a share of the videos, what `ivg merge-runs` has to know."""
    if line.shard.count == 1:
        return {}
    listed = ((entry.name, entry.id) for entry in line.listed)
    bare = not line.listed.given
    return {"shard": line.shard.described, **({"listed": listed} if bare else {})}


def keys(line: Line) -> dict[str, str]:
    """The key of each stage, those of a branch under its name."""
    found = {step.stage.name: step.identity.key for step in line.steps}
    if branch := line.branch:
        found |= {f"{branch.name}/{name}": key for name, key in keys(branch.line).items()}
    return found


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_summary(run_dir: Path) -> Summary:
    """The summary of a run folder.

    Raises:
        ConfigError: The folder holds no summary that can be read.
    """
    path = run_dir / SUMMARY
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        lines = tuple(
            StageLine(**{**row, "tally": Tally(**row["tally"])}) for row in plain["lines"]
        )
        return Summary(**{**plain, "lines": lines})
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; give the folder of a run that has ended"
        ) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path}: not a summary of this version of ivg ({error})") from error
