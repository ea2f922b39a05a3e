"""A model hub on loopback that tells of three repositories, and gives none."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FILES = {
    "timm/vit_large_patch14_clip_224.openai": {"open_clip_model.safetensors": 1_700_000_000},
    "pickled/only": {"pytorch_model.bin": 5_000_000_000},
    "llava-hf/llava-1.5-7b-hf": {
        "model-00001-of-00002.safetensors": 9_000_000_000,
        "model-00002-of-00002.safetensors": 5_100_000_000,
        "pytorch_model.bin": 14_100_000_000,
    },
}
GATED = "gated/model"


class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        name = self.path.removeprefix("/api/models/").partition("?")[0].partition("/revision")[0]
        if name == GATED:
            return self.answer(403, {"error": "gated"}, {"X-Error-Code": "GatedRepo"})
        if name not in FILES:
            return self.answer(404, {"error": "no"}, {"X-Error-Code": "RepoNotFound"})
        files = [{"rfilename": file, "size": size} for file, size in FILES[name].items()]
        return self.answer(200, {"id": name, "siblings": files}, {})

    def answer(self, status: int, body: object, headers: dict[str, str]) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def hub() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
