"""YAML that grows when it is read: aliases of aliases make gigabytes of a few lines.

OmegaConf copies what an alias stands for, so that eight lines keep it busy for days.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from yaml import AliasEvent, SafeLoader
from yaml.composer import ComposerError

MOST = 10_000
"""Values that the aliases of one file may stand for."""
DEEPEST = 100
"""Levels of a file."""


@cache
def bound_aliases() -> None:
    """Have OmegaConf, and Hydra with it, refuse files whose aliases stand for more than `MOST`."""
    from omegaconf import _utils

    loader = _utils.get_yaml_loader()

    class BoundedLoader(Bounded, loader):  # type: ignore[misc, valid-type]
        pass

    _utils.get_yaml_loader = lambda: BoundedLoader


class Bounded(SafeLoader):  # type: ignore[misc]
    """Counts what aliases stand for.

    Attributes:
        nodes: Values so far, with those that aliases stand for.
        copied: Values so far that aliases stand for.
        depth: Levels of the value that is being read.
        sizes: Anchor to the values below it.
    """

    def __init__(self, stream: Any) -> None:
        """Begin a file."""
        super().__init__(stream)
        self.nodes = self.copied = self.depth = 0
        self.sizes: dict[str, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next value.

        Raises:
            ComposerError: Aliases stand for too much, or for what they are part of.
        """
        event, before = self.peek_event(), self.nodes
        self.depth += 1
        if self.depth > DEEPEST:
            raise ComposerError(None, None, f"more than {DEEPEST} levels", event.start_mark)
        try:
            return self._composed(parent, index, event, before)
        finally:
            self.depth -= 1

    def _composed(self, parent: Any, index: Any, event: Any, before: int) -> Any:
        if isinstance(event, AliasEvent):
            self._copy(event)
            return super().compose_node(parent, index)
        node = super().compose_node(parent, index)
        self.nodes += 1
        if event.anchor is not None:
            self.sizes[event.anchor] = self.nodes - before
        return node

    def _copy(self, event: AliasEvent) -> None:
        size = self.sizes.get(event.anchor, MOST + 1)  # unknown until the anchor's value has ended
        self.nodes += size
        self.copied += size
        if self.copied > MOST:
            told = (
                f"the alias *{event.anchor} is part of itself, is unknown, or makes the file grow"
            )
            raise ComposerError(None, None, told, event.start_mark)
