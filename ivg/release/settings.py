"""What `ivg release` can be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ivg.errors import ConfigError
from ivg.release.splits import Splits

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
HOME = "releases"


@dataclass
class ReleaseSettings:
    """Settings of `ivg release`.

    Attributes:
        name: The dataset's name, of `[A-Za-z0-9._+-]`.
        version: Of the dataset, as 2026.11; of the same characters.
        out: The release folder, which must not be there yet; None: `releases/NAME-VERSION`.
        force: Release what would be refused (a dirty tree, say); the card then says so.
        train: Share of the videos, 0 to 1.
        validation: As `train`.
        test: As `train`; the three sum to 1.
        licence: Of the dataset, as the Hugging Face hub spells licences.
        language: Of the captions, ISO 639-1.
        salt: Another one shares the videos out anew.
    """

    name: str = ""
    version: str = ""
    out: str | None = None
    force: bool = False
    train: float = 0.9
    validation: float = 0.05
    test: float = 0.05
    licence: str = "unknown"
    language: str = "en"
    salt: str = ""

    @property
    def splits(self) -> Splits:
        """How videos are shared out.

        Raises:
            ConfigError: The ratios can't be used.
        """
        return Splits(self.train, self.validation, self.test, self.salt)

    def checked(self) -> ReleaseSettings:
        """The settings, if they can be used.

        Raises:
            ConfigError: A value is missing or wrong; the message names its key.
        """
        for key in ("name", "version", "licence", "language"):
            value = getattr(self, key)
            if not PLAIN.fullmatch(value):
                raise ConfigError(
                    f"{key}={value!r}: give {key}=TEXT, of letters, digits, '.', '_', '+' and '-'"
                )
        if ".." in self.version or self.version.endswith((".", ".lock")):
            raise ConfigError(f"version={self.version!r} can be no tag of git: give another one")
        _ = self.splits
        return self

    def folder(self) -> Path:
        """Where the release goes."""
        return Path(self.out or f"{HOME}/{self.name}-{self.version}").expanduser().absolute()
