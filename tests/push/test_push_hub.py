"""To a hub on loopback, through the real client."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ivg
from upload_hub import TOKEN, Server, upload_hub

REPO = "me/q"


@pytest.fixture
def hub() -> Iterator[Server]:
    with upload_hub() as server:
        yield server


@pytest.fixture
def push(hub, tmp_path):
    """Push at the command line; what was printed, and the exit code."""

    def run(folder: Path, *settings: str, code: int = 0, **env: str) -> str:
        online = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0"}
        online |= {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
        to = [one for one in ("to=hub", f"repo={REPO}") if not any(
            given.startswith(one.partition("=")[0] + "=") for given in settings)]  # fmt: skip
        done = ivg("push", str(folder), *to, *settings, cwd=tmp_path, check=False,
                   **{**online, **env})  # fmt: skip
        printed = done.stdout + done.stderr
        assert done.returncode == code, printed
        assert "Traceback" not in printed
        assert TOKEN not in printed
        return printed

    return run


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def other_version(release: Path, quickstart, version: str) -> Path:
    folder = release.with_name(f"q-{version}")
    name = ["name=q", f"version={version}", f"out={folder}", "force=true"]
    ivg("release", str(quickstart.folder), *name, cwd=folder.parent)
    return folder


def test_push_sends_every_byte_in_one_commit_and_tags_it(hub, push, release):
    printed = push(release)
    assert hub.holds(REPO) == bytes_of(release)
    assert hub.holds(REPO, "2026.11") == hub.holds(REPO)
    assert hub.repos[REPO].private
    assert sum("/commit/" in one for one in hub.requests) == 1
    assert len(hub.objects) == sum(name.endswith((".png", ".parquet")) for name in hub.holds(REPO))
    assert f"q 2026.11: {hub.url}/datasets/{REPO}/commit/" in printed


def test_push_of_what_the_hub_gives_back_verifies(hub, push, release, tmp_path):
    push(release)
    for name, data in hub.holds(REPO, "2026.11").items():
        path = tmp_path / "back" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert "good" in ivg("verify", "back", cwd=tmp_path).stdout


def test_push_leaves_out_what_the_manifest_does_not_list(hub, push, release):
    wanted = bytes_of(release)
    (release / "notes.txt").write_text("mine")
    (release / "data" / "more.parquet").write_bytes(b"mine")
    (release / ".git").mkdir()
    (release / ".git" / "config").write_text("mine")
    printed = push(release)
    assert hub.holds(REPO) == wanted
    assert "left out, for the manifest does not list it: notes.txt" in printed
    assert "data/more.parquet" in printed


def test_push_dry_run_lists_all_and_asks_nothing(hub, push, release):
    printed = push(release, "dry_run=true")
    assert hub.requests == []
    for name, data in bytes_of(release).items():
        (line,) = [one for one in printed.splitlines() if one.split()[:1] == [name]]
        assert line.split()[1] == str(len(data))
    total = sum(map(len, bytes_of(release).values()))
    assert printed.split("files")[-1].split()[0] == str(total)
    assert f"nothing was sent to {REPO}" in printed


@pytest.mark.parametrize("name", ["README.md", "data/train.parquet", "manifest.json"])
def test_push_refuses_a_release_with_a_flipped_byte(hub, push, release, name):
    data = bytearray((release / name).read_bytes())
    data[len(data) // 2] ^= 1
    (release / name).write_bytes(data)
    printed = push(release, code=1)
    assert "is not what was released, and is not pushed" in printed
    assert name in printed
    assert hub.requests == []


def test_push_of_the_next_version_removes_what_only_the_earlier_had(
    hub, push, release, quickstart, made
):
    push(release)
    repo = hub.repos[REPO]
    first = dict(hub.holds(REPO))
    manifest = json.loads(first["manifest.json"])
    manifest["sha256"]["data/test.parquet"] = "0"
    # as if the earlier release had one more split, and somebody a file of their own
    listed = {"manifest.json": json.dumps(manifest).encode()}
    here = {**first, **listed, "data/test.parquet": b"old", "theirs.txt": b"kept"}
    repo.commits[repo.branches["main"]] = here
    repo.commits["1" * 40] = first
    repo.tags["2026.11"] = "1" * 40
    later = other_version(release, quickstart, "2026.12")
    push(later)
    assert hub.holds(REPO) == {**bytes_of(later), "theirs.txt": b"kept"}
    assert hub.holds(REPO, "2026.11") == first == bytes_of(made)


def test_push_to_a_branch_leaves_main_alone(hub, push, release):
    push(release, "revision=next", "private=false")
    assert hub.holds(REPO) == {}
    assert hub.holds(REPO, "next") == bytes_of(release)
    assert not hub.repos[REPO].private


def test_push_refuses_a_version_that_is_there(hub, push, release):
    push(release)
    assert "version 2026.11 is there already" in push(release, code=1)


def test_push_does_not_publish_into_a_public_repository_by_accident(hub, push, release):
    push(release, "private=false", "revision=a")
    hub.repos[REPO].tags.clear()
    assert "is there and public; private=false" in push(release, code=1)


def test_push_tries_an_upload_again(hub, push, release):
    hub.faults["PUT /lfs/"] = [503]
    push(release)
    assert hub.holds(REPO) == bytes_of(release)
    assert sum(one.startswith("PUT") for one in hub.requests) == len(hub.objects) + 1


def test_push_that_broke_off_goes_on_with_what_is_there(hub, push, release):
    hub.faults["/commit/"] = [500]
    assert "the hub refuses" in push(release, code=1)
    sent = sum(one.startswith("PUT") for one in hub.requests)
    push(release)
    assert sum(one.startswith("PUT") for one in hub.requests) == sent
    assert hub.holds(REPO, "2026.11") == bytes_of(release)


def test_push_notices_that_a_file_was_ignored_there(hub, push, release):
    hub.ignored = {"quality.json"}
    assert "quality.json did not arrive whole" in push(release, code=1)
    assert hub.repos[REPO].tags == {}


@pytest.mark.parametrize(
    ("settings", "env", "named"),
    [
        ([], {"HF_TOKEN": ""}, "the hub needs a token"),
        ([], {"HF_TOKEN": "hf_wrong"}, "the token is not valid"),
        (["repo=them/q"], {}, "the token has no right to write there"),
        ([], {"HF_ENDPOINT": "http://127.0.0.1:1"}, "the hub can't be reached"),
        ([], {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE=1"),
        (["repo=q"], {}, "give repo=USER/NAME"),
        (["repo=a b/c"], {}, "repo='a b/c'"),
        (["to=ftp"], {}, "to must be hub or wandb"),
        (["to=wandb", "repo=null"], {}, "give project=NAME"),
    ],
)
def test_push_says_what_is_wrong(push, release, settings, env, named):
    assert named in push(release, *settings, code=1, **env)


def test_push_refuses_a_run(push, quickstart):
    assert "manifest of a run, not of a release" in push(quickstart.folder, code=1)


def test_push_needs_a_whole_file(hub, push, release):
    shutil.rmtree(release / "plots")
    assert "plots/" in push(release, code=1)
    assert hub.requests == []
