"""`ivg merge-runs`: the runs of all shards as one run folder, as a run over all videos leaves it.

The stages that make the dataset run again, over the videos of all shards: a median of each shard
is not the median of all. What was computed per video is read from the store that the shards share.
"""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from omegaconf import MISSING, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ivg.arguments import ended_well, read
from ivg.build import own_folder, run
from ivg.dataset import json_lines
from ivg.entry import Entry
from ivg.errors import BooksError, ConfigError
from ivg.files import write_text
from ivg.hydra_node import guard_reading
from ivg.label import read_manifest
from ivg.pipeline import Line
from ivg.plan import Plan, make_plan
from ivg.secrets import redacted_values
from ivg.shard import WHOLE, Shard, shard_of
from ivg.sources.source import Listing
from ivg.stage import Failure, Tally
from ivg.summary import FAILURES, MANIFEST, Summary, clear, read_summary, stage_lines
from ivg.tracking.guarded import GuardedTracker
from ivg.tracking.nothing import NoTracker

log = logging.getLogger(__name__)

SOURCE = "source"
DOWNLOADS = "videos_dir"


@dataclass(frozen=True)
class ShardRun:
    """A finished run over one share of the videos."""

    folder: Path
    config: Mapping[str, Any]
    shard: Shard
    manifest: Mapping[str, Any]
    summary: Summary
    failures: tuple[Failure, ...]


