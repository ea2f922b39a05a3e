"""`ivg export` and `ivg import`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivg.arguments import ended_well, take
from ivg.errors import ConfigError
from ivg.formats.books import Books
from ivg.formats.build import build_format, format_config, names
from ivg.formats.folder import say

log = logging.getLogger(__name__)

OWN = "format."
"""Settings of the format itself begin so."""
MORE = "Its own settings follow as format.KEY=VALUE; conf/format/NAME.yaml shows them."


@dataclass
class ExportSettings:
    """What may follow `ivg export RUN|RELEASE`; `format.KEY=VALUE` besides."""

    format: str = ""
    out: str | None = None
    overwrite: bool = False
    videos: str | None = None


@dataclass
class ImportSettings:
    """What may follow `ivg import FILE`; `format.KEY=VALUE` besides."""

    format: str = ""
    out: str | None = None
    overwrite: bool = False
    scenes: str | None = None
    videos: str | None = None
    durations: str | None = None
    suffix: str = ".mp4"


def run_export(arguments: list[str]) -> None:
    """Write a dataset in another format."""
    ended_well(lambda: export_command(arguments))


def run_import(arguments: list[str]) -> None:
    """Read captions with times from another format."""
    ended_well(lambda: import_command(arguments))


def export_command(arguments: Sequence[str]) -> bool:
    """`ivg export`; whether it ended well.

    Raises:
        IvgError: It did not.
    """
    from ivg.dataset import open_dataset
    from ivg.formats.export import EXPORT, export
    from ivg.formats.folder import check_place

    own, general = apart(arguments)
    description = f"A dataset in another format: {', '.join(names())}. {MORE}"
    (folder,), settings = take(general, "ivg export", description, ["RUN|RELEASE"], ExportSettings)
    config = format_config(named(settings.format), own)
    dataset, made = open_dataset(folder), build_format(config)
    out = Path(settings.out or Path("exports") / folder.resolve().name / settings.format)
    out = out.expanduser()
    outside(out, folder)
    check_place(out, EXPORT, settings.overwrite)
    books = export(dataset, config, made, out, settings.videos)
    return tell(settings.format, books, out)


def import_command(arguments: Sequence[str]) -> bool:
    """`ivg import`; whether it ended well.

    Raises:
        IvgError: It did not.
    """
    from ivg.formats.folder import check_place
    from ivg.formats.given import Readable
    from ivg.formats.importing import IMPORT, import_file

    own, general = apart(arguments)
    description = f"Captions with times from a file of another tool, to go on with. {MORE}"
    (file,), settings = take(general, "ivg import", description, ["FILE"], ImportSettings)
    made = build_format(format_config(named(settings.format), own))
    if not isinstance(made, Readable):
        raise ConfigError(f"format={settings.format} can't be read back, only written")
    out = Path(settings.out or Path("imports") / file.stem).expanduser()
    check_place(out, IMPORT, settings.overwrite)
    import_file(file, made, out, settings)
    return True


def apart(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The settings of the format itself, and the rest."""
    own = [argument for argument in arguments if argument.startswith(OWN)]
    return own, [argument for argument in arguments if not argument.startswith(OWN)]


def named(format_name: str) -> str:
    """The name of the format.

    Raises:
        ConfigError: None is given.
    """
    if not format_name:
        raise ConfigError(f"format has no value; give it as format=NAME, of {', '.join(names())}")
    return format_name


def outside(out: Path, folder: Path) -> None:
    """Refuse to write into the dataset: a release is what its manifest says.

    Raises:
        ConfigError: The folder of the export is in the dataset's.
    """
    if out.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"out={out} is in {folder} itself; name a folder beside it")


def tell(name: str, books: Mapping[str, Books], out: Path) -> bool:
    """Say what was written, and what was not; whether there is anything."""
    for part, found in books.items():
        for line in found.lines():
            log.warning("%s: %s", part, line)
    rows = sum(found.rows for found in books.values())
    written = sum(found.written for found in books.values())
    say(f"{written} of {rows} rows as {name} in {out}")
    return written > 0 or rows == 0
