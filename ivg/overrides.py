"""Overrides as people type them: `source.path='~/videos/*.mp4'`, whose quotes the shell eats."""

from __future__ import annotations

import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException

THRESHOLD = "split.threshold"
KEY_AND_VALUE = re.compile(r"(?P<key>[+~]{0,2}[\w./@:-]+)=(?P<value>.+)", re.DOTALL)


def quote_where_needed(arguments: list[str]) -> list[str]:
    """Quote the values that Hydra's grammar can't read (`*`, `#`, emoji, ...), and no others."""
    parser = OverridesParser.create()
    return [argument if readable(parser, argument) else quoted(argument) for argument in arguments]


def readable(parser: OverridesParser, argument: str) -> bool:
    """Whether Hydra takes the argument as it is; flags are not ours to judge."""
    if argument.startswith("-"):
        return True
    try:
        parser.parse_overrides([argument])
    except OverrideParseException:
        return False
    return True


def quoted(argument: str) -> str:
    """The override with its value as one Hydra string; anything else is left to Hydra's error."""
    found = KEY_AND_VALUE.fullmatch(argument)
    if not found:
        return argument
    # backslashes are literal, but for those before a quote
    value = re.sub(r"(\\*)('|$)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), found["value"])
    return f"{found['key']}='{value}'"


def foretold(arguments: list[str]) -> list[str]:
    """The arguments, and for a sweep over `split.threshold` word of all its values to `scan`.

    The first job decodes the videos: it then keeps the frames that the others will want.
    """
    parser = OverridesParser.create()
    for argument in arguments:
        if argument.startswith(f"{THRESHOLD}=") and readable(parser, argument):
            (override,) = parser.parse_overrides([argument])
            if override.is_discrete_sweep():
                values = ",".join(map(str, override.sweep_string_iterator()))
                return [*arguments, f"stages.scan.also=[{values}]"]
    return arguments
