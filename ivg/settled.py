"""Interpolations in what Hydra builds, replaced by what they give, so that it can be checked.

A value as `${x}` or `${oc.decode:...}` may give a whole group with a `_target_` in it, which lies
outside of Hydra's node until Hydra builds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

BUILT = ("callbacks", "launcher", "sweeper", "job_logging", "hydra_logging")
PLAIN = re.compile(r"\$\{([\w.:]+)\}")


def settle(config: DictConfig) -> None:
    """Replace the interpolations of what Hydra builds, in place, at any depth.

    Raises:
        HydraException: One has no value yet and could turn out to be anything.
    """
    hydra = config.get("hydra")
    if hydra is None:
        return
    for name in BUILT:
        _settle(hydra, name, config)
    if "job" in hydra:
        _settle(hydra.job, "env_set", config)


def _settle(parent: DictConfig | ListConfig, key: Any, config: DictConfig) -> None:
    if OmegaConf.is_interpolation(parent, key):
        _replace(parent, key, config)
        return
    if OmegaConf.is_missing(parent, key):
        return
    found = parent[key] if isinstance(parent, ListConfig) else parent.get(key)
    for name in _keys(found):
        _settle(found, name, config)


def _keys(found: Any) -> Iterator[Any]:
    if isinstance(found, DictConfig):
        yield from list(found)
    elif isinstance(found, ListConfig):
        yield from range(len(found))


def _replace(parent: DictConfig | ListConfig, key: Any, config: DictConfig) -> None:
    try:
        found = parent[key]
        if OmegaConf.is_config(found):
            found = OmegaConf.to_container(found, resolve=True)
    except OmegaConfBaseException:
        _check_later(str(parent._get_node(key)._value()), config)  # type: ignore[union-attr]
        return
    with read_write(parent), open_dict(parent):
        parent[key] = found


def _check_later(text: str, config: DictConfig) -> None:
    """Refuse what has no value until the job runs, unless it will be a text, as an output folder.

    What has other text beside an interpolation always is one.
    """
    from ivg.hydra_node import refused

    alone = PLAIN.fullmatch(text)
    known = _is_missing(config, alone[1]) if alone else "${" not in PLAIN.sub("", text)
    if not known:
        raise refused(f"{text} can't be resolved")


def _is_missing(config: DictConfig, path: str) -> bool:
    """Whether the config has such a key, which will get its value later."""
    above, _, key = path.rpartition(".")
    parent = OmegaConf.select(config, above) if above else config
    return isinstance(parent, DictConfig) and OmegaConf.is_missing(parent, key)
