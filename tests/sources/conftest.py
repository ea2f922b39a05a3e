"""A real web server on loopback, with good and bad manners."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from ivg.sources.source import Listing
from ivg.sources.urls import UrlSource

Route = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers by the route of the path; 404 where there is none."""

    protocol_version = "HTTP/1.1"
    server: "Web"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests[self.path] += 1
            self.count = self.server.requests[self.path]
        route = self.server.routes.get(unquote(self.path))
        try:
            if route is None:
                self.answer(404, b"not here", "text/plain")
            else:
                route(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # yt-dlp looks at the first bytes and hangs up

    def answer(
        self,
        status: int,
        body: bytes = b"",
        kind: str = "video/mp4",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


class Web(ThreadingHTTPServer):
    """Routes by path, and how often each path was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.routes: dict[str, Route] = {}
        self.requests: Counter[str] = Counter()

    def handle_error(self, *args: Any) -> None:
        pass

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def add(self, path: str, route: Route) -> str:
        self.routes[unquote(path)] = route
        return self.url(path)

    def serve(self, path: str, body: bytes, kind: str = "video/mp4") -> str:
        return self.add(path, lambda handler: handler.answer(200, body, kind))


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def clip() -> bytes:
    """A real video of 1.4 MB."""
    return Path(str(files("ivg").joinpath("sample", "sample.mp4"))).read_bytes()


@pytest.fixture(scope="session")
def tiny_clips(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Six real videos of a few kB, each with its own content."""
    import av
    import numpy as np

    clips = []
    for grey in range(0, 240, 40):
        path = tmp_path_factory.mktemp("tiny") / "clip.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            picture = np.full((48, 64, 3), grey, dtype=np.uint8)
            for _ in range(5):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        clips.append(path.read_bytes())
    return clips


@pytest.fixture
def fetch(tmp_path: Path) -> Any:
    """List addresses into `tmp_path/videos`, with hardly a pause."""

    def run(*urls: str, **settings: Any) -> Listing:
        fast: dict[str, Any] = {"backoff_secs": 0.01, "max_attempts": 3, "timeout_secs": 5}
        fast["videos_dir"] = str(tmp_path / "videos")
        source = UrlSource(urls=list(urls), **(fast | settings))
        listing = source.list_videos(tmp_path / "store")
        assert listing.tally.balanced
        return listing

    return run
