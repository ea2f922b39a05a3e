"""`ivg release`: from a finished run to a folder that can be published."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ivg.errors import ConfigError, DatasetError
from ivg.files import whole_folder, write_text
from ivg.release import layout
from ivg.release.card import write_card
from ivg.release.facts import Facts
from ivg.release.leaks import refuse_leaks, secrets_here
from ivg.release.manifest import environment, release_key, render, sealed
from ivg.release.neutral import literal, neutral_books
from ivg.release.pins import pins_yaml
from ivg.release.plots import write_plots
from ivg.release.refusals import reasons
from ivg.release.run import Run, known_videos, read_run
from ivg.release.settings import ReleaseSettings
from ivg.release.tables import joined, write_tables
from ivg.summary import checksum

log = logging.getLogger(__name__)


def publish(run_dir: Path, settings: ReleaseSettings, experiment: str | None = None) -> Path:
    """Write the release of a run, whole or not at all.

    Args:
        run_dir: The run folder.
        settings: Name, version, splits and the rest.
        experiment: What the run was built with, where its folder does not say.

    Returns:
        The release folder.

    Raises:
        ConfigError: A setting can't be used, or the folder is there already.
        DatasetError: The run is not fit to be released, or the release would leak.
    """
    run, out = read_run(run_dir, experiment), settings.checked().folder()
    forced = refused(run, settings.force)
    with new_folder(out) as folder:
        fill(folder, run, settings, forced)
        refuse_leaks(folder, secrets_here(run_dir, run.manifest.get("paths", {}).values()))
    return out


def refused(run: Run, force: bool) -> list[str]:
    """Why the run would not be released, if it is forced.

    Raises:
        DatasetError: There are reasons, and it is not.
    """
    found = reasons(run.folder, run.manifest, run.summary)
    if found and not force:
        told = "\n  ".join(found)
        raise DatasetError(
            f"{run.folder} is not released (force=true does it all the same, and says so "
            f"in the card):\n  {told}"
        )
    for reason in found:
        log.warning("forced: %s", reason)
    return found


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """See `ivg.files.whole_folder`; nothing is replaced.

    Raises:
        ConfigError: `out` is there already, or can't be made.
    """
    if out.exists() or out.is_symlink():
        raise ConfigError(f"out={out} is there already; remove it, or choose another folder")
    try:
        with whole_folder(out) as folder:
            yield folder
    except OSError as error:
        raise ConfigError(f"out={out}: {error.strerror} ({error.filename})") from error


def fill(folder: Path, run: Run, settings: ReleaseSettings, forced: list[str]) -> None:
    """Write every file of the release; the manifest last, for it has the hash of all others.

    Raises:
        DatasetError: The run has no rows, or a file of it is broken.
    """
    facts = Facts()
    counts = write_tables(facts.watch(joined(run.dataset)), settings.splits, folder)
    if not counts:
        raise DatasetError(f"{run.folder} has no rows: there is nothing to release")
    write_plots(facts.arrays(), folder / layout.PLOTS)
    copy_files(folder, run)
    write_text(folder / layout.PINS, pins_yaml(settings, run.steps, run.experiment))
    manifest = manifest_of(run, settings, counts, forced)
    write_card(folder, run, manifest, facts)
    hashes = {name: checksum(folder / name) for name in layout.files_in(folder)}
    write_text(folder / layout.MANIFEST, render(sealed({**manifest, "sha256": hashes})))


def copy_files(folder: Path, run: Run) -> None:
    """The data of the run as it is; its config and books without what belongs to the machine.

    Raises:
        DatasetError: A file of the run is missing.
    """
    for name in layout.COPIED:
        if (run.folder / name).is_file():
            shutil.copyfile(run.folder / name, folder / name)
        elif name != layout.QUALITY:  # nothing was measured
            raise DatasetError(f"{run.folder} has no {name}; was it made by an older ivg?")
    if marks := run.marks:
        shutil.copyfile(marks, folder / layout.REVIEW)
    config = OmegaConf.create(literal(run.neutral_config))
    write_text(folder / layout.CONFIG, OmegaConf.to_yaml(config))
    write_text(folder / layout.SUMMARY, render(neutral_books(run.summary)))


def manifest_of(
    run: Run, settings: ReleaseSettings, counts: Mapping[str, int], forced: list[str]
) -> dict[str, Any]:
    """The manifest, but for the hashes of files."""
    return {
        "release": {
            "name": settings.name,
            "version": settings.version,
            "key": release_key(run.manifest["keys"], run.ids, settings.splits),
            "forced": forced,
            "dirty": str(run.manifest["environment"].get("git_commit", "")).endswith("-dirty"),
            "licence": settings.licence,
            "language": settings.language,
        },
        "splits": {**counts, "ratios": settings.splits.ratios, "salt": settings.salt},
        "keys": run.manifest["keys"],
        "environment": environment(run.manifest),
        "models": run.manifest["models"],
        "videos": known_videos(run),
    }
