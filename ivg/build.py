"""`ivg build`: one run, from a composed config to a run folder."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from ivg.errors import ConfigError, IvgError, RunFailedError
from ivg.files import write_text
from ivg.plan import Plan, make_plan, resolved
from ivg.progress import console
from ivg.release.pins import check_pins
from ivg.secrets import redact_files, redacted, redacted_values
from ivg.show import render
from ivg.summary import Summary, clear, summarise, write_run_files

log = logging.getLogger(__name__)


def build(config: DictConfig, run_dir: Path, brief: bool = False) -> Summary:
    """Run the pipeline and write the run folder, whether the run ends well or not.

    Args:
        config: The composed config.
        run_dir: The run folder; what an earlier run left there is replaced.
        brief: Print one line at the end, not the table: for the jobs of a sweep.

    Raises:
        ConfigError: The config can't be run; nothing was computed.
        DatasetError: A file of marks can't be used; nothing was computed.
        RunFailedError: The run could not finish; what was computed stays in the store.
    """
    redact_files(run_dir / ".hydra", "*.yaml")  # Hydra's, written before a config is looked at
    plain = resolved(config)
    plan = make_plan(plain, run_dir)
    check_pins(plain, plan.line.steps)
    spare_input(plain, run_dir)
    for step in plan.line.steps:
        step.stage.check()
    with own_folder(run_dir):
        clear(run_dir)
        write_text(run_dir / "config.yaml", OmegaConf.to_yaml(redacted_values(plain)))
        notice(plain)
        summary = run(plan, run_dir, brief)
    if not summary.n_annotations:
        log.warning("no annotation is left: `ivg show %s` says where they went", run_dir)
    return summary


def spare_input(config: Mapping[str, Any], run_dir: Path) -> None:
    """Refuse a run folder whose files, which have the same names, are the input.

    Raises:
        ConfigError: It is the source's working folder.
    """
    working = config["source"].get("dir")
    if working is not None and Path(working).expanduser().resolve() == run_dir.resolve():
        raise ConfigError(f"hydra.run.dir={run_dir} is source.dir: its files would be overwritten")


@contextmanager
def own_folder(run_dir: Path) -> Iterator[None]:
    """Keep other runs out of the folder.

    Raises:
        ConfigError: Another run writes there, or it can't be written.
    """
    lock = FileLock(run_dir / ".lock")
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise ConfigError(f"hydra.run.dir={run_dir}: another run is writing there") from None
    except OSError as error:
        raise ConfigError(f"hydra.run.dir={run_dir}: {error.strerror}") from error
    try:
        yield
    except OSError as error:
        raise RunFailedError(f"{error.filename or run_dir}: {error.strerror}") from error
    finally:
        lock.release()


def run(plan: Plan, run_dir: Path, brief: bool) -> Summary:
    """Take the videos through the line under the tracker's eyes."""
    begun, message = time.perf_counter(), "interrupted"
    plan.tracker.start(plan.config, run_dir)
    try:
        plan.line.run(plan.source)
        message = ""
    except IvgError as error:
        message = redacted(str(error))
        log.debug("the run failed: %s", message)
        raise
    finally:
        summary = summarise(plan.line, run_dir, time.perf_counter() - begun, message)
        try:
            write_run_files(summary, plan.line, run_dir)
        finally:
            plan.tracker.finish(plan.line, not message)
        render(summary, run_dir, console, brief)
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
            "%s: small packaged models, for trying ivg out; experiment=quickstart has thresholds "
            "for them, embedder=open_clip captioner=blip2 makes datasets",
            ", ".join(small),
        )
