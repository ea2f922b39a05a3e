"""What a command is given: folders, then settings as `key=value`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_type_hints

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ivg.errors import ConfigError, IvgError
from ivg.secrets import redacted

S = TypeVar("S")


def take(
    arguments: Sequence[str], prog: str, description: str, folders: Sequence[str], settings: type[S]
) -> tuple[list[Path], S]:
    """Read the arguments of a command.

    Args:
        arguments: What follows the command's name.
        prog: `ivg COMMAND`, for `--help`.
        description: One sentence, for `--help`.
        folders: What stands first, as `RUN` or `A`.
        settings: A dataclass of what may follow as `key=value`, with types and defaults.

    Returns:
        The folders, and the settings.

    Raises:
        ConfigError: A key is unknown, has no value or one of another kind; the message names it.
    """
    parser = argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=f"settings and their defaults:\n{OmegaConf.to_yaml(OmegaConf.structured(settings))}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name in folders:
        parser.add_argument(name, type=Path, metavar=name)
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE")
    given = parser.parse_args(list(arguments))
    return [getattr(given, name) for name in folders], read(given.settings, settings)


def read(given: Sequence[str], settings: type[S]) -> S:
    """`key=value` texts as a filled-in dataclass.

    Raises:
        ConfigError: As for `take`.
    """
    for text in given:
        if "=" not in text:
            raise ConfigError(f"{text!r} is no setting; settings are KEY=VALUE")
    try:
        merged = OmegaConf.merge(OmegaConf.structured(settings), *values(given, settings))
        found: Any = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        reason = str(error.msg).partition("\n")[0]
        known = ", ".join(OmegaConf.structured(settings))
        raise ConfigError(f"{error.full_key}: {reason}; the settings are {known}") from error
    return found  # type: ignore[no-any-return]


def values(given: Sequence[str], settings: type[Any]) -> Iterator[Any]:
    """One config a text. Those of texts are taken as they stand: 2026.10 is no number."""
    kinds = get_type_hints(settings)
    for text in given:
        key, _, value = text.partition("=")
        plain = kinds.get(key) in (str, str | None) and value not in ("", "null")
        yield {key: value.replace("${", r"\${")} if plain else OmegaConf.from_dotlist([text])


def built_config(arguments: Sequence[str], prog: str, description: str | None) -> dict[str, Any]:
    """The config that `ivg build` would have of the same arguments; ends with a message if none.

    Args:
        arguments: What follows the command's name: overrides, and perhaps `--config-dir DIR`.
        prog: `ivg COMMAND`, for `--help`.
        description: One sentence, for `--help`.
    """
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--config-dir", type=Path, metavar="DIR", help="as of ivg build")
    parser.add_argument("overrides", nargs="*", help="as of ivg build")
    given = parser.parse_args(list(arguments))

    from ivg.compose import composed
    from ivg.overrides import quote_where_needed
    from ivg.plan import resolved

    try:
        return resolved(composed(quote_where_needed(given.overrides), given.config_dir))
    except IvgError as error:
        fail(error)


def ended_well(command: Callable[[], bool]) -> None:
    """Run a command; end with code 1, and a message instead of a traceback, where it fails."""
    try:
        well = command()
    except (IvgError, OSError) as error:  # a name that is too long, a folder that can't be read
        fail(error)
    if not well:
        sys.exit(1)


def fail(error: Exception) -> NoReturn:
    """End with a message instead of a traceback."""
    logging.getLogger("ivg").critical("%s: %s", type(error).__name__, redacted(str(error)))
    sys.exit(1)
