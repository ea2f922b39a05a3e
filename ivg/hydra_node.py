"""What a config may make of Hydra itself, and of the environment.

Hydra builds launchers, sweepers, callbacks and loggers from its own node of the config, before ivg
sees any of it. That node may be part of a YAML from a stranger too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from ivg.targets import known_packages

PARTS = (
    "hydra._internal.core_plugins.",
    "hydra.experimental.callbacks.",
    "hydra_plugins.",
    "optuna.samplers.",
)
"""Beside ivg's own packages: what Hydra and its plugins are made of."""
LOGGING = ("logging.", "colorlog.", "rich.logging.")
STREAMS = ("ext://sys.stdout", "ext://sys.stderr")
LOGS = ("job_logging", "hydra_logging")
BUILDERS = ("()", "class", "factory")
GUARDED_ENV = re.compile(r"IVG_PACKAGES|PATH|HOME|(PYTHON|LD_|DYLD_|GIT_).*", re.IGNORECASE)
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|COOKIE|AUTH", re.IGNORECASE)


def check_hydra_node(node: Mapping[str, Any]) -> None:
    """Refuse what would run code that is not Hydra's, a plugin's or ivg's.

    Args:
        node: The value of `hydra` in a composed config, resolved or not.

    Raises:
        HydraException: The message names the target.
    """
    for target in _targets(node, "_target_"):
        if not _is_class_of(target, PARTS):
            raise _refused(f"_target_: {target} is no part of Hydra, of its plugins or of ivg")
    for name in LOGS:
        for key in BUILDERS:
            for target in _targets(node.get(name) or {}, key):
                if not target.startswith((*LOGGING, *_own())):
                    raise _refused(f"hydra.{name}: {key}: {target} is no handler or formatter")
        for value in _texts(node.get(name) or {}):
            if value.startswith("ext://") and value not in STREAMS:
                raise _refused(f"hydra.{name}: {value} is no stream")
    for name in (node.get("job") or {}).get("env_set") or {}:
        if GUARDED_ENV.fullmatch(str(name)):
            raise _refused(f"hydra.job.env_set.{name}: set it in your own shell")


def _own() -> tuple[str, ...]:
    return tuple(f"{package}." for package in known_packages())


def _is_class_of(target: str, prefixes: Sequence[str]) -> bool:
    """Whether a name, which is imported only if it looks right, is a class that lives there."""
    allowed = (*prefixes, *_own())
    module, _, name = target.rpartition(".")
    if not f"{module}.".startswith(allowed):
        return False
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return True  # Hydra says what is missing
    return isinstance(found, type) and f"{found.__module__}.".startswith(allowed)


def _targets(value: Any, key: str) -> Iterator[str]:
    """Every text under a key, at any depth."""
    if isinstance(value, Mapping):
        if isinstance(found := value.get(key), str):
            yield found
        for item in value.values():
            yield from _targets(item, key)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _targets(item, key)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


def _refused(message: str) -> Exception:
    from hydra.errors import CompactHydraException

    return CompactHydraException(f"ConfigError: {message}; a shared YAML may have set it")


@cache
def guard() -> None:
    """Have every config of this process checked as it is composed, before any of it is built."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from omegaconf import OmegaConf

    OmegaConf.register_new_resolver("oc.env", environment, replace=True)
    compose = ConfigLoaderImpl.load_configuration

    def composed(*given: Any, **named: Any) -> Any:
        config = compose(*given, **named)
        plain = OmegaConf.to_container(config, resolve=False)
        check_hydra_node(plain.get("hydra") or {})  # type: ignore[union-attr]
        return config

    ConfigLoaderImpl.load_configuration = composed  # type: ignore[method-assign]


def environment(name: str, default: str | None = "???") -> str | None:
    """`oc.env`, but for what may be secret: a resolved config is written, sent and published.

    Raises:
        KeyError: There is no such variable, and no default.
        ValueError: The name is that of a secret.
    """
    if SECRET.search(name):
        raise ValueError(f"oc.env:{name} may be a secret, and configs are written down: refused")
    if name in os.environ:
        return os.environ[name]
    if default == "???":
        raise KeyError(f"environment variable {name!r} is not set")
    return default
