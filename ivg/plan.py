"""From a composed config to the objects of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ivg.device import resolve_device
from ivg.errors import ConfigError
from ivg.executors.executor import Executor
from ivg.identity import identify
from ivg.limits import limits_of, use
from ivg.objective import YIELD
from ivg.pipeline import Branch, Line, OnError
from ivg.ranges import one_of, optional_text, text
from ivg.remote import local_dir, located
from ivg.shard import shard_of
from ivg.sources.benchmark import BenchmarkSource
from ivg.sources.source import Source
from ivg.stage import Context
from ivg.stages.quality import Quality
from ivg.step import Step
from ivg.targets import build
from ivg.tracking.guarded import GuardedTracker
from ivg.video.frames import FrameStore

LINES = ("stages", "benchmark_stages")
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
    store_dir, local = store_of(config["store"])
    steps = list(plan_steps(config["stages"]))
    check_objective(config["objective"], steps)
    limits = limits_of(config)
    use(limits)
    context = replace(context_of(steps, store_dir, config["device"]), limits=limits)
    tracker = GuardedTracker(build(config["tracker"]))
    line = Line(
        steps,
        executor,
        replace(context, run_dir=run_dir),
        store_dir,
        config["on_error"],
        tracker.log_stage,
        benchmark_branch(config, steps, executor, store_dir, local),
        shard_of(config.get("shard")),
        local,
    )
    return Plan(config, build(config["source"]), line, tracker)


def store_of(config: Mapping[str, Any]) -> tuple[Path, Path]:
    """Where results are kept, and the folder here for what can't be elsewhere.

    Raises:
        ConfigError: A value is wrong, or a secret would be written down.
        MissingDependencyError: The package for the protocol is not installed.
    """
    options = config.get("options", {})  # configs of earlier versions have neither
    if not isinstance(options, Mapping):
        raise ConfigError(f"store.options must be a group of keys, got {options!r}")
    store = located(text("store.dir", config.get("dir", "")), options)
    return store, local_dir(store, optional_text("store.local", config.get("local")))


def context_of(steps: list[Step], store_dir: Path, device: str) -> Context:
    """What the stages of a line may use."""
    frames, passing = (frame_store(store_dir, steps, stage) for stage in ("split", "scan"))
    return Context(frames, resolve_device(device), passing=passing)


def benchmark_branch(
    config: Mapping[str, Any], steps: list[Step], executor: Executor, store_dir: Path, local: Path
) -> Branch | None:
    """The line of the benchmark's videos, if a stage needs them."""
    benchmark = next(filter(None, (step.stage.tested_on for step in steps)), None)
    if benchmark is None:
        return None
    own = list(plan_steps(config["benchmark_stages"], "benchmark_stages"))
    context = context_of(own, store_dir, config["device"])
    context = replace(context, limits=limits_of(config))
    line = Line(own, executor, context, store_dir, config["on_error"], local_dir=local)
    return Branch("benchmark", line, BenchmarkSource(benchmark))


def check_shape(config: Mapping[str, Any]) -> None:
    """Refuse a config in which a group is missing or was replaced by something else.

    Raises:
        ConfigError: The message names the group.
    """
    for name in ("on_error", "device", "objective", *LINES, "store", *GROUPS):
        if name not in config:
            raise ConfigError(f"{name} is missing")
    one_of("on_error", config["on_error"], get_args(OnError))
    text("device", config["device"])
    optional_text("objective", config["objective"])
    for name in ("store", *LINES):
        if not isinstance(config[name], Mapping):
            raise ConfigError(f"{name} must be a group of keys, got {config[name]!r}")
    groups = {name: config[name] for name in GROUPS}
    stages = {f"{line}.{name}": one for line in LINES for name, one in config[line].items()}
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


def plan_steps(stages: Mapping[str, Mapping[str, Any]], where: str = "stages") -> Iterator[Step]:
    """The stages in the order of the config, each with its key; the key chains down the line.

    Stages aside are no part of the chain, only of the keys of stages that need what they give; idle
    ones are left out.
    """
    # all of them first: a bad value is told by its place
    identities = {name: identify(name, config, "") for name, config in stages.items()}
    upstream, beside = "", dict[str, str]()
    for name, config in stages.items():
        stage = build(config)
        if stage.name != name:
            raise ConfigError(f"{where}.{name}: {config['_target_']} is the stage {stage.name!r}")
        seen = dict.fromkeys(beside[field] for field in stage.needs if field in beside)
        identity = replace(identities[name], upstream="+".join([upstream, *seen]))
        if not stage.idle:
            yield Step(stage, identity)
        if not stage.aside:
            upstream = identity.key
        elif not stage.idle:
            beside |= dict.fromkeys(stage.produces, identity.key)


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
