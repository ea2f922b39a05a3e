"""To W&B, offline, through the real client; what it wrote is read back."""

import base64
import hashlib
import json

import pytest
from running import ivg
from wandb_log import records


@pytest.fixture
def pushed(release, tmp_path):
    (release / "notes.txt").write_text("mine")
    env = {"WANDB_MODE": "offline", "WANDB_DATA_DIR": str(tmp_path / "data")}
    env["WANDB_CACHE_DIR"] = str(tmp_path / "cache")
    done = ivg("push", "q", "to=wandb", "project=sets", "entity=us", cwd=tmp_path, **env)
    return release, done.stdout


def test_push_logs_an_artifact_of_exactly_the_files(pushed, tmp_path):
    release, printed = pushed
    (found,) = [one.artifact for one in records(tmp_path) if one.HasField("artifact")]
    assert (found.name, found.type, found.project, found.entity) == ("q", "dataset", "sets", "us")
    assert sorted(found.aliases) == ["2026.11", "latest"]
    manifest = json.loads((release / "manifest.json").read_text())
    listed = {one.path: (one.size, one.digest) for one in found.manifest.contents}
    wanted = {
        name: (len(data), base64.b64encode(hashlib.md5(data).digest()).decode())
        for name in [*manifest["sha256"], "manifest.json"]
        for data in [(release / name).read_bytes()]
    }
    assert listed == wanted
    told = json.loads(found.metadata)
    assert told == {name: manifest[name] for name in ("release", "splits", "keys")}
    assert "offline; send it by `wandb sync" in printed
    assert "left out, for the manifest does not list it: notes.txt" in printed


def test_push_to_wandb_tells_nothing_of_this_machine(pushed, tmp_path):
    for one in records(tmp_path):
        assert not one.run.host
        assert not one.run.git.remote_url
    assert not list(tmp_path.glob("wandb/offline-run-*/files/wandb-metadata.json"))


def test_push_to_wandb_without_a_key_says_so(release, tmp_path):
    home = {"HOME": str(tmp_path), "NETRC": str(tmp_path / "none"), "WANDB_API_KEY": ""}
    done = ivg("push", "q", "to=wandb", "project=p", cwd=tmp_path, check=False,
               WANDB_MODE="online", **home)  # fmt: skip
    assert done.returncode == 1
    assert "W&B needs a key" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("wandb*"))


def test_push_to_wandb_that_is_not_there_says_so(release, tmp_path):
    key = "0" * 40
    env = {"WANDB_MODE": "online", "WANDB_API_KEY": key, "HOME": str(tmp_path)}
    env["WANDB_BASE_URL"] = "http://127.0.0.1:1"
    done = ivg("push", "q", "to=wandb", "project=p", cwd=tmp_path, check=False, **env)
    assert done.returncode == 1
    assert "PushError: W&B" in done.stderr
    assert "Traceback" not in done.stderr
    assert key not in done.stdout + done.stderr
