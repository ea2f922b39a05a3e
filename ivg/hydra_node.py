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

from ivg.secrets import redacted
from ivg.targets import known_packages

PARTS = (
    "hydra._internal.core_plugins.",
    "hydra.experimental.callbacks.",
    "hydra_plugins.",
    "optuna.samplers.",
)
"""Beside ivg's own packages: what Hydra and its plugins are made of."""
LOGGING = frozenset(
    {
        "ivg.progress.log_handler",
        "logging.FileHandler",
        "logging.Formatter",
        "logging.NullHandler",
        "logging.StreamHandler",
        "logging.handlers.RotatingFileHandler",
        "logging.handlers.TimedRotatingFileHandler",
        "logging.handlers.WatchedFileHandler",
    }
)
COLOURED = ("colorlog.", "rich.logging.")
STREAMS = ("ext://sys.stdout", "ext://sys.stderr")
SLURM = ".submitit_launcher.SlurmLauncher"
LOGS = ("job_logging", "hydra_logging")
BUILDERS = ("()", "class", "factory")
HARMLESS_ENV = re.compile(
    r"\w+_NUM_THREADS|CUDA_VISIBLE_DEVICES|CUBLAS_WORKSPACE_CONFIG|TOKENIZERS_PARALLELISM"
    r"|NCCL_(?:DEBUG|P2P_DISABLE|IB_DISABLE|SOCKET_IFNAME)|TZ|LANG|LC_\w+|COLUMNS|NO_COLOR"
)
"""The others name programs, libraries, servers and proxies: a list of the bad has no end."""
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|COOKIE|AUTH", re.IGNORECASE)


def check_hydra_node(node: Mapping[str, Any]) -> None:
    """Refuse what would run code that is not Hydra's, a plugin's or ivg's.

    Args:
        node: The value of `hydra` in a composed config, after `ivg.settled.settle`.

    Raises:
        HydraException: The message names the target.
    """
    for target in _texts_under(node, "_target_"):
        if not _lives_in(target, PARTS):
            raise refused(f"_target_: {target} is no part of Hydra, of its plugins or of ivg")
    for target in _texts_under(node, "custom_search_space"):
        if not _lives_in(target, (), object):
            raise refused(f"hydra.sweeper.custom_search_space: {target} is no function of ivg")
    _check_sweep(node)
    for name in LOGS:
        _check_log(f"hydra.{name}", node.get(name) or {})
    for name in (node.get("job") or {}).get("env_set") or {}:
        if not HARMLESS_ENV.fullmatch(str(name)):
            raise refused(f"hydra.job.env_set.{name}: set it in your own shell")


def _check_sweep(node: Mapping[str, Any]) -> None:
    """Refuse shell lines of a local launcher, and what Optuna would unpickle from a storage."""
    launchers = list(_texts_under(node.get("launcher"), "_target_"))
    if any(_under(node.get("launcher"), "setup")) and not all(
        one.endswith(SLURM) for one in launchers
    ):
        raise refused("hydra.launcher.setup: lines of shell are for submitit_slurm only")
    pickles = any(one.endswith(".CmaEsSampler") for one in _texts_under(node, "_target_"))
    for storage in _texts_under(node.get("sweeper"), "storage"):
        if pickles or storage.startswith("redis"):
            raise refused(f"hydra.sweeper.storage: {redacted(storage)} would be read as pickles")


def _check_log(name: str, log: Mapping[str, Any]) -> None:
    """Refuse what is no plain logger; a file of any name could be a script that a shell reads."""
    for key in BUILDERS:
        for target in _texts_under(log, key):
            if target not in LOGGING and not _lives_in(target, COLOURED):
                raise refused(f"{name}: {key}: {target} is no handler or formatter")
    for value in _texts(log):
        if value.startswith(("ext://", "cfg://")) and value not in STREAMS:
            raise refused(f"{name}: {value} is no stream")
    if any(_under(log, ".")):  # sets attributes of a handler, its file for one, after it was made
        raise refused(f"{name}: '.' is not allowed")
    for file in _texts_under(log, "filename"):
        if not file.endswith(".log"):
            raise refused(f"{name}: filename: {file} does not end in .log")


def _own() -> tuple[str, ...]:
    return tuple(f"{package}." for package in known_packages())


def _lives_in(target: str, prefixes: Sequence[str], kind: type = type) -> bool:
    """Whether a name, which is imported only if it looks right, is a class that lives there.

    Hydra would go on from a class or an imported module to what it holds; such a name is refused.
    """
    allowed = (*prefixes, *_own())
    module, _, name = target.rpartition(".")
    if not f"{module}.".startswith(allowed):
        return False
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return False
    return isinstance(found, kind) and f"{getattr(found, '__module__', '')}.".startswith(allowed)


def _under(value: Any, key: str) -> Iterator[Any]:
    """Every value under a key, at any depth."""
    if isinstance(value, Mapping):
        if key in value:
            yield value[key]
        for item in value.values():
            yield from _under(item, key)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _under(item, key)


def _texts_under(value: Any, key: str) -> Iterator[str]:
    return (found for found in _under(value, key) if isinstance(found, str))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


def refused(message: str) -> Exception:
    """An error that Hydra shows without a traceback."""
    from hydra.errors import CompactHydraException

    return CompactHydraException(f"ConfigError: {message}; a shared YAML may have set it")


@cache
def guard() -> None:
    """Have every config of this process checked as it is composed, before any of it is built."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from omegaconf import OmegaConf

    from ivg.settled import settle

    guard_reading()
    compose = ConfigLoaderImpl.load_configuration

    def composed(*given: Any, **named: Any) -> Any:
        config = compose(*given, **named)
        settle(config)
        plain = OmegaConf.to_container(config, resolve=False)
        check_hydra_node(plain.get("hydra") or {})  # type: ignore[union-attr]
        return config

    ConfigLoaderImpl.load_configuration = composed  # type: ignore[method-assign]


@cache
def guard_reading() -> None:
    """Have `${oc.env:NAME}` give no secret and no YAML grow, also in configs only shown."""
    from omegaconf import OmegaConf

    from ivg.yaml_bounds import bound_aliases

    bound_aliases()
    OmegaConf.register_new_resolver("oc.env", environment, replace=True)


def environment(name: str, default: Any = "???") -> str | None:
    """`oc.env`, but for what may be secret: a resolved config is written, sent and published.

    Raises:
        KeyError: There is no such variable, and no default.
        ValueError: The name is that of a secret, or the value holds one.
    """
    value = os.environ.get(name)
    if SECRET.search(name) or (value is not None and redacted(value) != value):
        raise ValueError(f"oc.env:{name} may be a secret, and configs are written down: refused")
    if value is not None:
        return value
    if default == "???":
        raise KeyError(f"environment variable {name!r} is not set")
    return None if default is None else str(default)
