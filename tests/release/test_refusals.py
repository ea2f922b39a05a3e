"""What is not fit to be released is refused, or released with a warning that nobody misses."""

import json
import shutil

import pytest
from planted_runs import edit, planted_run, rehash

from ivg.errors import ConfigError, DatasetError
from ivg.release.publish import publish
from ivg.release.settings import ReleaseSettings
from ivg.release.verify import verify


def commit(run, value):
    edit(run / "manifest.json", lambda found: found["environment"].update(git_commit=value))


def unbalance(run, line, **counts):
    edit(run / "summary.json", lambda found: found["lines"][line]["tally"].update(counts))


def append(path):
    path.write_bytes(path.read_bytes() + b"\n")


FAULTS = {
    "dirty": (lambda run: commit(run, "0123-dirty"), "the tree was dirty"),
    "unknown": (lambda run: commit(run, "unknown"), "commit of the run's code is unknown"),
    "failed": (
        lambda run: edit(run / "summary.json", lambda found: found.update(status="failed")),
        "the run is not finished",
    ),
    "line": (lambda run: unbalance(run, 2, n_out=1), "books don't balance: filter has 33 captions"),
    "chain": (
        lambda run: unbalance(run, 1, n_in=9, n_out=9),
        "books don't balance: 10 videos came to filter, which booked 9",
    ),
    "changed": (
        lambda run: append(run / "scenes_merged_similarity.jsonl"),
        "scenes_merged_similarity.jsonl was changed after the run",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_release_refuses_a_run_that_is_not_fit(run, settings, fault):
    spoil, said = FAULTS[fault]
    spoil(run)
    with pytest.raises(DatasetError, match=r"force=true") as refused:
        publish(run, settings)
    assert said in str(refused.value)
    assert sorted(path.name for path in run.parent.iterdir()) == ["run"]


def test_release_that_is_forced_says_all_that_was_wrong(run, settings):
    wanted = [said for fault, (_, said) in FAULTS.items() if fault != "unknown"]
    for fault, (spoil, _) in FAULTS.items():
        if fault != "unknown":
            spoil(run)
    settings.force = True
    out = publish(run, settings)
    forced = json.loads((out / "manifest.json").read_text())["release"]["forced"]
    assert all(any(said in reason for reason in forced) for said in wanted)
    assert len(forced) == 6
    card = (out / "README.md").read_text()
    warning = card[card.index("**Warning: this release was forced.**") : card.index("## Load")]
    assert warning.count("\n> - ") == 6
    assert "books don't balance" in warning
    assert not [check for check in verify(out) if check.problems]


def test_release_of_an_installed_ivg_is_fit(run, settings):
    commit(run, "not a checkout")
    out = publish(run, settings)
    assert json.loads((out / "manifest.json").read_text())["release"]["forced"] == []
    assert "Warning" not in (out / "README.md").read_text()


def test_release_names_a_file_that_is_missing(run, settings):
    (run / "scenes_merged_similarity.jsonl").unlink()
    with pytest.raises(DatasetError, match=r"scenes_merged_similarity\.jsonl is missing"):
        publish(run, settings)


def test_release_does_not_take_a_folder_that_is_there(run, settings, tmp_path):
    (tmp_path / "out").mkdir()
    settings.force = True
    with pytest.raises(ConfigError, match="is there already"):
        publish(run, settings)
    assert list((tmp_path / "out").iterdir()) == []


def test_release_of_no_rows_is_refused_and_leaves_nothing(run, settings):
    for name in ("final_dataset.jsonl", "lineage.jsonl"):
        (run / name).write_bytes(b"")
    rehash(run)
    with pytest.raises(DatasetError, match="no rows"):
        publish(run, settings)
    assert sorted(path.name for path in run.parent.iterdir()) == ["run"]


def test_release_needs_the_keys_that_the_run_had(run, settings):
    edit(run / "manifest.json", lambda found: found["keys"].update(filter="0" * 16))
    with pytest.raises(ConfigError, match=r"stages\.filter would now have another key"):
        publish(run, settings)


def test_release_of_videos_that_the_manifest_does_not_know_is_refused(run, settings):
    edit(run / "manifest.json", lambda found: found["videos"].pop("c.mp4"))
    with pytest.raises(DatasetError, match=r"knows 'c\.mp4'"):
        publish(run, settings)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("summary.json", r"summary\.json: no such file"),
        ("manifest.json", r"manifest\.json can't be read"),
        ("config.yaml", r"config\.yaml can't be read"),
        ("lineage.jsonl", r"lineage\.jsonl"),
        ("videos.jsonl", r"videos\.jsonl"),
        ("final_dataset.jsonl", "neither"),
        ("scenes_merged_similarity.jsonl", r"has no scenes_merged_similarity\.jsonl"),
    ],
)
def test_release_says_which_file_of_the_run_it_lacks(run, settings, lost, said):
    (run / lost).unlink()
    settings.force = True
    with pytest.raises((DatasetError, ConfigError), match=said):
        publish(run, settings)


def test_release_of_a_release_is_refused(released, settings):
    with pytest.raises(DatasetError, match="is a release already"):
        publish(released, settings)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "name="),
        ({"version": ""}, "version="),
        ({"name": "../up"}, "name="),
        ({"version": "1/2"}, "version="),
        ({"version": "1..2"}, "no tag of git"),
        ({"licence": "my own: words"}, "licence="),
        ({"train": 0.5}, "must sum to 1"),
    ],
)
def test_release_names_a_setting_that_it_can_not_use(run, settings, given, said):
    for name, value in given.items():
        setattr(settings, name, value)
    with pytest.raises(ConfigError, match=said):
        publish(run, settings)


def test_release_goes_to_releases_by_default(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    assert publish(run, ReleaseSettings("a", "1")) == tmp_path / "releases" / "a-1"


def test_release_of_a_run_elsewhere_is_the_same(run, settings, tmp_path):
    other = planted_run(tmp_path / "else where" / "other", [f"{c}.mp4" for c in "abcdefghij"])
    first = publish(run, settings)
    kept = {path.relative_to(first): path.read_bytes() for path in first.rglob("*.*")}
    shutil.rmtree(first)
    second = publish(other, settings)
    assert {path.relative_to(second): path.read_bytes() for path in second.rglob("*.*")} == kept
