"""Stores beyond this machine's folders: any fsspec path (`s3://`, `gs://`, `memory://`, ...).

A remote path is a `UPath`, which walks like a `Path`; only this module reads and writes there. An
object is put whole or not at all, so nothing is renamed. Reading never lists. A call that fails for
a reason that may pass is tried again; what stays is an error that names the path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import urlsplit
from uuid import uuid4

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from ivg.errors import ConfigError, MissingDependencyError, StoreError

T = TypeVar("T")

ATTEMPTS = 4
"""Tries of one call; s3fs tries each of them up to five times itself."""
END = 2**40
"""Past the end of any object: a range that ends there is read without asking for the size."""
LASTING = (
    FileNotFoundError,
    FileExistsError,
    PermissionError,
    NotImplementedError,
    ImportError,
    TypeError,
    ValueError,
)
"""Errors that the next try would meet again."""
NOT_SIGNED_IN = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound")
SECRET = re.compile(
    r"secret|passw|token|credential|^key$|access_?key|account_?key|sas$|conn(ection)?_?str", re.I
)
PAST_END = re.compile(r"InvalidRange|range is not satisfiable", re.I)


def located(where: str, options: Mapping[str, Any] | None = None) -> Path:
    """The path that a config or a user names; touches nothing there.

    Args:
        where: A folder, or a URL whose protocol fsspec knows.
        options: What its file system is told (`endpoint_url`, ...); no secrets.

    Returns:
        A `Path` for folders of this machine (and `file://`), else a `UPath` in its place.

    Raises:
        ConfigError: The protocol is unknown, or a secret stands where it would be written down.
        MissingDependencyError: The package for the protocol is not installed.
    """
    if "://" not in where:
        return Path(where).expanduser().absolute()
    if where.startswith(("file://", "local://")):
        return Path(where.partition("://")[2]).absolute()
    _refuse_secrets(where, options or {})
    _check_protocol(where)
    from upath import UPath

    return cast("Path", UPath(where, **(options or {})))


def _refuse_secrets(where: str, options: Mapping[str, Any], at: str = "store.options") -> None:
    if urlsplit(where).password:
        raise ConfigError(f"{at.replace('options', 'dir')}: no password in the address, please")
    for name, value in options.items():
        if isinstance(value, Mapping):
            _refuse_secrets("", value, f"{at}.{name}")
        elif SECRET.search(str(name)) or urlsplit(str(value)).password:
            raise ConfigError(
                f"{at}.{name}: options are written to run files, and a secret must not be; give it "
                "by the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "GOOGLE_APPLICATION_CREDENTIALS, FSSPEC_<PROTOCOL>_<OPTION>)"
            )


def _check_protocol(where: str) -> None:
    from fsspec import get_filesystem_class

    protocol = where.partition("://")[0]
    try:
        get_filesystem_class(protocol)
    except ImportError as error:
        how = "pip install 'ivg[s3]'" if protocol in ("s3", "s3a") else str(error)
        raise MissingDependencyError(f"store.dir={where}: {how}") from error
    except ValueError as error:
        raise ConfigError(f"store.dir={where}: {error}") from error


def is_remote(path: Path) -> bool:
    """Whether the path leads beyond this machine's folders."""
    return not isinstance(path, PurePath)


def local_dir(store: Path, given: str | None = None) -> Path:
    """The folder of this machine for what can't be elsewhere: id caches, rendered videos.

    Args:
        store: Where the store is; a folder of this machine is its own.
        given: `store.local`; None: the user's cache folder.
    """
    if given is not None:
        return Path(given).expanduser().absolute()
    if not is_remote(store):
        return store
    from platformdirs import user_cache_path

    return user_cache_path("ivg") / "store"


def read(path: Path, start: int = 0, end: int = END) -> bytes:
    """The bytes of an object, or of a range of it.

    Raises:
        FileNotFoundError: It isn't there.
        StoreError: The store does not answer.
    """
    return _steadily(path, lambda fs, at: _range(fs, at, start, end))


def _range(fs: Any, at: str, start: int | None, end: int | None) -> bytes:
    try:
        return bytes(fs.cat_file(at, start=start, end=end))
    except OSError as error:
        if start is None or not PAST_END.search(str(error)):
            raise
        return b""  # as of a file


