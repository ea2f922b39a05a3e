"""A hub on loopback that takes datasets: the few calls that pushing needs, and no more.

Paths and bodies are those of huggingface_hub 2.4 (`hf_api.py`, `_commit_api.py`, `lfs.py`).
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

TOKEN = "hf_a_token_of_this_test"
LARGE = (".parquet", ".png")


@dataclass
class Repo:
    private: bool
    branches: dict[str, str] = field(default_factory=lambda: {"main": "0" * 40})
    tags: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"0" * 40: {}})

    def at(self, revision: str) -> str:
        return self.branches.get(revision) or self.tags.get(revision) or revision


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        with self.server.lock:
            self.server.requests.append(f"{self.command} {path}")
            for part, status in list(self.server.faults.items()):
                if part in self.server.requests[-1]:
                    self.server.faults[part] = status[1:]
                    if status[:1]:
                        return self.answer(status[0], {"error": "so it is"})
            if not path.startswith("/lfs/") and self.headers.get("Authorization") != (
                f"Bearer {TOKEN}"
            ):
                return self.answer(401, {"error": "Invalid username or password."})
            for pattern, name in ROUTES:
                match = re.fullmatch(pattern, f"{self.command} {path}")
                if match:
                    return getattr(self, name)(body, *match.groups())
        return self.answer(404, {"error": f"no such call: {self.command} {path}"})

    def do_GET(self) -> None:
        self.handle_any()

    def do_HEAD(self) -> None:
        self.handle_any()

    def do_POST(self) -> None:
        self.handle_any()

    def do_PUT(self) -> None:
        self.handle_any()

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def repo(self, name: str) -> Repo | None:
        found = self.server.repos.get(name)
        if found is None:
            self.answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        return found

    def create(self, body: bytes) -> None:
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        url = {"url": f"{self.server.url}/datasets/{name}"}
        if name.startswith("them/"):
            return self.answer(403, {"error": "You don't have the rights to create a dataset"})
        if name in self.server.repos:
            return self.answer(409, {"error": "You already created this dataset repo", **url})
        assert asked["type"] == "dataset"
        self.server.repos[name] = Repo(asked.get("visibility") == "private")
        return self.answer(200, url)

    def info(self, _: bytes, name: str) -> None:
        repo = self.repo(name)
        if repo:
            self.answer(200, {"id": name, "private": repo.private, "sha": repo.branches["main"]})

    def refs(self, _: bytes, name: str) -> None:
        repo = self.repo(name)
        if repo:
            both = [
                [{"name": one, "ref": one, "targetCommit": oid} for one, oid in refs.items()]
                for refs in (repo.branches, repo.tags)
            ]
            self.answer(200, {"branches": both[0], "tags": both[1], "converts": []})

    def branch(self, _: bytes, name: str, branch: str) -> None:
        repo = self.server.repos[name]
        repo.branches[branch] = repo.branches["main"]
        self.answer(200, {})

    def card(self, body: bytes) -> None:
        _, metadata, _ = json.loads(body)["content"].split("---", 2)
        assert isinstance(yaml.safe_load(metadata), dict)
        self.answer(200, {"errors": [], "warnings": []})

    def preupload(self, body: bytes, name: str, _: str) -> None:
        files = [
            {
                "path": one["path"],
                "uploadMode": "lfs" if one["path"].endswith(LARGE) else "regular",
                "shouldIgnore": one["path"] in self.server.ignored,
            }
            for one in json.loads(body)["files"]
        ]
        self.answer(200, {"files": files})

    def batch(self, body: bytes, _: str) -> None:
        objects = [
            {**one, "actions": {"upload": {"href": f"{self.server.url}/lfs/{one['oid']}"}}}
            if one["oid"] not in self.server.objects
            else one
            for one in json.loads(body)["objects"]
        ]
        self.answer(200, {"transfer": "basic", "objects": objects})

    def put(self, body: bytes, oid: str) -> None:
        assert sha256(body).hexdigest() == oid
        self.server.objects[oid] = body
        self.answer(200, {})

    def commit(self, body: bytes, name: str, branch: str) -> None:
        repo = self.server.repos[name]
        files = dict(repo.commits[repo.branches[branch]])
        for line in body.splitlines():
            one = json.loads(line)
            value = one["value"]
            if one["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif one["key"] == "lfsFile":
                files[value["path"]] = self.server.objects[value["oid"]]
            elif one["key"] == "deletedFile":
                del files[value["path"]]
        oid = sha1(body).hexdigest()
        repo.commits[oid] = files
        repo.branches[branch] = oid
        url = f"{self.server.url}/datasets/{name}/commit/{oid}"
        self.answer(200, {"commitUrl": url, "commitOid": oid})

    def tag(self, body: bytes, name: str, revision: str) -> None:
        repo = self.server.repos[name]
        repo.tags[json.loads(body)["tag"]] = repo.at(revision)
        self.answer(200, {})

    def tree(self, _: bytes, name: str, revision: str) -> None:
        repo = self.repo(name)
        if repo is None:
            return
        listed = []
        for path, data in repo.commits[repo.at(revision)].items():
            one = {"type": "file", "path": path, "size": len(data), "oid": sha1(data).hexdigest()}
            if path.endswith(LARGE):
                lfs = {"oid": sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
                one["lfs"] = lfs
            listed.append(one)
        self.answer(200, listed)

    def resolve(self, _: bytes, name: str, revision: str, path: str) -> None:
        repo = self.server.repos[name]
        oid = repo.at(revision)
        data = repo.commits[oid][path]
        self.answer(200, data, ETag=f'"{sha1(data).hexdigest()}"', X_Repo_Commit=oid)

    def log_message(self, *_: object) -> None:
        """Quiet."""


NAME = r"([^/]+/[^/]+)"
ROUTES = (
    (r"POST /api/repos/create", "create"),
    (r"POST /api/validate-yaml", "card"),
    (rf"GET /api/datasets/{NAME}", "info"),
    (rf"GET /api/datasets/{NAME}/refs", "refs"),
    (rf"POST /api/datasets/{NAME}/branch/([^/]+)", "branch"),
    (rf"POST /api/datasets/{NAME}/preupload/([^/]+)", "preupload"),
    (rf"POST /api/datasets/{NAME}/commit/([^/]+)", "commit"),
    (rf"POST /api/datasets/{NAME}/tag/([^/]+)", "tag"),
    (rf"GET /api/datasets/{NAME}/tree/([^/]+)", "tree"),
    (rf"(?:GET|HEAD) /datasets/{NAME}/resolve/([^/]+)/(.+)", "resolve"),
    (rf"POST /datasets/{NAME}\.git/info/lfs/objects/batch", "batch"),
    (r"PUT /lfs/([0-9a-f]{64})", "put"),
)


class Server(ThreadingHTTPServer):
    """What was sent, and what is to go wrong: by a part of a request, statuses in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hub)
        self.lock = threading.RLock()
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.faults: dict[str, list[int]] = {}
        self.ignored: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def holds(self, name: str, revision: str = "main") -> dict[str, bytes]:
        repo = self.repos[name]
        return repo.commits[repo.at(revision)]


@contextmanager
def upload_hub() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
