"""One look at everything that a config needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ivg.doctor.finding import Finding, tried
from ivg.doctor.machine import (
    examine_device,
    examine_disk,
    examine_packages,
    examine_store,
)
from ivg.doctor.models import examine_models
from ivg.doctor.services import examine_hub, examine_tracker
from ivg.doctor.tools import examine_tools
from ivg.download.settings import DownloadSettings
from ivg.errors import ConfigError, MissingDependencyError
from ivg.plan import Plan, make_plan
from ivg.sources.paths import absolute


def examine(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at this machine, and at what the config needs of it; nothing is computed.

    Args:
        config: The resolved config.
    """
    yield examine_packages()
    try:
        plan = make_plan(config, Path())
    except (ConfigError, MissingDependencyError) as error:
        yield Finding("bad", "config", str(error))
        return
    yield Finding("ok", "config", f"stages: {', '.join(config['stages'])}")
    yield examine_device(plan.line.context.device)
    yield examine_store(plan.line.store_dir)
    yield from _examine_source(plan)
    yield from _checked("executor", plan.line.executor)
    yield examine_hub()
    yield examine_tracker(plan.tracker.tracker)
    yield from examine_models(config, plan.line.context.device)


def _examine_source(plan: Plan) -> Iterator[Finding]:
    downloads = isinstance(plan.source, DownloadSettings)
    yield from _checked("source", plan.source)
    yield from examine_tools(needed=downloads)
    if isinstance(plan.source, DownloadSettings):
        yield examine_disk("videos", absolute(plan.source.videos_dir))


def _checked(subject: str, part: Any) -> Iterator[Finding]:
    """What a part says of itself, where it offers `check`."""
    if hasattr(part, "check"):
        yield tried(subject, part.check)