def fetch(path: Path, to: Path) -> None:
    """Copy an object to a local file.

    Raises:
        FileNotFoundError: It isn't there.
        StoreError: The store does not answer.
    """
    _steadily(path, lambda fs, at: fs.get_file(at, str(to)))


@contextmanager
def fetched(path: Path) -> Iterator[BinaryIO]:
    """A copy of an object, open for reading.

    Raises:
        FileNotFoundError: It isn't there.
        StoreError: The store does not answer.
    """
    with TemporaryDirectory(prefix="ivg-") as folder:
        fetch(path, copied := Path(folder) / path.name)
        with copied.open("rb", buffering=0) as file:
            yield file


def put(path: Path, content: bytes | Path) -> None:
    """Write an object whole, from bytes or from a local file.

    Raises:
        StoreError: The store does not answer, or takes nothing.
    """

    def write(fs: Any, at: str) -> None:
        if isinstance(content, bytes):
            fs.pipe_file(at, content)
        else:
            fs.put_file(str(content), at)

    _written(path, write)


def create(path: Path, content: bytes) -> bool:
    """Write an object unless there is one; False where there is (S3: `If-None-Match: *`).

    Raises:
        NotImplementedError: The file system can't tell.
        StoreError: The store does not answer, or takes nothing.
    """
    try:
        _written(path, lambda fs, at: fs.pipe_file(at, content, mode="create"))
    except FileExistsError:
        return False
    return True


def copy(path: Path, to: Path) -> None:
    """Copy an object to another place of the same store.

    Raises:
        FileNotFoundError: It isn't there.
        StoreError: The store does not answer, or takes nothing.
    """
    _steadily(path, lambda fs, at: fs.cp_file(at, to.path))  # type: ignore[attr-defined]


def remove(path: Path) -> None:
    """Delete an object, if it is there.

    Raises:
        StoreError: The store does not answer.
    """
    try:
        _steadily(path, lambda fs, at: fs.rm_file(at))
    except FileNotFoundError:
        return


def probe(store: Path) -> str:
    """Write and delete an object; says what was found.

    Raises:
        StoreError: The store does not answer, or takes nothing.
    """
    path = store / f".probe-{uuid4().hex}"
    try:
        first, second = create(path, b"ivg"), create(path, b"ivg")
    except NotImplementedError:
        put(path, b"ivg")
        first = second = True
    remove(path)
    lockable = first and not second
    return f"{store} can be written; " + ("locks work" if lockable else "it has no locks")


def size(path: Path) -> int:
    """Bytes of an object.

    Raises:
        FileNotFoundError: It isn't there.
        StoreError: The store does not answer.
    """
    return _steadily(path, lambda fs, at: int(fs.info(at)["size"]))


def children(path: Path) -> list[str]:
    """Names of what lies in a folder; the one call here that lists.

    Raises:
        StoreError: The store does not answer.
    """
    try:
        found = _steadily(path, lambda fs, at: list(fs.ls(at, detail=False, refresh=True)))
    except FileNotFoundError:
        return []
    return sorted(name.rstrip("/").rpartition("/")[2] for name in found)


def _written(path: Path, action: Callable[[Any, str], None]) -> None:
    try:
        _steadily(path, action)
    except FileNotFoundError as error:
        raise StoreError(f"{path}: can't be written ({error}); create the bucket first") from error


def _steadily(path: Path, action: Callable[[Any, str], T]) -> T:
    tries = Retrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_exponential_jitter(multiplier=0.2, max=5),
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    try:
        return tries(lambda: action(path.fs, path.path))  # type: ignore[attr-defined]
    except (FileNotFoundError, FileExistsError, NotImplementedError, StoreError):
        raise
    except Exception as error:
        raise StoreError(f"{path}: {_told(error)}") from error


def _may_pass(error: BaseException) -> bool:
    lasting = isinstance(error, (*LASTING, StoreError)) or type(error).__name__ in NOT_SIGNED_IN
    return isinstance(error, Exception) and not lasting


def _told(error: Exception) -> str:
    if type(error).__name__ in NOT_SIGNED_IN:
        where = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (for Ray where each node is started)"
        return f"no credentials ({error}); set {where}"
    if isinstance(error, PermissionError):
        return f"access denied ({error}); check the credentials and their rights"
    return f"{type(error).__name__}: {error}"
