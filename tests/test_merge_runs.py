"""The runs of all shards, joined: the same files as of a run over all videos."""

import json
import shutil
from pathlib import Path

import pytest
from composing import composed
from make_clips import make_clips
from omegaconf import OmegaConf
from running import books, rows

from ivg.build import build
from ivg.errors import BooksError, ConfigError, RunFailedError
from ivg.merge_runs import compare_sources, merge_runs, read_run
from ivg.shard import Shard
from ivg.sources.content import content_ids

COUNT = 3
FILES = ("failures.jsonl", "final_dataset.jsonl", "lineage.jsonl", "scenes.jsonl", "videos.jsonl")


def run(here: Path, name: str, store: str, *more: str) -> Path:
    source = ["experiment=quickstart", "source=local", f"source.path={here}/videos"]
    where = [f"store.dir={here}/{store}", f"hydra.run.dir={here}/{name}"]
    given = ["filter=median", "executor.workers=1", "device=cpu", *where, *more]
    build(composed(*source, *given), here / name)
    return here / name


@pytest.fixture(scope="module")
def runs(tmp_path_factory, sample):
    """One run over all videos, and three over a share each; one file is no video, two are one."""
    here = tmp_path_factory.mktemp("shards")
    clips = make_clips(sample, here / "videos", 6, secs=6.0)
    (here / "videos" / "broken.mp4").write_bytes(b"no video")
    (here / "videos" / "again.mp4").write_bytes(clips[0].read_bytes())
    whole = run(here, "whole", "alone")
    shares = [
        run(here, f"run{i}", "shared", f"shard.index={i}", f"shard.count={COUNT}")
        for i in range(COUNT)
    ]
    return whole, shares


@pytest.mark.slow
def test_merged_shards_are_a_run_over_all(runs, tmp_path):
    whole, shares = runs
    merge_runs(shares[::-1], tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    expected = json.loads((whole / "manifest.json").read_text())
    for name in {*expected["sha256"], *FILES} - {"quality.json"}:
        assert (tmp_path / "out" / name).read_bytes() == (whole / name).read_bytes(), name
    for name in ("sha256", "videos", "paths", "keys"):
        assert manifest[name] == expected[name], name
    merged, alone = books(tmp_path / "out"), books(whole)
    for line in (*merged.values(), *alone.values()):
        del line["computed"]
    assert merged == alone
    assert rows(tmp_path / "out" / "final_dataset.jsonl")


@pytest.mark.slow
def test_shards_share_the_videos_among_them(runs):
    whole, shares = runs
    names = [set(json.loads((one / "manifest.json").read_text())["videos"]) for one in shares]
    assert sum(map(len, names)) == len(set.union(*names)) == 6
    assert set.union(*names) == set(json.loads((whole / "manifest.json").read_text())["videos"])
    assert sum(map(bool, names)) > 1
    assert sum(len(rows(one / "failures.jsonl")) for one in shares) == 1


@pytest.mark.slow
def test_merge_runs_wants_every_shard_once(runs, tmp_path):
    whole, shares = runs
    with pytest.raises(ConfigError, match=r"shard\.index=1 of shard\.count=3: no run of it"):
        merge_runs([shares[0], shares[2]], tmp_path / "out")
    with pytest.raises(ConfigError, match=r"shard\.index=0 is there more than once"):
        merge_runs([*shares, shares[0]], tmp_path / "out")
    with pytest.raises(ConfigError, match="is of a run in 1 shards"):
        merge_runs([*shares, whole], tmp_path / "out")
    with pytest.raises(ConfigError, match="would be overwritten"):
        merge_runs(shares, shares[0])
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_merge_runs_refuses_another_config(runs, tmp_path):
    _, shares = runs
    here = shares[0].parent
    more = ("shard.index=0", f"shard.count={COUNT}", "negatives.max_secs=9")
    other = run(here, "other", "shared", *more)
    with pytest.raises(ConfigError, match="its ground is another than in"):
        merge_runs([*shares[1:], other], tmp_path / "out")


@pytest.mark.slow
def test_merge_runs_tells_of_a_shard_with_another_list(runs, tmp_path, caplog):
    _, shares = runs
    copied = shutil.copytree(shares[1], tmp_path / "copied")
    found = [read_run(shares[0]), read_run(copied)]
    compare_sources(found)
    assert not caplog.text
    config = OmegaConf.load(copied / "config.yaml")
    config.source.path = "other/videos"
    OmegaConf.save(config, copied / "config.yaml")
    compare_sources([found[0], read_run(copied)])
    ours = OmegaConf.load(shares[0] / "config.yaml").source.path
    assert f"source.path differs between shards ({ours}, other/videos)" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("config.yaml", "source", None),
        ("config.yaml", "source", "videos"),
        ("config.yaml", "executor", None),
        ("config.yaml", "store", {}),
        ("manifest.json", "keys", []),
        ("manifest.json", "listed", {"a": 1}),
    ],
)
def test_merge_runs_names_the_shard_whose_files_are_odd(runs, tmp_path, name, key, value):
    _, shares = runs
    odd = shutil.copytree(shares[0], tmp_path / "odd")
    found = {**OmegaConf.to_container(OmegaConf.load(odd / name)), key: value}
    if value is None:
        del found[key]
    (odd / name).write_text(json.dumps(found))
    with pytest.raises(ConfigError, match=f"{odd / name}|^executor is missing|^store.dir"):
        merge_runs([odd, *shares[1:]], tmp_path / "out")


