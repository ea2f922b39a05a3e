"""Two shards at the same time on one store: neither waits, and together they are the whole run."""

import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from faulted import (
    CACHED,
    arm,
    begin,
    build,
    caught,
    check_like,
    environment,
    summary,
    write_videos,
)
from running import ivg

from ivg.remote import located
from ivg.shard import Shard
from ivg.sources.content import content_ids

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Four videos, or so many that both shards have some; a run `calm` over all of them."""
    here = tmp_path_factory.mktemp("whole")
    videos = write_videos(here / "videos", 4)
    while len({*map(Shard(0, 2).takes, content_ids(videos, here / "ids").values())}) == 1:
        # What encoders of other machines write differs, and with it the ids.
        videos = write_videos(here / "videos", len(videos) + 1)
    build(here, "calm", "executor.workers=1", "store.dir=alone")
    return here


def of(shard: Shard) -> list[str]:
    return [f"shard.index={shard.index}", f"shard.count={shard.count}", "executor.workers=1"]


def computed(run: Path) -> dict[str, int]:
    lines = [line for line in summary(run)["lines"] if line["tally"]["unit"] == "video"]
    return {line["stage"]: line["computed"] for line in lines if line["stage"] in CACHED}


def held_up(here: Path, store: list[str]) -> tuple[subprocess.Popen, Path, str, Shard]:
    """A shard that has begun to write captions and stands still, and the other shard."""
    listed = json.loads((here / "calm" / "manifest.json").read_text())["videos"]
    name, video = sorted(listed.items())[0]
    slow = Shard(0 if Shard(0, 2).takes(video) else 1, 2)
    other = Shard(1 - slow.index, 2)
    traps = arm(here, "caption", name)
    run = begin(here, f"shard-{slow.index}", *store, *of(slow), FAULTS=str(traps))
    caught(traps, "caption", run)
    return run, traps / "arm-caption", f"shard-{slow.index}", other


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_shards_overlap_on_one_store_and_are_together_the_whole_run(whole, s3, kind):
    dirs = {"folder": f"{whole}/store", "s3": f"s3://bucket/{uuid4().hex}"}
    store = [f"store.dir={dirs[kind]}", "store.local=local"]
    first, trap, slow, other = held_up(whole, store)
    build(whole, f"shard-{other.index}", *store, *of(other))  # ends while the first stands still
    assert first.poll() is None
    assert (
        "another process is computing" not in (whole / f"shard-{other.index}/ivg.log").read_text()
    )
    trap.unlink()
    assert first.wait(timeout=240) == 0
    out = f"{kind}-all"
    ivg("merge-runs", "shard-0", "shard-1", f"out={out}", cwd=whole, **environment())
    check_like(whole / "calm", whole / out)
    parts = [computed(whole / name) for name in (slow, f"shard-{other.index}")]
    assert {stage: sum(part[stage] for part in parts) for stage in CACHED} == computed(
        whole / "calm"
    )
    (captions,) = located(f"{dirs[kind]}/caption").iterdir()
    assert {"0-of-2", "1-of-2"} <= {path.name for path in captions.iterdir()}
