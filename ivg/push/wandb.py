"""To Weights & Biases: an artifact of type `dataset`, with the version as its alias."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ivg.errors import PushError
from ivg.push.package import Package

KIND = "dataset"
INIT_TIMEOUT_SECS = 30


def push(package: Package, project: str, entity: str | None) -> str:
    """Log a release as an artifact.

    The key is the client's own (`WANDB_API_KEY`, or `wandb login`). With `WANDB_MODE=offline` it is
    written to `./wandb`, from where `wandb sync` sends it. The run tells nothing of this machine.

    Args:
        package: The release.
        project: W&B project.
        entity: User or team; None: the default one.

    Returns:
        Where it is, in words.

    Raises:
        PushError: There is no key, or W&B refuses or can't be reached.
    """
    with ExitStack() as stack:
        stack.enter_context(told())
        is_offline = os.environ.get("WANDB_MODE") == "offline"
        if is_offline:
            where = str(Path.cwd())
        else:
            check_key()
            where = stack.enter_context(tempfile.TemporaryDirectory(prefix="ivg-push-"))
        run = opened(package, project, entity, where, is_offline)
        try:
            logged = run.log_artifact(artifact(package), aliases=["latest", package.version])
            if not is_offline:
                logged.wait()
        finally:
            run.finish()
        if is_offline:
            return f"offline; send it by `wandb sync {Path(run.dir).parent}`"
        return f"{run.url}: {logged.qualified_name}"


def check_key() -> None:
    """Refuse to go on without a key; W&B would ask for one.

    Raises:
        PushError: There is none.
    """
    import wandb

    if not wandb.login(prompt=False):
        raise PushError("W&B needs a key: set WANDB_API_KEY, or `wandb login`")


def opened(package: Package, project: str, entity: str | None, where: str, is_offline: bool) -> Any:
    """The run that logs it."""
    import wandb

    return wandb.init(
        project=project,
        entity=entity,
        job_type="release",
        name=f"{package.name}-{package.version}",
        dir=where,
        mode="offline" if is_offline else "online",
        settings=wandb.Settings(
            console="off",
            silent=True,
            save_code=False,
            disable_code=True,
            disable_git=True,
            host="",
            init_timeout=INIT_TIMEOUT_SECS,
            x_disable_machine_info=True,
            x_disable_meta=True,
            x_disable_stats=True,
        ),
    )


def artifact(package: Package) -> Any:
    """The files, and what the manifest says of them."""
    import wandb

    told = {name: package.manifest[name] for name in ("release", "splits", "keys")}
    found = wandb.Artifact(package.name, type=KIND, metadata=told)
    for name in package.sizes:
        found.add_file(str(package.folder / name), name=name)
    return found


@contextmanager
def told() -> Iterator[None]:
    """Say what W&B refuses, without a traceback.

    Raises:
        PushError: In place of the client's errors.
    """
    import wandb

    try:
        yield
    except (wandb.Error, ValueError, OSError) as error:
        raise PushError(f"W&B: {error}") from error
