"""Whether each configured model loads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ivg.doctor.finding import Finding, tried
from ivg.errors import ConfigError
from ivg.models.hub import Absent, absent_of, bytes_on_hub
from ivg.targets import build

MODELS = ("embedder", "captioner", "scorer", "judge")
GB = 1e9


def examine_models(config: Mapping[str, Any], device: str) -> Iterator[Finding]:
    """Load what is on this machine, in the way of a run; of the rest ask the hub."""
    models: dict[str, Any] = {}
    for group in (group for group in MODELS if config.get(group)):
        try:
            models[group] = build(config[group])
        except ConfigError as error:
            yield Finding("bad", group, str(error))
    for group, model in models.items():
        yield from _examined(group, model, device)


def _examined(group: str, model: Any, device: str) -> Iterator[Finding]:
    try:
        absent = absent_of(model)
    except Exception as error:  # noqa: BLE001 - a name that the hub's client refuses
        yield Finding("bad", group, f"{type(error).__name__}: {error}")
        return
    yield from (tried(group, partial(_awaited, one)) for one in absent)
    if not absent:
        yield tried(group, partial(_loaded, model, device))


def _loaded(model: Any, device: str) -> str:
    model.setup(device)
    return f"{type(model).__name__} is ready on {device}"


def _awaited(absent: Absent) -> str:
    size = bytes_on_hub(absent) / GB
    return f"{absent.named}: not here yet; the first run fetches {size:.1f} GB from the hub"