@pytest.mark.slow
def test_merge_runs_names_what_the_store_lacks(runs, tmp_path):
    _, shares = runs
    with pytest.raises(
        RunFailedError, match=r"scan: .* does not hold 6 videos, such as again\.mp4"
    ):
        merge_runs(shares, tmp_path / "out", f"{tmp_path}/elsewhere")


@pytest.mark.slow
def test_merge_runs_on_another_store_keeps_its_other_settings(runs, tmp_path):
    _, shares = runs
    store = shares[0].parent / "shared"
    merge_runs(shares, tmp_path / "out", str(store))
    found, before = (OmegaConf.load(run / "config.yaml") for run in (tmp_path / "out", shares[0]))
    assert found.store == {**before.store, "dir": str(store)}
    assert "options" in found.store


@pytest.mark.slow
def test_merge_runs_writes_no_secret_of_this_machine(runs, tmp_path, monkeypatch):
    _, shares = runs
    (tmp_path / "planted-0012").symlink_to(shares[0].parent / "shared")
    monkeypatch.setenv("MY_TOKEN", "planted-0012")
    merge_runs(shares, tmp_path / "out", str(tmp_path / "planted-0012"))
    assert "planted" not in (tmp_path / "out" / "config.yaml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("content", ["", "{", "{}", "[]"])
def test_merge_runs_names_a_damaged_manifest(runs, tmp_path, content):
    _, shares = runs
    copied = shutil.copytree(shares[0], tmp_path / "copied")
    (copied / "manifest.json").write_text(content)
    with pytest.raises(ConfigError, match=r"copied/manifest\.json is missing or damaged"):
        merge_runs([copied, *shares[1:]], tmp_path / "out")


@pytest.mark.slow
def test_merge_runs_refuses_books_that_do_not_add_up(runs, tmp_path):
    _, shares = runs
    text = (shares[0] / "summary.json").read_text()
    summary = json.loads(text)
    for line in summary["lines"]:
        if line["stage"] == "split" and line["tally"]["unit"] == "video":
            line["tally"]["n_in"] += 1
    try:
        (shares[0] / "summary.json").write_text(json.dumps(summary))
        with pytest.raises(BooksError, match="split: the shards have booked"):
            merge_runs(shares, tmp_path / "out")
    finally:
        (shares[0] / "summary.json").write_text(text)


@pytest.mark.slow
def test_shard_that_has_only_bad_videos_can_be_merged(tmp_path, sample):
    make_clips(sample, tmp_path / "videos", 1, secs=6.0)
    (good,) = content_ids([*(tmp_path / "videos").iterdir()], tmp_path / "ids").values()
    mine = next(i for i in range(4) if Shard(i, 4).takes(good))
    for number in range(9):
        (tmp_path / "videos" / f"{number}.mp4").write_bytes(b"no video" + bytes(number))
    shares = [run(tmp_path, f"run{i}", "s", f"shard.index={i}", "shard.count=4") for i in range(4)]
    lost = [books(one)["scan", "video"] for i, one in enumerate(shares) if i != mine]
    assert any(line["n_in"] and not line["n_out"] for line in lost)
    merge_runs(shares, tmp_path / "out")
    assert books(tmp_path / "out")["scan", "video"]["failed"] == {"NotAVideoError": 9}
    assert rows(tmp_path / "out" / "final_dataset.jsonl")


@pytest.mark.slow
def test_folder_of_another_run_is_not_merged_into(runs, tmp_path):
    _, shares = runs
    (tmp_path / "build" / ".hydra").mkdir(parents=True)
    with pytest.raises(ConfigError, match="is a run of `ivg build`"):
        merge_runs(shares, tmp_path / "build")
