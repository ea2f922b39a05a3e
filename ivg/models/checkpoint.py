"""A checkpoint of the Hugging Face hub, or a folder in its layout: where it is and what it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ivg.errors import MissingDependencyError
from ivg.models.hub import Absent, hub_is_away, looks_local, why_not
from ivg.models.provenance import cached_folder, provenance
from ivg.ranges import flag, text

log = logging.getLogger(__name__)

PICKLED = ("*.bin", "*.pt", "*.pth")


@dataclass(frozen=True)
class Checkpoint:
    """Which checkpoint a config names.

    Attributes:
        key: Config key of `model`, for messages: `captioner.model`.
        model: A hub id, or a folder written by `save_pretrained`.
        revision: Branch, tag or commit on the hub; None for the newest.
        allow_pickle: Whether weights that are no safetensors may be read.

    Raises:
        ConfigError: A value has the wrong type.
    """

    key: str
    model: str
    revision: str | None = None
    allow_pickle: bool = False

    def __post_init__(self) -> None:
        text(self.key, self.model)
        flag(f"{self.group}.allow_pickle", self.allow_pickle)
        if self.revision is not None:
            text(f"{self.group}.revision", self.revision)

    @property
    def group(self) -> str:
        """The config group: `captioner`."""
        return self.key.rpartition(".")[0]

    @property
    def is_local(self) -> bool:
        """Whether it is named as a path."""
        return looks_local(self.model)

    @property
    def path(self) -> str:
        """What `from_pretrained` is given first."""
        return str(Path(self.model).expanduser()) if self.is_local else self.model

    @property
    def options(self) -> dict[str, Any]:
        """What every `from_pretrained` is given besides; weights also need `weight_options`."""
        return {
            "revision": self.revision or "main",
            "local_files_only": self.is_local or hub_is_away(),
            "trust_remote_code": False,  # left out, it has whoever sits at a terminal asked
        }

    @property
    def weight_options(self) -> dict[str, Any]:
        """`options`, and that only safetensors are read unless pickle is allowed."""
        return {**self.options, "use_safetensors": None if self.allow_pickle else True}

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Commit, file hashes and licence, for manifests."""
        return provenance(self.model, self.revision)

    @property
    def absent(self) -> tuple[Absent, ...]:
        """This checkpoint, if its weights have to be fetched first."""
        folder = None if self.is_local else cached_folder(self.model, self.revision)
        kinds = ("*.safetensors", *(PICKLED if self.allow_pickle else ()))
        if self.is_local or (folder and any(any(folder.glob(kind)) for kind in kinds)):
            return ()
        named = f"{self.key}={self.model}"
        return (Absent(named, self.model, self.revision, allow_pickle=self.allow_pickle),)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Around every `from_pretrained`: errors say what to do, and an unpinned revision is told.

        Raises:
            MissingDependencyError: The checkpoint is not there, not whole, or of another kind.
        """
        from pickle import UnpicklingError

        from safetensors import SafetensorError

        # or transformers fetches weights that a bot has converted, of another commit
        os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
        try:
            yield
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise self.missing(error) from error
        except (SafetensorError, UnpicklingError) as error:
            raise self.missing(error) from error
        if not self.is_local and self.revision is None:
            say_revision(self.group, self.model)

    def whole(self, loaded: Any) -> Any:
        """The network of `from_pretrained(..., output_loading_info=True)`, if nothing was made up.

        Args:
            loaded: The network, and what is known of its loading.

        Raises:
            ValueError: Weights were not in the checkpoint: they would be random.
        """
        network, known = loaded
        lacking = sorted(map(str, known["missing_keys"]))
        if lacking:
            raise ValueError(f"it lacks {len(lacking)} weights, such as {lacking[0]}")
        return network

    def missing(self, error: Exception) -> MissingDependencyError:
        """An error that names the model, where it was looked for, and the command that gets it."""
        folder = Path(self.path) if self.is_local else cached_folder(self.model, self.revision)
        if folder is None:
            reason = why_not(self.model, self.revision, error)
            said = f"{self.key}={self.model}: {reason}, or give a folder"
        elif not folder.is_dir():
            said = f"{self.key}={self.model}: there is no such folder, and no such name on the hub"
        elif self._is_pickled(folder):
            said = (
                f"{self.key}={self.model}: {folder} holds no safetensors weights, only pickled "
                f"ones, which can run code; if you trust them: {self.group}.allow_pickle=true"
            )
        else:
            said = f"{self.key}={self.model}: {folder} can't be loaded ({error})"
        return MissingDependencyError(said)

    def _is_pickled(self, folder: Path) -> bool:
        safe = any(folder.glob("*.safetensors"))
        return not safe and any(any(folder.glob(kind)) for kind in PICKLED)


def knowing(tokenizer: Any, network: Any) -> Any:
    """The tokenizer, if it is the network's: without its files, a library makes an empty one up.

    Raises:
        ValueError: It knows far fewer words than the network.
    """
    words = int(network.config.get_text_config().vocab_size)
    if len(tokenizer) < words // 4:
        raise ValueError(
            f"its tokenizer knows {len(tokenizer)} words and the model {words}: files are missing"
        )
    return tokenizer


@cache
def say_revision(group: str, model: str) -> None:
    """Tell once which commit an unpinned model was loaded at, and how to pin it."""
    commit = provenance(model, None).get("commit")
    log.info("%s: %s at commit %s; pin it by %s.revision=%s", group, model, commit, group, commit)
