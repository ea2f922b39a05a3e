"""A real OpenAI-compatible server on loopback, and a proxy before it that disturbs."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVE = "from transformers.cli.transformers import main; main()"
START_SECS = 90
ODD = {
    "no choice": '{"model": "m", "choices": []}',
    "no text": '{"model": "m", "choices": [{"message": {"content": null}, '
    '"finish_reason": "length"}]}',
    "number": '{"model": "m", "choices": [{"message": {"content": 3}}]}',
    "no json": "<html>",
    "echo": '{"model": "sk-planted-0123456789", "choices": [{"message": '
    '{"content": "my key is sk-planted-0123456789"}}]}',
}
"""Answers with status 200 that are of no use, or repeat the key."""


@contextmanager
def transformers_serve(model: Path) -> Iterator[int]:
    """`transformers serve` with one model; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asked = ["serve", str(model), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    home = {"HF_HOME": str(model / "home"), "HF_HUB_CACHE": str(model / "home")}
    (model / "home").mkdir(exist_ok=True)
    env = {**os.environ, **home, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-c", SERVE, *asked], env=env) as process:
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Until the server answers."""
    for _ in range(START_SECS * 5):
        assert process.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not start")


class Disturbing(ThreadingHTTPServer):
    """Passes requests on, but for every so many: those get a 429, or no answer for a while."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        behind: int,
        plan: tuple[str, ...] = (),
        stall_secs: float = 0.0,
        greeting: int = 200,
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind, self.plan, self.stall_secs = behind, plan, stall_secs
        self.greeting = greeting
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.at_once = self.most_at_once = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def next_step(self) -> str:
        with self.lock:
            step = self.plan[self.seen.total() % len(self.plan)] if self.plan else "pass"
            self.seen[step] += 1
            return step

    def count(self, more: int) -> None:
        with self.lock:
            self.at_once += more
            self.most_at_once = max(self.most_at_once, self.at_once)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Disturbing
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.server.greeting == 200:
            self.pass_on(b"")
        else:
            self.answer(self.server.greeting, b"{}", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.add(self.headers.get("Authorization", ""))
        self.server.count(1)
        try:
            self.disturb(self.server.next_step(), body)
        finally:
            self.server.count(-1)

    def disturb(self, step: str, body: bytes) -> None:
        if step in ODD:
            return self.answer(200, ODD[step].encode(), {})
        if step.isdigit():
            return self.answer(int(step), b'{"error": {"message": "as planned"}}', {})
        if step == "429-after":
            return self.answer(429, b"{}", {"Retry-After": "0.1"})
        if step == "stall":
            time.sleep(self.server.stall_secs)
            self.close_connection = True
            return None
        return self.pass_on(body)

    def pass_on(self, body: bytes) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        link.request(self.command, self.path, body, {"Content-Type": "application/json"})
        found = link.getresponse()
        self.answer(found.status, found.read(), {})
        link.close()

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def disturbing(behind: int, **how) -> Iterator[Disturbing]:
    """The proxy, running."""
    with Disturbing(behind, **how) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
