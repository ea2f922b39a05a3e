"""A real S3 server in a process of its own, and a proxy before it that fails or is slow."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "planted-secret-of-s3",
    "AWS_DEFAULT_REGION": "us-east-1",
}
SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@dataclass
class Proxy:
    """Stands before the server, counts what is asked, and fails or delays some of it.

    Attributes:
        asked: Method and address of every request.
        failing: Share of requests that are answered 500 or 503.
        delay: Seconds before each answer.
    """

    server: int
    failing: float = 0.0
    delay: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    asked: list[tuple[str, str]] = field(default_factory=list)
    failed: int = 0
    port: int = 0

    def listings(self) -> list[str]:
        queries = (urlsplit(where).query for method, where in self.asked if method == "GET")
        return [query for query in queries if {"list-type", "prefix"} & parse_qs(query).keys()]

    @property
    def env(self) -> dict[str, str]:
        return {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def answer(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy.asked.append((self.command, self.path))
        time.sleep(proxy.delay)
        if proxy.chance.random() < proxy.failing:
            proxy.failed += 1
            self.reply(proxy.chance.choice((500, 503)), {}, b"")
            return
        there = HTTPConnection("127.0.0.1", proxy.server, timeout=60)
        there.request(self.command, self.path, body, dict(self.headers))
        found = there.getresponse()
        self.reply(found.status, dict(found.getheaders()), found.read())
        there.close()

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                self.send_header(name, value)
        length = str(len(body))
        if self.command == "HEAD":
            length = next((v for n, v in headers.items() if n.lower() == "content-length"), "0")
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

    def log_message(self, *_) -> None:
        """Quiet."""


@contextmanager
def moto() -> Iterator[int]:
    """The port of a server with nothing in it."""
    command = [sys.executable, "-c", SERVE]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(30)


@contextmanager
def proxied(port: int) -> Iterator[Proxy]:
    proxy = Proxy(port)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"proxy": proxy}))
    proxy.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


def make_bucket(proxy: Proxy, name: str) -> None:
    there = HTTPConnection("127.0.0.1", proxy.port)
    there.request("PUT", f"/{name}")
    assert there.getresponse().status == 200
