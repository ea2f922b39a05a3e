"""Nothing that tells of a machine, its user or a secret gets out."""

import getpass
import json
import re
import socket
from pathlib import Path

import pytest
from planted_runs import edit, planted_run

from ivg.errors import DatasetError
from ivg.release import leaks
from ivg.release.leaks import names_here, secrets_here, topmost, whole_path
from ivg.release.publish import publish

SECRET = 'correct-horse"battéry'
HF = "hf_" + "aB3" * 12


@pytest.fixture
def alice(monkeypatch, tmp_path):
    """Another user on another host."""
    monkeypatch.setenv("HOME", "/users/alice")
    monkeypatch.setenv("LOGNAME", "alice")
    monkeypatch.setattr(socket, "gethostname", lambda: "wonderland.example.org")


def refused(run, settings):
    with pytest.raises(DatasetError, match="would tell what it must not") as found:
        publish(run, settings)
    assert [path for path in run.parent.iterdir() if path != run] == []
    return str(found.value)


def test_release_of_a_run_that_names_paths_tells_none(run, settings, alice):
    out = publish(run, settings)
    assert json.loads((run / "manifest.json").read_text())["paths"]
    for path in out.rglob("*.*"):
        raw = path.read_bytes()
        for word in (b"alice", b"wonderland", b"/data", str(run).encode(), b"/users"):
            assert word not in raw


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("a ghp_" + "aB3" * 12, "an access token"),
        ("AKIA" + "A1B2" * 4, "an access token"),
        (SECRET, "the value of the variable MY_API_KEY"),
        (f"a key {HF}", "an access token"),
        ("sk-" + "a1B2" * 8, "an access token"),
        ("https://me:hunter22@example.org/x", "an access token"),
        ("/users/alice/videos on a screen", "the home folder"),
        ("see /data/of alice/a.mp4", "a folder of the videos"),
    ],
)
def test_secret_in_a_caption_is_refused_and_not_repeated(
    tmp_path, settings, alice, monkeypatch, caption, kind
):
    monkeypatch.setenv("MY_API_KEY", SECRET)
    run = planted_run(tmp_path / "run", caption=caption.replace("{", "") + " {}")
    said = refused(run, settings)
    assert f"final_dataset.jsonl:1 holds {kind}" in said
    assert caption not in said


def test_secrets_in_the_machines_values_are_refused(run, settings, alice):
    models = {
        "a": {"model": "/opt/weights"},
        "b": {"model": "by alice, with love"},
        "c": {"model": "wonderland"},
        "d": {"model": "~/weights"},
        "e": {"model": "C:\\weights"},
    }
    edit(run / "manifest.json", lambda found: found.update(models=models))
    said = refused(run, settings)
    assert "manifest.json: models.a.model is an absolute path" in said
    assert "manifest.json: models.b.model holds the user name" in said
    assert "manifest.json: models.c.model holds the host name" in said
    assert "manifest.json: models.d.model is an absolute path" in said
    assert "manifest.json: models.e.model is an absolute path" in said
    assert "/opt/weights" not in said


def test_path_in_the_config_is_refused(tmp_path, settings):
    run = planted_run(tmp_path / "run", config={"dtype": "/opt/secret/place"})
    assert "config.yaml: dtype is an absolute path" in refused(run, settings)


def test_user_name_in_a_caption_is_a_word_like_any_other(tmp_path, settings, alice):
    run = planted_run(tmp_path / "run", ["alice.mp4"], caption="alice in wonderland {}")
    settings.name = "alice"
    assert "alice in wonderland" in (publish(run, settings) / "final_dataset.jsonl").read_text()


@pytest.mark.parametrize("value", ["false", "", "1", "cat 0"])
def test_short_values_are_no_secrets(monkeypatch, value):
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", value)
    kinds = secrets_here(Path("run"), []).lines.values()
    assert "the value of the variable TOKENIZERS_PARALLELISM" not in kinds


@pytest.mark.parametrize(("user", "told"), [("small", False), ("cat", False), ("alice", True)])
def test_user_whose_name_is_a_word_of_ours_can_release(monkeypatch, user, told):
    monkeypatch.setenv("LOGNAME", user)
    assert (user in names_here()) is told


def test_user_without_a_name_can_release(monkeypatch):
    def unknown():
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", unknown)
    monkeypatch.setattr(socket, "gethostname", lambda: "box")
    assert names_here() == {}


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("/data", True),
        ('"/data/x.mp4"', True),
        ("at /data.", True),
        ("/database", False),
        ("my/data/x", False),
        ("../data", False),
        ("https://example.org/data", False),
        ("data/train.parquet", False),
    ],
)
def test_path_is_met_as_a_whole(text, hit):
    assert any(one.search(text.encode()) for one in whole_path("/data")) is hit


def test_odd_paths_are_met_in_any_spelling(tmp_path):
    path = '/d/é"x'
    for text in (path, json.dumps(path), json.dumps(path, ensure_ascii=False)):
        assert any(one.search(text.encode()) for one in whole_path(path))


@pytest.mark.parametrize(
    "text",
    [
        "a mask-of-the-red-death-comes-alive",
        "xhf_aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3",
        "http://a:80/b",
    ],
)
def test_words_that_look_like_tokens_are_none(text):
    assert not any(re.search(token, text.encode()) for token in leaks.TOKENS)


def test_topmost_folders_stand_for_those_within():
    assert topmost(["/a/b/x", "/a/y", "/ab/z", "/a/b/c/w"]) == {"/a", "/ab"}


def test_root_as_home_is_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/")
    patterns = secrets_here(tmp_path, ["/x.mp4"]).lines
    assert not any(pattern.search(b"/") for pattern in patterns)


def test_own_words_are_those_of_the_configs():
    assert {"small", "sample", "openai"} <= leaks.own_words()
    assert not any(re.search(r"\W", word) for word in leaks.own_words())


def test_secrets_of_several_lines_are_met_line_by_line(monkeypatch):
    monkeypatch.setenv("SSH_KEY", "first-line-of-it\nx\nsecond-line-of-it")
    patterns = secrets_here(Path("run"), []).lines
    assert any(pattern.search(b"a second-line-of-it b") for pattern in patterns)
