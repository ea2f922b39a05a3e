"""Errors that leave their process."""

from __future__ import annotations

import pickle
from typing import Any


def portable(error: Exception) -> Exception:
    """The error, or one that says the same where it can't leave its process."""
    try:
        copy: Any = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - whatever an error's own class does there
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error if str(copy) == str(error) else RuntimeError(f"{type(error).__name__}: {error}")
