"""`ivg diff` at the command line: real builds that share one store, and every output."""

import json
import shutil
from pathlib import Path

import pytest
from compared_folders import caption, stages, video, write_run
from running import ivg, rows

from ivg.dataset import open_dataset
from ivg.diff.difference import Difference

HARD = 'a <b>|"cat"|</b>\n# no heading \x1b[31m [red]'
VARIANTS = {
    "filter": "filter.threshold=0.6",
    "merge": "scene_merge.threshold=0.2",
    "caption": "captioner.n_frames=1",
    "ground": "negatives.same_threshold=0.98",
    "split": "split.threshold=60",
}


@pytest.fixture(scope="module")
def variant(quickstart, tmp_path_factory):
    """A run of the quickstart with one value changed; built once."""
    store = shutil.copytree(quickstart.store, tmp_path_factory.mktemp("variants") / "store")
    built: dict[str, Path] = {}

    def build(stage: str) -> Path:
        if stage not in built:
            where = quickstart.home / f"other-{stage}"
            other = (VARIANTS[stage], f"hydra.run.dir={where}", f"store.dir={store}")
            ivg("build", "experiment=quickstart", *other, cwd=quickstart.home)
            built[stage] = where
        return built[stage]

    return build


@pytest.mark.slow
@pytest.mark.parametrize("stage", VARIANTS)
def test_diff_of_a_changed_config_blames_its_stage(quickstart, variant, stage):
    a, b = open_dataset(quickstart.folder), open_dataset(variant(stage))
    found = Difference(a, b)
    changes = list(found.changes())
    assert changes
    assert {one.reason.stage for one in changes} == {stage}
    value = VARIANTS[stage].rpartition("=")[2]
    assert all(value in one.reason.what for one in changes)
    assert found.books.rows == {"A": len(list(a.rows())), "B": len(list(b.rows()))}
    assert (found.books.rows["A"] - found.books.removed + found.books.added) == (
        found.books.rows["B"]
    )
    back = list(Difference(b, a).changes())
    assert sorted(str((c.a, c.b)) for c in changes) == sorted(str((c.b, c.a)) for c in back)


def test_diff_of_a_run_and_its_release_is_empty(quickstart, tmp_path):
    name = ["name=q", "version=1", f"out={tmp_path / 'q'}", "force=true"]
    ivg("release", str(quickstart.folder), *name, cwd=tmp_path)
    done = ivg("diff", str(quickstart.folder), "q", "exit_code=true", cwd=tmp_path)
    assert "no difference: 8 rows are the same" in done.stdout
    assert "why" not in done.stdout


@pytest.mark.slow
def test_diff_of_two_releases_blames_the_threshold(quickstart, variant, tmp_path):
    for version, run in (("1", quickstart.folder), ("2", variant("filter"))):
        name = ["name=q", f"version={version}", f"out={tmp_path / version}", "force=true"]
        ivg("release", str(run), *name, cwd=tmp_path)
    done = ivg("diff", "1", "2", "out=list.json", cwd=tmp_path)
    assert "2 added" in done.stdout
    found = json.loads((tmp_path / "list.json").read_text())
    assert {(one["kind"], one["stage"], one["what"]) for one in found["rows"]} == {
        ("added", "filter", "clip_sim too low in A (rule.threshold: 0.66 -> 0.6)")
    }
    assert found["books"]["rows"] == {"A": 8, "B": 10}


