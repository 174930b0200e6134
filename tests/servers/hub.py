"""A Hugging Face hub of our own: a real HTTP server that keeps what it is sent, as far as an upload asks of it.

It answers as the hub does to `create_repo`, `create_branch`, `repo_info`, `create_commit` and uploads by Git LFS, and
fails on request. For uploads by Xet it names a folder, which the library's own client treats as a store of chunks.
"""

import base64
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

import pytest

from tests.servers.json_answers import JsonAnswer, JsonServer, serving

TOKEN = "good"
IN_CHUNKS = b"in chunks, SHA-256 "  # instead of the content of a file that went by Xet
LARGE = 50_000  # bytes from which on a file goes by LFS
_BRANCH = re.compile(r"/api/(model|dataset)s/([^/]+/[^/]+)/branch/(.+)")
_INFO = re.compile(r"/api/(model|dataset)s/([^/]+/[^/]+)/revision/(.+)")
_UPLOAD = re.compile(r"/api/(model|dataset)s/([^/]+/[^/]+)/(preupload|commit)/(.+)")
_XET = re.compile(r"/api/(model|dataset)s/([^/]+/[^/]+)/xet-write-token/(.+)")
_BATCH = re.compile(r"/(datasets/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch")


@dataclass
class Repository:
    """A repository: its page, who sees it, and of each branch the files and the commits."""

    address: str
    private: bool
    branches: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"main": {}})
    commits: dict[str, list[str]] = field(default_factory=lambda: {"main": ["0" * 40]})


class Hub(JsonServer):
    """The hub.

    Attributes:
        repositories: by kind and name.
        stored: what arrived by LFS, by SHA-256.
        asked: how often each kind of request came.
        failing: how many of the next requests of a kind get 503.
        chunks: the address of the store of chunks.
    """

    chunks = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.stored: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.failing: Counter[str] = Counter()


class _Answer(JsonAnswer, BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._read()
        if _XET.fullmatch(self.path):
            self._refused("xet") or self._reply(
                {"casUrl": self.server.chunks, "accessToken": "chunks", "exp": int(time.time()) + 3600}
            )
            return
        if self._refused("info"):
            return
        found = _INFO.fullmatch(self.path)
        repository = found and self.server.repositories.get((found[1], found[2]))
        if not found or not repository or unquote(found[3]) not in repository.commits:
            return self._reply({"error": "not found"}, 404)
        self._reply({"id": found[2], "sha": repository.commits[unquote(found[3])][-1], "siblings": []})

    def do_PUT(self) -> None:
        body = self._read()
        if self._refused("put", token=False):  # as of a store of objects: its address is the permission
            return
        self.server.stored[self.path.rpartition("/")[2]] = body
        self._reply({})

    def do_POST(self) -> None:
        body = self._read()
        if self.path == "/api/repos/create":
            self._refused("create") or self._create(json.loads(body))
        elif self.path == "/api/validate-yaml":
            self._refused("yaml") or self._reply({"errors": [], "warnings": []})
        elif found := _BRANCH.fullmatch(self.path):
            self._refused("branch") or self._branch(found[1], found[2], unquote(found[3]))
        elif found := _BATCH.fullmatch(self.path):
            self._refused("batch") or self._batch(json.loads(body))
        elif (found := _UPLOAD.fullmatch(self.path)) and found[3] == "preupload":
            self._refused("preupload") or self._preupload(*self._files(found), json.loads(body))
        elif found:
            self._refused("commit") or self._commit(*self._files(found), body)
        else:
            self._reply({"error": f"no {self.path}"}, 404)

    def _files(self, found: re.Match[str]) -> tuple[Repository, str]:
        return self.server.repositories[found[1], found[2]], unquote(found[4])

    def _create(self, asked: dict[str, Any]) -> None:
        key = asked.get("type", "model"), f"{asked['organization']}/{asked['name']}"
        known = key in self.server.repositories
        address = f"{self.server.address}/{'datasets/' if key[0] == 'dataset' else ''}{key[1]}"
        self.server.repositories.setdefault(key, Repository(address, asked.get("visibility") == "private"))
        self._reply({"url": address}, 409 if known else 200)

    def _branch(self, kind: str, name: str, branch: str) -> None:
        repository = self.server.repositories[kind, name]
        if branch in repository.branches:
            return self._reply({"error": "exists"}, 409)
        repository.branches[branch] = dict(repository.branches["main"])
        repository.commits[branch] = list(repository.commits["main"])
        self._reply({})

    def _preupload(self, repository: Repository, branch: str, asked: dict[str, Any]) -> None:
        held = repository.branches[branch]
        self._reply({"files": [self._mode(file["path"], file["size"], held) for file in asked["files"]]})

    def _mode(self, path: str, size: int, held: dict[str, bytes]) -> dict[str, Any]:
        large = size > LARGE
        content = held.get(path)
        oid = None if content is None else sha256(content) if large else git_hash(content)
        if content is not None and content.startswith(IN_CHUNKS):
            oid = content.removeprefix(IN_CHUNKS).decode()
        return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}

    def _batch(self, asked: dict[str, Any]) -> None:
        objects = []
        for wanted in asked["objects"]:
            known = wanted["oid"] in self.server.stored
            actions = {"upload": {"href": f"{self.server.address}/objects/{wanted['oid']}"}}
            objects.append(wanted if known else {**wanted, "actions": actions})
        self._reply({"transfer": "basic", "objects": objects})

    def _commit(self, repository: Repository, branch: str, body: bytes) -> None:
        held = dict(repository.branches[branch])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                held[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                held[value["path"]] = self.server.stored.get(value["oid"], IN_CHUNKS + value["oid"].encode())
        oid = sha256(body)[:40]
        repository.branches[branch] = held
        repository.commits[branch].append(oid)
        self._reply({"commitUrl": f"{repository.address}/commit/{oid}", "commitOid": oid})

    def _refused(self, kind: str, *, token: bool = True) -> bool:
        self.server.asked[kind] += 1
        if self.server.failing[kind] > 0:
            self.server.failing[kind] -= 1
            self._reply({"error": "try again"}, 503)
        elif token and self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._reply({"error": "Invalid credentials in Authorization header"}, 401)
        else:
            return False
        return True

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().strip(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_hash(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub that answers until the end."""
    with serving(Hub()) as server:
        yield server


@pytest.fixture
def hub() -> Iterator[Hub]:
    """An empty hub."""
    with running_hub() as server:
        yield server
