"""`ivg build`: one run, from a composed config to a run folder."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ivg.errors import IvgError
from ivg.files import write_text
from ivg.plan import Plan, make_plan, resolved
from ivg.progress import console
from ivg.show import render
from ivg.summary import Summary, summarise, write_run_files

log = logging.getLogger(__name__)


def build(config: DictConfig, run_dir: Path) -> Summary:
    """Run the pipeline and write the run folder, whether the run ends well or not.

    Raises:
        ConfigError: The config can't be run; nothing was computed.
        RunFailedError: The run could not finish; what was computed stays in the store.
    """
    plain = resolved(config)
    run_dir.mkdir(parents=True, exist_ok=True)
    write_text(run_dir / "config.yaml", OmegaConf.to_yaml(plain))
    plan = make_plan(plain, run_dir)
    notice(plain)
    return run(plan, run_dir)


def run(plan: Plan, run_dir: Path) -> Summary:
    """Take the videos through the line under the tracker's eyes."""
    begun, message = time.perf_counter(), "interrupted"
    plan.tracker.start(plan.config, run_dir)
    try:
        plan.line.run(plan.source)
        message = ""
    except IvgError as error:
        message = str(error)
        raise
    finally:
        summary = summarise(plan.line, run_dir, time.perf_counter() - begun, message)
        write_run_files(summary, plan.line, run_dir)
        plan.tracker.finish(plan.line, not message)
        render(summary, run_dir, console)
    return summary


def notice(config: Mapping[str, Any]) -> None:
    """Say plainly when a model in use is only for trying out."""
    small = [
        part
        for part in ("embedder", "captioner", "scorer")
        if ".small." in config[part]["_target_"]
    ]
    if small:
        log.warning(
            "%s: small packaged models, for trying ivg out; use embedder=open_clip captioner=blip2 "
            "for a dataset",
            ", ".join(small),
        )
