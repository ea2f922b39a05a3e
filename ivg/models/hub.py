"""What is asked of the model hub before a library does, so that a missing network shows at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PROBE_SECONDS = 5.0


@cache
def hub_is_away() -> bool:
    """Whether the hub can't be reached; then only its local cache is asked.

    The libraries retry each file of a checkpoint for 25 s: minutes until a plain "no network".
    """
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=PROBE_SECONDS)
    except Exception:  # noqa: BLE001 - the hub's HTTP client, and its errors, vary by version
        return True
    return False


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
