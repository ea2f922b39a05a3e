"""Write the report of one run or release: the folder appears whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivg.dataset import Dataset, open_dataset
from ivg.errors import ConfigError
from ivg.files import whole_folder
from ivg.quality.figures import Figure, read_figures
from ivg.report.contents import Contents, Pass, sampled
from ivg.report.links import Links
from ivg.report.overview import funnel
from ivg.report.scripts import write_script
from ivg.report.thumbnails import Thumbnails, thumbnails_of
from ivg.shown import shown
from ivg.stages.export import FINAL
from ivg.summary import checksum, read_summary
from ivg.sweep.jobs import plain

if TYPE_CHECKING:
    from ivg.report.command import ReportSettings

PAGE = "index.html"
MARK = "ivg-report"
"""What the page calls itself: only a folder with such a page is ever replaced."""


def write_report(folder: Path, settings: ReportSettings, out: Path | None = None) -> Path:
    """Write the report of a run or release.

    Args:
        folder: The run or release.
        settings: What the user wants.
        out: Where to, if not where `settings` say.

    Returns:
        The report's folder.

    Raises:
        DatasetError: The folder is neither, or a file in it is missing or broken.
        ConfigError: The report's folder holds something else.
    """
    dataset = open_dataset(folder)
    target = out or out_of(dataset, settings.out)
    with new_folder(target) as temporary:
        fill(dataset, settings, temporary, target)
    return target


def fill(dataset: Dataset, settings: ReportSettings, temporary: Path, target: Path) -> None:
    """Write all files into the temporary folder of a report that will lie at `target`."""
    manifest = dataset.manifest()
    thumbnails = thumbnails_of(dataset.folder, manifest.get("keys", {}), settings.store)
    total = sum(1 for _ in dataset.rows())
    chosen = sampled(total, settings.max_rows, settings.seed)
    one_pass = Pass(temporary, chosen, thumbnails, settings.thumbnails)
    contents = one_pass.run(dataset, links_of(manifest, settings, target))
    notes = list(notes_of(contents, thumbnails, settings))
    write_script(temporary / "data", "meta", 0, meta(dataset, contents))
    copy_static(temporary)
    (temporary / PAGE).write_text(page(dataset, manifest, contents, notes), encoding="utf-8")


def out_of(dataset: Dataset, out: str | None) -> Path:
    """Where the report goes.

    Raises:
        ConfigError: That is inside a release, which has to stay as it is.
    """
    if out is None:
        if dataset.kind == "run":
            return dataset.folder / "report"
        named = dataset.folder if dataset.folder.name.strip(".") else dataset.folder.resolve()
        return named.with_name(f"{named.name}-report")
    target = Path(out).expanduser()
    if dataset.kind == "release" and target.resolve().is_relative_to(dataset.folder.resolve()):
        raise ConfigError(f"out={out} lies in the release, which has to stay as it is")
    return target


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder that on leaving takes the place of an earlier report.

    Raises:
        ConfigError: Something else is there, or the place can't be written.
    """
    check_place(target)
    try:
        with whole_folder(target) as temporary:
            yield temporary
    except OSError as error:
        raise ConfigError(f"out={error.filename or target}: {error.strerror or error}") from error


def check_place(target: Path) -> None:
    """Refuse to replace anything but a report.

    Raises:
        ConfigError: `target` is another file or folder, or a link.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ConfigError(f"out={target} is a file or a link; name a folder")
    if not target.is_dir() or not any(target.iterdir()):
        return
    index = target / PAGE
    if not index.is_file() or MARK not in index.read_text(encoding="utf-8", errors="replace"):
        raise ConfigError(f"out={target} holds something else; name another folder")


def links_of(manifest: Mapping[str, Any], settings: ReportSettings, target: Path) -> Links | None:
    """Where the videos are, if the report may say so."""
    if not settings.link_videos:
        return None
    folder = Path(settings.videos).expanduser() if settings.videos else None
    return Links(target, folder, manifest.get("paths", {}))


def notes_of(contents: Contents, thumbnails: Thumbnails, settings: ReportSettings) -> Iterator[str]:
    """What the page says of what it does not show."""
    if thumbnails.note:
        yield thumbnails.note
    if contents.no_sheets:
        yield (
            f"No thumbnails of {contents.no_sheets:,} videos: the store has no readable frames of "
            "them."
        )
    if thumbnails.frames and len(contents.names) > contents.wanted_sheets:
        yield f"Thumbnails are of the first {contents.wanted_sheets:,} videos (thumbnails=N)."
    if contents.n_shown < contents.n_rows:
        yield (
            f"The table holds {contents.n_shown:,} of {contents.n_rows:,} annotations, drawn at "
            f"random (seed {settings.seed}); counts and distributions are of all."
        )
    if contents.large:
        yield f"The similarity of {contents.large:,} videos is too large to be shown."
    if not contents.linked:
        yield "Videos are not linked, so segments can't be played (videos=FOLDER)."
    elif contents.linked < len(contents.names):
        yield f"{len(contents.names) - contents.linked:,} videos are not there to be played."


def meta(dataset: Dataset, contents: Contents) -> dict[str, Any]:
    """What the scripts want to know besides rows and videos."""
    config = plain(dataset.folder / "config.yaml", {})
    return {
        "identity": checksum(dataset.folder / FINAL)[:16],
        "row_shards": contents.row_shards,
        "distributions": contents.values.distributions(),
        "same_threshold": (config.get("negatives") or {}).get("same_threshold"),
        "merge_threshold": (config.get("scene_merge") or {}).get("threshold"),
    }


def page(
    dataset: Dataset, manifest: Mapping[str, Any], contents: Contents, notes: list[str]
) -> str:
    """The page; every text in it is escaped."""
    from jinja2 import Environment, StrictUndefined

    source = files("ivg.report").joinpath("page.html").read_text(encoding="utf-8")
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(source)
    return template.render(
        mark=MARK,
        title=title_of(dataset, manifest),
        kind=dataset.kind,
        contents=contents,
        funnel=list(funnel(read_summary(dataset.folder))),
        figures=[figure_row(one) for one in read_figures(dataset.folder)],
        notes=notes,
    )


def title_of(dataset: Dataset, manifest: Mapping[str, Any]) -> str:
    """The release's name and version, or the run folder's name."""
    release = manifest.get("release") or {}
    if release.get("name"):
        return shown(f"{release['name']} {release.get('version', '')}".strip())
    return shown(dataset.folder.absolute().name)


def figure_row(figure: Figure) -> dict[str, str]:
    """A figure in words."""
    numbers = (figure.value, figure.low, figure.high, figure.floor)
    value, low, high, floor = ("" if one is None else f"{one:.3g}" for one in numbers)
    return {
        "name": figure.name,
        "value": value or "nothing measured",
        "interval": f"{low} to {high}" if low and high else "",
        "floor": floor,
        "n": f"{figure.n:,}",
        "better": {1: "higher", -1: "lower"}.get(figure.better, ""),
    }


def copy_static(folder: Path) -> None:
    """Our scripts and styles, and the vendored ones with their licences."""
    for name in ("static", "vendor"):
        (folder / name).mkdir()
        for item in files(f"ivg.report.{name}").iterdir():
            if item.name.endswith((".js", ".css", ".txt", ".md")):
                (folder / name / item.name).write_bytes(item.read_bytes())