@pytest.mark.slow
def test_diff_prints_and_writes_the_same_story(quickstart, variant, tmp_path):
    outs = [f"list.{kind}" for kind in ("json", "jsonl", "md")]
    for out in outs:
        done = ivg("diff", str(quickstart.folder), str(variant("filter")), f"out={out}",
                   cwd=tmp_path)  # fmt: skip
    assert "2 added" in done.stdout
    assert "clip_sim too low in A (rule.threshold: 0.66 -> 0.6)" in done.stdout
    assert '"a photo of an albatross": clip_sim 0.652 < threshold 0.66' in done.stdout
    assert "diversity/vocabulary" in done.stdout
    whole = json.loads((tmp_path / "list.json").read_text())
    assert whole["rows"] == rows(tmp_path / "list.jsonl")
    assert [(one["kind"], one["a"], one["b"]["caption"]) for one in whole["rows"]] == [
        ("added", None, "a photo of an albatross"),
        ("added", None, "a photo of a drilling platform"),
    ]
    assert whole["books"] | {"videos": 0} == {
        "same": 8, "changed": 0, "removed": 0, "added": 2, "rows": {"A": 8, "B": 10}, "videos": 0
    }  # fmt: skip
    assert whole["reasons"][0]["rows"] == 2
    assert whole["config"] == {"filter": ["rule.threshold: 0.66 -> 0.6"]}
    vocabulary = next(one for one in whole["quality"] if one["name"] == "diversity/vocabulary")
    assert vocabulary["A"]["value"] == 10
    assert vocabulary["A"]["low"] < 10 < vocabulary["A"]["high"]
    page = (tmp_path / "list.md").read_text()
    assert page.count("\n| added | filter |") == 2
    assert "8 same, 0 changed, 0 removed, 2 added" in page


@pytest.mark.parametrize("out", ["o.json", "o.md", "o.jsonl"])
def test_diff_writes_the_same_bytes_again_and_text_from_outside_as_data(tmp_path, out):
    a = write_run(tmp_path / "a", video("a\ud800.mp4", caption(HARD, 4.0, 8.0)))
    b = write_run(tmp_path / "b", video("a\ud800.mp4"), stages=stages(caption={"x": 1}))
    done = ivg("diff", str(a), str(b), f"out={out}", cwd=tmp_path)
    assert "\x1b" not in done.stdout
    assert "[red]" in done.stdout
    first = (tmp_path / out).read_bytes()
    ivg("diff", str(a), str(b), f"out={out}", cwd=tmp_path, cold=True)
    assert (tmp_path / out).read_bytes() == first
    assert b"\n# no heading" not in first
    if out == "o.md":
        assert b"<b>" not in first
        table = first.decode().splitlines()[4]
        assert table.replace("\\|", "").count("|") == 5
    else:
        text = first.decode()
        plain = json.loads(text)["rows"][0] if out == "o.json" else json.loads(text)
        assert plain["a"]["caption"] == HARD


def test_diff_of_equal_folders_gives_an_empty_list(tmp_path):
    a = write_run(tmp_path / "a", video("a.mp4", caption("a cat", 4.0, 8.0)))
    ivg("diff", str(a), str(a), "out=o.json", "exit_code=true", cwd=tmp_path)
    found = json.loads((tmp_path / "o.json").read_text())
    assert (found["rows"], found["books"]["same"]) == ([], 1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a", "b"], 0, "1 removed"),
        (["a", "b", "exit_code=true"], 1, "1 removed"),
        (["a", "a", "exit_code=true"], 0, "no difference"),
        (["a", "nowhere"], 1, "nowhere is no folder"),
        (["a", "b", "out=o.txt"], 1, "out=o.txt: give a name that ends in .jsonl, .json, .md"),
        (["a", "b", "out=no/o.md"], 1, "out=no/o.md: No such file"),
        (["a", "b", "examples=-1"], 1, "examples must be at least 0"),
        (["a", "b", "example=1"], 1, "the settings are out, examples, exit_code"),
    ],
)
def test_diff_ends_with_the_right_code(tmp_path, arguments, code, said):
    write_run(tmp_path / "a", video("a.mp4", caption("a cat", 4.0, 8.0)))
    write_run(tmp_path / "b", video("a.mp4"))
    done = ivg("diff", *arguments, cwd=tmp_path, check=False)
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.tmp*")) + list(tmp_path.glob("o.*"))
