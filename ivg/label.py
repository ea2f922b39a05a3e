"""What `manifest.json` in a table's folder says of its rows: of which config, by which weights."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivg import remote
from ivg.environment import environment
from ivg.files import read_bytes, write_text
from ivg.identity import Identity, differences

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"


class Label:
    """The manifest of one table."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        """Nothing is read yet."""
        self.path = folder / MANIFEST
        self.identity = identity

    def write_once(self) -> None:
        """Say what the rows are, where nothing is said yet.

        Raises:
            OSError: It can't be written.
            StoreError: The remote store does not take it.
        """
        if not read_manifest(self.path):
            self._write({"identity": self.identity.described, "environment": environment()})

    def nearest(self) -> list[str]:
        """The fields in which this key differs from the most similar stored one; [] if none."""
        others = [path for path in self._beside() if path != self.path]
        described = [read_manifest(path).get("identity") for path in others]
        found = [differences(self.identity.described, other) for other in described if other]
        return min(found, key=len, default=[])

    def note_models(self, models: Mapping[str, Mapping[str, Any]]) -> None:
        """Say with which weights the results were computed.

        Raises:
            OSError: It can't be written.
            StoreError: The remote store does not take it.
        """
        known = read_manifest(self.path)
        plain = {name: dict(model) for name, model in models.items()}
        if known.get("models") != plain:
            self._write({**known, "models": plain})

    @property
    def models(self) -> dict[str, Any]:
        """The weights that the results were computed with, by config key."""
        return dict(read_manifest(self.path).get("models", {}))

    def _beside(self) -> list[Path]:
        stage = self.path.parent.parent
        if not remote.is_remote(stage):
            return list(stage.glob(f"*/{MANIFEST}"))
        return [stage / key / MANIFEST for key in remote.children(stage)]

    def _write(self, manifest: Mapping[str, object]) -> None:
        write_text(self.path, json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """A manifest; {} where there is none. A damaged one is told and taken for none."""
    try:
        found: dict[str, dict[str, Any]] = dict(json.loads(read_bytes(path)))
        return found
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s: not readable (%s)", path, error)
        return {}
