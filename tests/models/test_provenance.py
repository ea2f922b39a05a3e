"""What manifests tell of weights, and what errors tell of checkpoints that are not there."""

import hashlib
import socket

import pytest
from tiny_hub import COMMIT, put_into_cache
from tiny_llavas import write_llava_15

from ivg.errors import ConfigError, MissingDependencyError
from ivg.fingerprint import fingerprint
from ivg.models import provenance as known
from ivg.models.checkpoint import Checkpoint
from ivg.models.hub import looks_local

MODEL = "someone/model"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


@pytest.fixture
def snapshot(cache, llava_folder):
    def copy(folder):
        folder.mkdir(parents=True)
        for file in llava_folder.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        return folder

    return put_into_cache(cache, MODEL, copy)


def test_provenance_of_a_hub_model_is_commit_hashes_and_licence(snapshot):
    (snapshot / "README.md").write_text("---\nlicense: apache-2.0\n---\nA model.\n")
    found = known.provenance(MODEL, "main")
    assert (found["model"], found["revision"], found["commit"]) == (MODEL, "main", COMMIT)
    assert found["licence"] == "apache-2.0"
    weights = (snapshot / "model.safetensors").read_bytes()
    assert found["files"]["model.safetensors"] == hashlib.sha256(weights).hexdigest()


@pytest.mark.parametrize("card", ["---\nlicense: [unclosed\n---\n", "\xff", "---\nlicense:\n---"])
def test_provenance_survives_a_broken_model_card(snapshot, card):
    (snapshot / "README.md").write_text(card, encoding="latin-1")
    assert known.provenance(MODEL, None)["licence"] == "unknown"


def test_provenance_survives_a_hub_that_does_not_answer(snapshot, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(known, "hub_is_away", lambda: False)
        monkeypatch.setattr(known, "ASK_SECONDS", 0.5)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", address)
        assert known.provenance(MODEL, None)["licence"] == "unknown"


def test_provenance_of_a_folder_has_its_name_and_no_path(llava_folder):
    found = known.provenance(str(llava_folder), None)
    assert found["model"] == llava_folder.name
    assert found["fingerprint"] == fingerprint(llava_folder)
    assert found["licence"] == "unknown"
    assert str(llava_folder.parent) not in str(found)


def test_provenance_of_what_is_not_here_is_its_name(cache):
    assert known.provenance(MODEL, None) == {"model": MODEL, "revision": None, "commit": "unknown"}


def test_provenance_takes_the_hash_that_the_cache_names_a_file_by(tmp_path):
    named = tmp_path / "blobs" / ("ab" * 32)
    named.parent.mkdir()
    named.write_text("not what the name says: it is not read")
    (tmp_path / "model.safetensors").symlink_to(named)
    assert known.sha256(tmp_path / "model.safetensors") == "ab" * 32


def test_checkpoint_at_another_revision_is_not_the_cached_one(snapshot):
    assert Checkpoint("captioner.model", MODEL).absent == ()
    (absent,) = Checkpoint("captioner.model", MODEL, "v2").absent
    assert (absent.repository, absent.revision) == (MODEL, "v2")
    with (
        pytest.raises(MissingDependencyError, match=r"`hf download someone/model --revision v2`"),
        Checkpoint("captioner.model", MODEL, "v2").loading(),
    ):
        raise OSError("not cached")


def test_checkpoint_without_its_weights_has_to_be_fetched(snapshot):
    (snapshot / "model.safetensors").unlink()
    assert len(Checkpoint("captioner.model", MODEL).absent) == 1


def test_checkpoint_never_asks_the_hub_for_a_folder(llava_folder):
    assert Checkpoint("captioner.model", str(llava_folder)).options["local_files_only"]
    assert Checkpoint("captioner.model", str(llava_folder)).absent == ()


def test_checkpoint_options_pin_revision_and_safetensors():
    pinned = Checkpoint("captioner.model", MODEL, COMMIT)
    assert pinned.weight_options["revision"] == COMMIT
    assert pinned.weight_options["use_safetensors"] is True
    assert (
        Checkpoint("captioner.model", MODEL, None, True).weight_options["use_safetensors"] is None
    )


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ((3,), "model"),
        (("",), "model"),
        (("m", 3), "revision"),
        (("m", None, "yes"), "allow_pickle"),
    ],
)
def test_checkpoint_refuses_values_of_the_wrong_type(values, key):
    with pytest.raises(ConfigError, match=rf"captioner\.{key}"):
        Checkpoint("captioner.model", *values)


@pytest.mark.parametrize(
    ("name", "local"),
    [("owner/name", False), ("name", False), ("./here", True), ("~/x", True), ("a/b/c", True)],
)
def test_looks_local_by_its_form(name, local, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert looks_local(name) is local


def test_written_llava_is_what_the_fixture_holds(llava_folder, tmp_path):
    """The tiny weights are the same each time: hashes in tests can rely on them."""
    again = write_llava_15(tmp_path / "again")
    assert fingerprint(again) == fingerprint(llava_folder)