class ShardsSource:
    """The videos that the shards have listed."""

    def __init__(self, runs: Sequence[ShardRun]) -> None:
        """Take them from the manifests."""
        self.runs = runs

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: the manifests know no more than which videos there are."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """Each video once: of those with one content the first by name."""
        named = {n: i for run in self.runs for n, i in run.manifest["listed"].items()}
        paths = {n: Path(p) for run in self.runs for n, p in run.manifest["paths"].items()}
        videos: dict[str, Entry] = {}
        for name, video in sorted(named.items()):
            videos.setdefault(video, Entry(video, name, paths.get(name)))
        booked = tally_of(self.runs, SOURCE, "video")
        again = booked.n_out - len(videos)
        dropped = Counter(booked.dropped) + Counter({"duplicate": again})
        tally = replace(booked, n_out=len(videos), dropped=dict(dropped))
        failures = tuple(one for run in self.runs for one in run.failures if one.stage == SOURCE)
        return Listing(tuple(videos.values()), tally, failures)


def merge_runs(folders: Sequence[Path], out: Path, store: str | None = None) -> Summary:
    """Join the runs of all shards.

    Args:
        folders: The run folders, in any order.
        out: The folder of the run to make.
        store: The store that holds what all shards have computed; None: that of their config.

    Raises:
        ConfigError: A run is not finished, they are of different configs, one is missing, or `out`
            is the folder of another run.
        RunFailedError: The store does not hold all that the shards computed.
        BooksError: The books of the shards don't add up to those of all.
    """
    runs = [read_run(folder) for folder in folders]
    check_shards(runs)
    compare_sources(runs)
    config = {**runs[0].config, "shard": WHOLE.described}
    if store is not None:
        config["store"] = {**config["store"], "dir": store}
    plan = plan_of(config, runs, out)
    if any(run.folder.resolve() == out.resolve() for run in runs):
        raise ConfigError(f"out={out} is the run of a shard: it would be overwritten")
    if (out / ".hydra").exists():
        raise ConfigError(f"out={out} is a run of `ivg build`: it would be overwritten")
    with own_folder(out):
        clear(out)
        write_text(out / "config.yaml", OmegaConf.to_yaml(redacted_values(config)))
        summary = run(plan, out, brief=False)
    check_books(runs, plan.line)
    return summary


def read_run(folder: Path) -> ShardRun:
    """What a run of a shard has left.

    Raises:
        ConfigError: It can't be read, is not finished or is of no shard.
    """
    summary = read_summary(folder)
    if summary.status != "finished":
        raise ConfigError(f"{folder} is not finished ({summary.message}): run it again")
    guard_reading()
    try:
        config: Any = OmegaConf.to_container(OmegaConf.load(folder / "config.yaml"))
        failures = tuple(Failure(**row) for _, row in json_lines(folder / FAILURES))
        shard = shard_of(config.get("shard"))
    except (OSError, OmegaConfBaseException, YAMLError, TypeError, AttributeError) as error:
        raise ConfigError(f"{folder}: not the folder of a run ({error})") from error
    for name in (SOURCE, "store"):
        if not isinstance(config.get(name), dict):
            raise ConfigError(f"{folder / 'config.yaml'}: {name} must be a group of keys")
    manifest = read_manifest(folder / MANIFEST)
    maps = [manifest.get("keys"), manifest.get("paths"), manifest.get("listed", {})]
    if not all(is_of_texts(one) for one in maps):
        raise ConfigError(f"{folder / MANIFEST} is missing or damaged: run that shard again")
    return ShardRun(folder, config, shard, manifest, summary, failures)


def is_of_texts(found: object) -> bool:
    """Whether something names texts by texts, as keys and paths of a manifest are."""
    return isinstance(found, dict) and all(isinstance(one, str) for one in found.values())


def check_shards(runs: Sequence[ShardRun]) -> None:
    """Refuse runs that are not the shards of one.

    Raises:
        ConfigError: The message names the run, or the shards that are missing.
    """
    first = runs[0]
    for one in runs[1:]:
        if one.shard.count != first.shard.count:
            counts = f"{one.shard.count} shards, {first.folder} of {first.shard.count}"
            raise ConfigError(f"{one.folder} is of a run in {counts}")
        for stage, key in one.manifest.get("keys", {}).items():
            if key != first.manifest["keys"].get(stage):
                raise ConfigError(f"{one.folder}: its {stage} is another than in {first.folder}")
        if one.manifest.get("keys", {}).keys() != first.manifest.get("keys", {}).keys():
            raise ConfigError(f"{one.folder} has other stages than {first.folder}")
    there = Counter(one.shard.index for one in runs)
    if twice := [str(index) for index, count in there.items() if count > 1]:
        raise ConfigError(f"shard.index={', '.join(twice)} is there more than once")
    if missing := [str(i) for i in range(first.shard.count) if i not in there]:
        of = f"of shard.count={first.shard.count}"
        raise ConfigError(f"shard.index={', '.join(missing)} {of}: no run of it was given")


def compare_sources(runs: Sequence[ShardRun]) -> None:
    """Tell where shards name their videos differently: they may be of other lists.

    It is no error: a list may be elsewhere on each machine, and each shard has a folder of its own
    for downloads.
    """
    sources = [one.config[SOURCE] for one in runs]
    for key in sorted({key for one in sources for key in one} - {DOWNLOADS}):
        values = list(dict.fromkeys(str(one.get(key)) for one in sources))
        if len(values) > 1:
            told = ", ".join(values[:3])
            log.warning("source.%s differs between shards (%s): the same videos?", key, told)


def plan_of(config: Mapping[str, Any], runs: Sequence[ShardRun], out: Path) -> Plan:
    """A run over all videos that computes nothing per video.

    Sources that know more than files, such as `internvid_g`, are read again.
    """
    plan = make_plan(config, out)
    line = plan.line
    line.computes = False
    line.known = {(one.stage, one.video): one for run in runs for one in run.failures}
    listed = all("listed" in run.manifest for run in runs)
    source = ShardsSource(runs) if listed else plan.source
    return Plan(config, source, line, GuardedTracker(NoTracker()))


def check_books(runs: Sequence[ShardRun], line: Line) -> None:
    """Compare the books of what was computed with the sum of those of the shards.

    Raises:
        BooksError: They differ, and not because two shards have had the same content.
    """
    if tally_of(runs, SOURCE, "video").n_out != len(line.listed):
        return
    per_video = {SOURCE, *(step.stage.name for step in line.steps if step.stage.cached)}
    for ledger in line.ledgers:
        for entry in stage_lines(ledger) if ledger.stage in per_video else ():
            booked = tally_of(runs, entry.stage, entry.tally.unit)
            if booked != entry.tally:
                raise BooksError(
                    f"{entry.stage}: the shards have booked {booked}, together it is {entry.tally}"
                )


def tally_of(runs: Iterable[ShardRun], stage: str, unit: str) -> Tally:
    """The sum of one line of the books."""
    lines = (line for run in runs for line in run.summary.lines)
    found = (one.tally for one in lines if (one.stage, one.tally.unit) == (stage, unit))
    return reduce(add, found, Tally(unit, 0, 0))


@dataclass
class Settings:
    """What `ivg merge-runs` takes besides the runs.

    Attributes:
        out: Folder of the run to make.
        store: Folder of the store, if it is another now than the shards' config says.
    """

    out: str = MISSING
    store: str | None = None


def run_merge(arguments: list[str]) -> None:
    """Join the runs of all shards into one, as a run over all videos would have left it.

    `store.dir` in the config of the shards is seen from here; say `store=DIR` if it is elsewhere.
    """
    parser = argparse.ArgumentParser(
        prog="ivg merge-runs",
        description=run_merge.__doc__,
        usage="ivg merge-runs RUN [RUN ...] out=DIR [store=DIR]",
    )
    parser.add_argument("arguments", nargs="+", metavar="RUN | KEY=VALUE")
    given = parser.parse_args(arguments).arguments
    settings = [text for text in given if text.startswith(("out=", "store="))]
    runs = [Path(text) for text in given if text not in settings]

    def merged() -> bool:
        told = read(settings, Settings)
        if not runs:
            raise ConfigError("give the run folders of all shards")
        merge_runs(runs, Path(told.out).absolute(), told.store)
        return True

    ended_well(merged)
