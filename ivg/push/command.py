"""`ivg push RELEASE`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivg.arguments import ended_well, take

if TYPE_CHECKING:
    from rich.console import Console

    from ivg.push.package import Package

TARGETS = ("hub", "wandb")


@dataclass
class PushSettings:
    """Settings of `ivg push`.

    Attributes:
        to: `hub` (Hugging Face) or `wandb`.
        repo: On the hub, `user/name`; made if it is not there.
        private: Whether it must be private.
        revision: A branch of it; None: `main`. The version becomes a tag.
        project: On W&B.
        entity: On W&B, a user or team; None: the default one.
        dry_run: List the files and touch nothing.
    """

    to: str = ""
    repo: str | None = None
    private: bool = True
    revision: str | None = None
    project: str | None = None
    entity: str | None = None
    dry_run: bool = False


def run_push(arguments: Sequence[str]) -> None:
    """Publish a release."""
    ended_well(lambda: pushed(arguments))


def pushed(arguments: Sequence[str]) -> bool:
    """Verify a release and publish it; always true, for what goes wrong is raised."""
    from rich.console import Console

    from ivg.push.package import verified

    said = "Publish a release on the Hugging Face hub, or as a W&B artifact."
    (folder,), settings = take(arguments, "ivg push", said, ["RELEASE"], PushSettings)
    check(settings)
    package = verified(folder)
    console = Console()
    if settings.dry_run:
        list_files(package, console)
        where = f"nothing was sent to {settings.repo or settings.project}"
    else:
        where = f"{package.name} {package.version}: {send(package, settings)}"
    warn_of_others(package, console)
    console.print(where, soft_wrap=True, markup=False, highlight=False)
    return True


def check(settings: PushSettings) -> None:
    """Refuse settings with which nothing can be sent.

    Raises:
        ConfigError: The message names the key.
    """
    from ivg.errors import ConfigError
    from ivg.push.hub import check_repo
    from ivg.ranges import one_of, text

    one_of("to", settings.to, TARGETS)
    if settings.to == "wandb":
        if settings.project is None:
            raise ConfigError("to=wandb: give project=NAME")
        text("project", settings.project)
    elif settings.repo is None:
        raise ConfigError("to=hub: give repo=USER/NAME")
    else:
        check_repo(settings.repo)


def send(package: Package, settings: PushSettings) -> str:
    """Publish, and say where it is then."""
    if settings.to == "hub":
        from ivg.push.hub import push

        return push(package, str(settings.repo), settings.private, settings.revision)
    from ivg.push.wandb import push as log_artifact

    return log_artifact(package, str(settings.project), settings.entity)


def list_files(package: Package, console: Console) -> None:
    """Every file with its size, and the total."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from ivg.shown import shown

    table = Table(box=SIMPLE_HEAD, show_footer=True)
    table.add_column("file", footer=f"{len(package.sizes)} files", overflow="fold")
    table.add_column("bytes", footer=str(package.n_bytes), justify="right")
    for name, size in package.sizes.items():
        table.add_row(escape(shown(name)), str(size))
    console.print(table)


def warn_of_others(package: Package, console: Console) -> None:
    """Name files of the folder that are left out."""
    from ivg.shown import shown

    for name in package.left_out:
        line = f"left out, for the manifest does not list it: {shown(name)}"
        console.print(line, soft_wrap=True, markup=False, highlight=False)
