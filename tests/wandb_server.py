"""A W&B server on loopback that lets a run begin, and then falls silent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROJECT = {"id": "p", "name": "ivg", "entity": {"id": "e", "name": "us"}}
BUCKET = {
    "id": "b",
    "name": "run",
    "displayName": "run",
    "description": "",
    "config": "{}",
    "sweepName": None,
    "historyLineCount": 0,
    "project": PROJECT,
}


class Falling(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Answers until a run was begun."""
        asked = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        if self.server.begun.is_set() or not self.path.endswith("graphql"):
            self.server.over.wait()
            return
        viewer = {"id": "v", "entity": "us", "username": "us", "flags": "{}"}
        data = {"viewer": viewer, "serverInfo": None}
        if "upsertBucket" in asked or "UpsertBucket" in asked:
            data = {"upsertBucket": {"bucket": BUCKET, "inserted": True}}
            self.server.begun.set()
        body = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def falling_silent() -> Iterator[tuple[str, threading.Event]]:
    """Its address, and whether a run was begun."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Falling) as server:
        server.daemon_threads = True
        server.begun, server.over = threading.Event(), threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server.begun
        finally:
            server.over.set()
            server.shutdown()
