"""Many downloads at a time; each may fail without touching the others."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_exponential,
    wait_random,
)

from ivg.download.archive import Archive, Known
from ivg.download.gate import Gate
from ivg.download.settings import DownloadSettings
from ivg.download.target import Target
from ivg.errors import DownloadError, NetworkError, RateLimitedError, SourceError
from ivg.sources.paths import VIDEO_EXTENSIONS, absolute, is_partial

if TYPE_CHECKING:
    from ivg.download.session import Session

log = logging.getLogger(__name__)

PARTIAL_DIR = ".partial"
LOCK_FILE = ".download.lock"


@dataclass
class Fetched:
    """What became of each target, by its key.

    Attributes:
        paths: The file, downloaded now or before.
        errors: Why it could not be downloaded now.
        known: The permanent failure of an earlier run; not asked again.
    """

    paths: dict[str, Path] = field(default_factory=dict)
    errors: dict[str, DownloadError] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)


class Downloader:
    """Downloads targets into a folder.

    A file appears in `videos_dir` only when it is whole; what is under way lies in its hidden
    `.partial`, from which a later run goes on.
    """

    def __init__(self, settings: DownloadSettings, videos_dir: Path) -> None:
        self.settings = settings
        self.videos_dir = videos_dir
        self.archive = Archive(videos_dir / "failed.jsonl")
        self.stop = threading.Event()
        self.gate = Gate(self.stop)
        self.sessions: SimpleQueue[Session] = SimpleQueue()

    def fetch(self, targets: Sequence[Target]) -> Fetched:
        """Download what is neither there nor known to be impossible.

        Raises:
            SourceError: The folder can't be written, or the cookies file can't be read.
        """
        fetched, wanted = self.sort_out(targets)
        if wanted:
            check_folder(self.videos_dir)
            cookies = self.read_cookies()
            with self.locked():
                # Another run may have downloaded them while this one waited.
                fetched, wanted = self.sort_out(targets)
                self.fetch_all(wanted, fetched, cookies)
        return fetched

    def sort_out(self, targets: Sequence[Target]) -> tuple[Fetched, list[Target]]:
        """What is there or known already, and the targets that are left."""
        present, known = present_files(self.videos_dir), self.archive.known()
        fetched, wanted = Fetched(), []
        for target in targets:
            if target.stem in present:
                fetched.paths[target.key] = present[target.stem]
            elif target.key in known:
                fetched.known[target.key] = known[target.key]
            else:
                wanted.append(target)
        return fetched, wanted

    def fetch_all(self, targets: Sequence[Target], fetched: Fetched, cookies: str) -> None:
        """Download with `workers` threads, filling in `fetched`."""
        from ivg.progress import track

        with self.pool(min(self.settings.workers, len(targets)), cookies) as pool:
            futures = {pool.submit(self.fetch_one, target): target for target in targets}
            for future in track(as_completed(futures), "download", len(futures)):
                self.note(futures[future], future, fetched)

    @contextmanager
    def pool(self, workers: int, cookies: str) -> Iterator[ThreadPoolExecutor]:
        """Threads and a session for each; an interrupt ends them soon."""
        from ivg.download.session import Session

        with ExitStack() as stack:
            for _ in range(workers):
                session = Session(self.settings, cookies, self.stop)
                self.sessions.put(stack.enter_context(closing(session)))
            pool = stack.enter_context(ThreadPoolExecutor(max(workers, 1)))
            try:
                yield pool
            except BaseException:
                self.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def note(self, target: Target, future: Future[Path], fetched: Fetched) -> None:
        """Enter one result; remember a permanent failure."""
        try:
            fetched.paths[target.key] = future.result()
        except DownloadError as error:
            log.debug("%s: %s: %s", target.key, type(error).__name__, error)
            self.archive.add(target.key, error)
            fetched.errors[target.key] = error

    def fetch_one(self, target: Target) -> Path:
        """Download one target, again after a pause where that may help."""
        settings = self.settings
        retrying = Retrying(
            retry=retry_if_exception_type((RateLimitedError, NetworkError)),
            wait=wait_exponential(settings.backoff_secs, settings.max_backoff_secs)
            + wait_random(0, settings.backoff_secs),
            stop=stop_after_attempt(settings.max_attempts) | stop_when_event_set(self.stop),
            before_sleep=self.slow_down,
            sleep=sleep_using_event(self.stop),
            reraise=True,
        )
        session = self.sessions.get()
        try:
            return retrying(self.attempt, session, target)
        finally:
            self.sessions.put(session)

    def attempt(self, session: Session, target: Target) -> Path:
        """Ask once.

        Raises:
            DownloadError: Typed; parts are kept only if a later attempt may go on with them.
        """
        from ivg.download.classify import classify
        from ivg.download.session import accept

        self.gate.wait()
        if self.stop.is_set():
            raise NetworkError(f"{target.url}: the run was stopped")
        folder = self.videos_dir / PARTIAL_DIR / target.stem
        try:
            path = accept(session.fetch(target, folder), target, self.videos_dir)
        except Exception as raised:  # noqa: BLE001 - rule 5: an error costs one video
            error = classify(raised)
            if not isinstance(error, RateLimitedError | NetworkError):
                shutil.rmtree(folder, ignore_errors=True)
            raise error from (None if error is raised else raised)
        shutil.rmtree(folder, ignore_errors=True)
        return path

    def slow_down(self, state: RetryCallState) -> None:
        """Say that there will be another attempt; hold back all workers if the rate is limited."""
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        log.info("%s; again in %.1f s", error, pause)
        if isinstance(error, RateLimitedError):
            self.gate.close_for(pause)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one run at a time download into the folder."""
        try:
            self.videos_dir.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.videos_dir / LOCK_FILE)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                log.info("another run downloads to %s; waiting for it", self.videos_dir)
                lock.acquire()
        except OSError as error:
            raise SourceError(f"source.videos_dir={self.videos_dir}: {error}") from error
        try:
            yield
        finally:
            lock.release()

    def read_cookies(self) -> str:
        """The text of the cookies file, or nothing."""
        if self.settings.cookies is None:
            return ""
        path = absolute(self.settings.cookies)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise SourceError(f"source.cookies={path}: {error}") from error


def check_folder(folder: Path) -> None:
    """Refuse a name that yt-dlp would read as something else."""
    if "$" in str(folder):
        raise SourceError(f"source.videos_dir={folder}: yt-dlp reads $ as a variable; rename it")


def present_files(folder: Path) -> dict[str, Path]:
    """Whole videos in the folder by their name without extension."""
    if not folder.is_dir():
        return {}
    files = [
        path
        for path in sorted(folder.iterdir(), reverse=True)
        if path.suffix.lower() in VIDEO_EXTENSIONS and not path.name.startswith(".")
    ]
    return {
        path.stem: path
        for path in files
        if not is_partial(path) and path.is_file() and path.stat().st_size
    }
