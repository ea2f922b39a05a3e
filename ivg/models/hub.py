"""What is asked of the model hub before a library does, and what its errors mean to a user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from ivg.errors import MissingDependencyError

PROBE_SECONDS = 5.0
WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
"""How transformers calls them: some repositories hold another copy for other programs."""


@dataclass(frozen=True)
class Absent:
    """A checkpoint of the hub that is not in the local cache.

    Attributes:
        named: The config key and value that name it.
        repository: `owner/name`.
        revision: Branch, tag or commit; None for the newest.
        file: The one file that is wanted; empty for all weights.
        allow_pickle: Whether weights that are no safetensors will do.
    """

    named: str
    repository: str
    revision: str | None
    file: str = ""
    allow_pickle: bool = False


def absent_of(model: object) -> tuple[Absent, ...]:
    """What a model has to fetch before it can load; backends may leave it out."""
    return tuple(getattr(model, "absent", ()))


def bytes_on_hub(absent: Absent) -> int:
    """How large the weights are; asks the hub, fetches nothing.

    Raises:
        MissingDependencyError: The hub is away, or gives no such weights.
    """
    from huggingface_hub import HfApi

    if hub_is_away():
        raise _not_to_be_had(absent, ConnectionError())
    try:
        found = HfApi().model_info(
            absent.repository, revision=absent.revision, files_metadata=True, timeout=PROBE_SECONDS
        )
    except Exception as error:
        raise _not_to_be_had(absent, error) from error
    sizes = {file.rfilename: file.size or 0 for file in found.siblings or ()}
    kinds = [absent.file] if absent.file else WEIGHTS[: 1 + absent.allow_pickle]
    for kind in kinds:
        if fitting := [name for name in sizes if fnmatch(name, kind)]:
            return sum(sizes[name] for name in fitting)
    raise MissingDependencyError(f"{absent.named}: the hub has no {kinds[0]} of it")


def _not_to_be_had(absent: Absent, error: Exception) -> MissingDependencyError:
    reason = why_not(absent.repository, absent.revision, error, absent.file)
    return MissingDependencyError(f"{absent.named}: {reason}")


@cache
def hub_is_away() -> bool:
    """Whether the hub can't be reached, or must not be; then only its local cache is asked.

    The libraries retry each file of a checkpoint for 25 s: minutes until a plain "no network".
    """
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE:
        return True
    try:
        get_session().head(constants.ENDPOINT, timeout=PROBE_SECONDS)
    except Exception:  # noqa: BLE001 - the hub's HTTP client, and its errors, vary by version
        return True
    return False


def cache_folder() -> Path:
    """Where the hub's files are kept on this machine."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def why_not(repository: str, revision: str | None, error: BaseException, file: str = "") -> str:
    """Why a checkpoint of the hub is not to be had, where it was looked for, and what gets it."""
    at = f" --revision {revision}" if revision else ""
    command = " ".join(f"hf download {repository} {file}".split()) + at
    return (
        f"not in the cache {cache_folder()}, and {_obstacle(error)}; get it by `{command}` "
        "(and carry the cache over, if this machine has no network)"
    )


def _obstacle(error: BaseException) -> str:
    from huggingface_hub import constants, errors

    kinds = tuple(_chain(error))
    if any(isinstance(one, errors.GatedRepoError) for one in kinds):
        return "it is gated: accept its terms on the hub and `hf auth login`"
    if any(isinstance(one, errors.RevisionNotFoundError) for one in kinds):
        return "the hub has no such revision of it"
    if any(isinstance(one, errors.RepositoryNotFoundError) for one in kinds):
        return "the hub does not know it (or it is private: `hf auth login`)"
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    return "the hub can't be reached" if hub_is_away() else f"the hub refused ({error})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from; transformers wraps those of the hub."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def commit_of(cached: str | None) -> str:
    """The commit of a file in the hub's cache (`.../snapshots/<commit>/...`)."""
    parts = Path(cached or "").parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts else "unknown"


def looks_local(name: str) -> bool:
    """Whether a checkpoint is named as a path: it is there, or it can't be `owner/name`."""
    path = Path(name).expanduser()
    return path.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1


def quiet_transformers() -> None:
    """Keep transformers' own progress bars out of the stage's."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
