"""From a composed config to the objects of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ivg.device import resolve_device
from ivg.errors import ConfigError
from ivg.executors.executor import Executor
from ivg.identity import identify
from ivg.objective import YIELD
from ivg.pipeline import Line, OnError
from ivg.ranges import one_of, optional_text, text
from ivg.sources.source import Source
from ivg.stage import Context
from ivg.stages.quality import Quality
from ivg.step import Step
from ivg.targets import build, locate
from ivg.tracking.guarded import GuardedTracker
from ivg.video.frames import FrameStore

GROUPS = (
    "source",
    "split",
    "embedder",
    "scene_merge",
    "captioner",
    "scorer",
    "hygiene",
    "merge",
    "filter",
    "negatives",
    "quality",
    "executor",
    "tracker",
)


@dataclass(frozen=True)
class Plan:
    """Everything that a run needs, built and checked, nothing touched yet."""

    config: Mapping[str, Any]
    source: Source
    line: Line
    tracker: GuardedTracker


def make_plan(config: Mapping[str, Any], run_dir: Path) -> Plan:
    """Build the objects that a resolved config names.

    Raises:
        ConfigError: A value is missing or wrong; the message names its key.
    """
    check_shape(config)
    executor: Executor = build(config["executor"])
    store_dir = Path(text("store.dir", config["store"]["dir"])).expanduser().absolute()
    steps = list(plan_steps(config["stages"]))
    check_objective(config["objective"], steps)
    frames, passing = (frame_store(store_dir, steps, stage) for stage in ("split", "scan"))
    context = Context(frames, resolve_device(config["device"]), run_dir, passing)
    tracker = GuardedTracker(build(config["tracker"]))
    line = Line(steps, executor, context, store_dir, config["on_error"], tracker.log_stage)
    return Plan(config, build(config["source"]), line, tracker)


def check_shape(config: Mapping[str, Any]) -> None:
    """Refuse a config in which a group was replaced by something else.

    Raises:
        ConfigError: The message names the group.
    """
    one_of("on_error", config["on_error"], get_args(OnError))
    text("device", config["device"])
    optional_text("objective", config["objective"])
    for name in ("store", "stages"):
        if not isinstance(config[name], Mapping):
            raise ConfigError(f"{name} must be a group of keys, got {config[name]!r}")
    groups = {name: config[name] for name in GROUPS}
    stages = {f"stages.{name}": stage for name, stage in config["stages"].items()}
    for name, group in {**groups, **stages}.items():
        if not isinstance(group, Mapping) or "_target_" not in group:
            raise ConfigError(f"{name} must be a choice of its group, got {group!r}")


def check_objective(objective: str | None, steps: Iterable[Step]) -> None:
    """Refuse an objective that these stages will not measure, before anything is computed.

    Raises:
        ConfigError: The message says why, or lists what will be measured.
    """
    if objective is None or objective == YIELD:
        return
    measuring = [step.stage for step in steps if isinstance(step.stage, Quality)]
    why = measuring[0].why_not(objective) if measuring else "nothing is measured (quality=...)"
    if why:
        raise ConfigError(f"objective={objective}: {why}")


def plan_steps(stages: Mapping[str, Mapping[str, Any]]) -> Iterator[Step]:
    """The stages in the order of the config, each with its key; the key chains down the line.

    Stages aside are no part of the chain, and idle ones are left out.
    """
    upstream, identities = "", {}
    for name, config in stages.items():  # all of them first: a bad value is told by its place
        identities[name] = identify(name, config, upstream)
        if not getattr(locate(str(config["_target_"])), "aside", False):
            upstream = identities[name].key
    for name, config in stages.items():
        stage = build(config)
        if stage.name != name:
            raise ConfigError(f"stages.{name}: {config['_target_']} is the stage {stage.name!r}")
        if not stage.idle:
            yield Step(stage, identities[name])


def frame_store(store_dir: Path, steps: list[Step], stage: str) -> FrameStore:
    """Where a stage keeps frames: under its key."""
    key = next((step.identity.key for step in steps if step.stage.name == stage), "none")
    return FrameStore(store_dir / "frames" / key)


def resolved(config: DictConfig) -> dict[str, Any]:
    """The config as plain values, without Hydra's own node.

    Raises:
        ConfigError: A value is missing (`???`) or an interpolation leads nowhere.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        key, message = error.full_key or "config", str(error.msg).partition("\n")[0]
        raise ConfigError(f"{key} has no value; give it as {key}=VALUE ({message})") from error
    return {str(name): value for name, value in dict(plain).items()}  # type: ignore[arg-type]
