"""To the Hugging Face hub, by its own client: one commit, and a tag for the version.

The client retries and resumes: what was uploaded is not sent again. Endpoint (`HF_ENDPOINT`) and
token (`HF_TOKEN`, or `hf auth login`) are the client's own too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ivg.errors import ConfigError, PushError
from ivg.push.package import Package
from ivg.summary import MANIFEST

if TYPE_CHECKING:
    from huggingface_hub import HfApi, RepoFile

KIND = "dataset"
MAIN = "main"


def push(package: Package, repo: str, private: bool, revision: str | None) -> str:
    """Upload a release and tag it with its version.

    Files that an earlier release put there and this one does not have are deleted in the same
    commit; what nobody's manifest lists stays. The earlier release stays under its tag.

    Args:
        package: The release.
        repo: `user/name`; made if it is not there.
        private: Whether it must be private.
        revision: The branch; made if it is not there. None: `main`.

    Returns:
        The address of the commit.

    Raises:
        ConfigError: `repo` can't be the name of a repository.
        PushError: Anything that the hub refuses, or that is there already and differs.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token

    check_repo(repo)
    if get_token() is None:
        raise PushError("the hub needs a token: set HF_TOKEN, or `hf auth login`")
    api, branch = HfApi(), revision or MAIN
    with told(repo):
        prepare(api, repo, private, package.version, branch)
        there = {one.path for one in files(api, repo, branch)}
        stale = sorted(there & earlier(api, repo, branch, there) - package.sizes.keys())
        commit = api.create_commit(
            repo,
            [
                *(CommitOperationAdd(name, package.folder / name) for name in package.sizes),
                *(CommitOperationDelete(name) for name in stale),
            ],
            commit_message=f"{package.name} {package.version}",
            repo_type=KIND,
            revision=branch,
        )
        check_arrived(package, files(api, repo, commit.oid))
        api.create_tag(repo, tag=package.version, revision=commit.oid, repo_type=KIND)
    return commit.commit_url


def check_repo(repo: str) -> None:
    """Refuse what can't be the name of a repository.

    Raises:
        ConfigError: It can't.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise ConfigError(f"repo={repo!r}: {error}") from error
    if repo.count("/") != 1:
        raise ConfigError(f"repo={repo!r}: give repo=USER/NAME")


def prepare(api: HfApi, repo: str, private: bool, version: str, branch: str) -> None:
    """Make the repository and the branch where they are not there.

    Raises:
        PushError: The version is there already, or the repository is public and should not be.
    """
    api.create_repo(repo, repo_type=KIND, private=private, exist_ok=True)
    if private and not api.dataset_info(repo).private:
        raise PushError(f"repo={repo} is there and public; private=false publishes there")
    refs = api.list_repo_refs(repo, repo_type=KIND)
    if version in {one.name for one in refs.tags}:
        raise PushError(
            f"repo={repo}: version {version} is there already, and a release does not change: "
            "release another version"
        )
    if branch not in {one.name for one in refs.branches}:
        api.create_branch(repo, branch=branch, repo_type=KIND, exist_ok=True)


def files(api: HfApi, repo: str, revision: str) -> list[RepoFile]:
    """The files of a repository."""
    from huggingface_hub import RepoFile

    tree = api.list_repo_tree(repo, recursive=True, revision=revision, repo_type=KIND)
    return [one for one in tree if isinstance(one, RepoFile)]


def earlier(api: HfApi, repo: str, branch: str, there: Iterable[str]) -> set[str]:
    """The files of the release that the branch holds; none, if it holds none."""
    if MANIFEST not in there:
        return set()
    with TemporaryDirectory(prefix="ivg-push-") as cache:
        path = api.hf_hub_download(repo, MANIFEST, repo_type=KIND, revision=branch, cache_dir=cache)
        try:
            return set(json.loads(Path(path).read_text(encoding="utf-8"))["sha256"])
        except (ValueError, KeyError, TypeError):
            return set()


def check_arrived(package: Package, there: Iterable[RepoFile]) -> None:
    """Compare what the hub lists with the release: names, sizes, hashes where it tells them.

    A `.gitignore` of the repository would leave files out without a word.

    Raises:
        PushError: A file is missing or another one.
    """
    found = {one.path: one for one in there}
    hashes: dict[str, Any] = package.manifest["sha256"]
    for name, size in package.sizes.items():
        one = found.get(name)
        if one is None or one.size != size:
            raise PushError(f"{name} did not arrive whole: the hub does not list it so")
        if one.lfs is not None and name in hashes and one.lfs.sha256 != hashes[name]:
            raise PushError(f"{name} did not arrive whole: its SHA-256 is another one there")


@contextmanager
def told(repo: str) -> Iterator[None]:
    """Say what the hub or the network refuses, without a traceback.

    Raises:
        PushError: In place of the client's errors.
    """
    import huggingface_hub.errors as hub

    try:
        yield
    except hub.OfflineModeIsEnabled as error:
        raise PushError("HF_HUB_OFFLINE=1 keeps the client from the network") from error
    except hub.HfHubHTTPError as error:
        raise PushError(f"repo={repo}: {refused(error)}") from error
    except ValueError as error:
        raise PushError(f"repo={repo}: {error}") from error
    # the client's own HTTP library differs from version to version, its base class is imported here
    except (OSError, RuntimeError, hub.HTTPError) as error:  # type: ignore[attr-defined]
        raise PushError(f"the hub can't be reached, run it again: {innermost(error)}") from error


def refused(error: Any) -> str:
    """What the hub told, in a line."""
    hints = {
        401: "the token is not valid, or the repository is not yours (HF_TOKEN)",
        403: "the token has no right to write there (HF_TOKEN)",
        404: "not found, or the token has no right to it",
    }
    status = error.response.status_code
    said = error.server_message or f"HTTP {status}"
    return f"{hints[status]}: {said}" if status in hints else f"the hub refuses: {said}"


def innermost(error: BaseException) -> str:
    """The first cause of an error, in words."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__
