"""A real web server on loopback, with good and bad manners."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

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


@contextmanager
def serving() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
