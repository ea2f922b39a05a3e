"""`ivg release`, `ivg verify` and `ivg rebuild`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ivg.arguments import ended_well, take

if TYPE_CHECKING:
    from ivg.release.verify import Check

MOST = 50
"""Differences of one kind that are printed."""


def run_release(arguments: Sequence[str]) -> None:
    """Write a release of a run."""
    ended_well(lambda: released(arguments))


def run_verify(arguments: Sequence[str]) -> None:
    """Check a release; code 1 if anything is wrong."""
    ended_well(lambda: verified(arguments))


def run_rebuild(arguments: Sequence[str]) -> None:
    """Build a release again; code 1 if its data differ."""
    ended_well(lambda: rebuilt(arguments))


def released(arguments: Sequence[str]) -> bool:
    """Release a run; always true, for what goes wrong is raised."""
    from ivg.release.settings import ReleaseSettings

    said = "A folder to publish: data by split, card, manifest, lineage."
    (run_dir,), settings = take(arguments, "ivg release", said, ["RUN"], ReleaseSettings)

    from ivg.release.publish import publish  # not before `--help` has answered

    say(f"released {settings.name} {settings.version}: {publish(run_dir, settings)}")
    return True


def verified(arguments: Sequence[str]) -> bool:
    """Print a table and name every bad file; whether all is well."""
    said = "Check every hash, the schema and each row of a release."
    parser = argparse.ArgumentParser(prog="ivg verify", description=said)
    parser.add_argument("release", type=Path, metavar="RELEASE")
    folder = parser.parse_args(list(arguments)).release

    from ivg.release.verify import verify

    checks = verify(folder)
    print_checks(checks)
    well = not any(check.problems or check.skipped for check in checks)
    say(f"{folder}: {'good' if well else 'BAD'}")
    return well


def print_checks(checks: Sequence[Check]) -> None:
    """The table, then one line a problem."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table("check", "looked at", "bad", box=SIMPLE_HEAD)
    for check in checks:
        bad = f"not checked: {check.skipped}" if check.skipped else str(len(check.problems))
        table.add_row(check.name, str(check.n), bad)
    Console().print(table)
    for problem in (problem for check in checks for problem in check.problems):
        say(problem)


def rebuilt(arguments: Sequence[str]) -> bool:
    """Rebuild a release and tell what differs; whether nothing does."""
    parser = argparse.ArgumentParser(
        prog="ivg rebuild",
        description="Run the config of a release again and compare row for row.",
        epilog="example: ivg rebuild releases/my-set-2026.11 source.path='~/videos' out=again",
    )
    parser.add_argument("release", type=Path, metavar="RELEASE")
    parser.add_argument(
        "overrides", nargs="*", help="as of ivg build; out=FOLDER keeps what is built"
    )
    given = parser.parse_args(list(arguments))

    from ivg.overrides import quote_where_needed
    from ivg.release.rebuild import rebuild

    overrides = [text for text in given.overrides if not text.startswith("out=")]
    outs = [text.removeprefix("out=") for text in given.overrides if text.startswith("out=")]
    with room(outs[-1] if outs else "") as out:
        found = rebuild(given.release, quote_where_needed(overrides), out)
    tell("same bytes", found.same)
    tell("DIFFERS", found.files)
    tell("row", found.rows)
    tell("key", found.keys)
    tell("made with", found.made_with)
    tell("differs, but is no data", found.others)
    say(f"{given.release}: {'rebuilt, identical' if found.identical else 'DIFFERENT'}")
    return found.identical


@contextmanager
def room(out: str) -> Iterator[Path]:
    """A new folder to build in; without a name one that is removed again.

    Raises:
        ConfigError: It is there already, and not empty.
    """
    from ivg.errors import ConfigError

    if not out:
        with TemporaryDirectory(prefix="ivg-rebuild-") as place:
            yield Path(place)
        return
    folder = Path(out).expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"out={out} is there already; give a new folder")
    yield folder


def tell(label: str, lines: Sequence[str]) -> None:
    """Print some lines and how many more there are."""
    for line in lines[:MOST]:
        say(f"{label}: {line}")
    if len(lines) > MOST:
        say(f"{label}: and {len(lines) - MOST} more")


def say(text: str) -> None:
    """Print a line as it is; names in it may hold anything."""
    from rich.console import Console

    from ivg.shown import shown

    Console().print(shown(text), soft_wrap=True, markup=False, highlight=False)
