"""Google Cloud as far as `./launch init` asks it: tokens, APIs, buckets, rings and keys, with its refusals."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cli.state.storage_objects import Objects, StorageError

ROOT = Path(__file__).parents[3]
ROOMS = ("blueprint", "checklists", "cli", "engine", "flows", "handlers", "infra", "localcloud", "monitors", "verify")
PROJECT, TOKEN, EMAIL = "acme-state", "ya29.the-access-token", "ada@acme-state.iam.gserviceaccount.com"
NAME = re.compile(r"(?!goog)[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]")  # cloud.google.com/storage/docs/buckets#naming
KEY_FIELDS = {"purpose", "rotationPeriod", "nextRotationTime", "versionTemplate", "labels", "destroyScheduledDuration"}
BUCKET_FIELDS = {"name", "location", "versioning", "iamConfiguration", "lifecycle", "labels", "storageClass"}


class RefusedError(Exception):
    """An answer that is no success: HTTP status, Google's reason, message."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        self.code = code
        self.body = {"error": {"code": code, "message": message, "details": [{"reason": reason}]}}
        super().__init__(message)


@dataclass
class Cloud:
    """One project, and what is in it.

    `slow` is how many looks enabling an API takes, `late` how many calls it still refuses when it is enabled.
    """

    public_key: Any
    has_billing: bool = True
    slow: int = 2
    late: int = 2
    apis: set[str] = field(default_factory=lambda: {"storage.googleapis.com"})
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    rings: set[str] = field(default_factory=set)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    operations: dict[str, int] = field(default_factory=dict)
    url: str = ""
    objects: Objects = field(default_factory=Objects)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> dict[str, Any] | bytes:
        """Return what Google answers; raises RefusedError."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/token":
            return self._token(dict(parse_qsl(body.decode())))
        if found := re.fullmatch(r"/(?:storage/v1/b/)?([^/]+)/(?:o|\.pulumi.*)", parts.path):
            return self._bucket(found[1])  # by the engine, which shows no credentials where an emulator is named
        self._admit(parts.path, query, headers)
        if found := re.fullmatch(r"(?:/(upload|download))?/storage/v1/b/([^/]+)/o(?:/([^/]+))?", parts.path):
            return self._object(method, found[2], found[3], query, headers, body)
        values = json.loads(body or b"{}")
        for pattern, act in self._routes().items():
            if found := re.fullmatch(pattern, f"{method} {parts.path}"):
                made: dict[str, Any] = act(*found.groups(), query=query, values=values, raw=parts.query)
                if method != "GET":
                    self.changes.append(f"{method} {parts.path}")
                return made
        raise RefusedError(404, "notFound", f"The requested URL {parts.path} was not found on this server.")

    def _object(
        self, method: str, bucket: str, name: str | None, query: dict[str, str], headers: Any, body: bytes
    ) -> dict[str, Any] | bytes:
        self._bucket(bucket)
        try:
            if method == "POST":
                return self.objects.upload(bucket, query, headers, body)
            if method == "DELETE":
                return self.objects.delete(bucket, name or "", query)
            return self.objects.read(bucket, name or "", query)
        except StorageError as error:
            raise RefusedError(error.code, error.reason, str(error)) from error

    def _admit(self, path: str, query: dict[str, str], headers: Any) -> None:
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError(401, "CREDENTIALS_MISSING", "Request is missing required authentication credential.")
        if headers.get("x-goog-user-project") not in (None, PROJECT):
            raise RefusedError(403, "USER_PROJECT_DENIED", "Caller does not have required permission to use project.")
        if query.get("project", PROJECT) != PROJECT:
            raise RefusedError(403, "IAM_PERMISSION_DENIED", "Permission denied on resource project.")

    def _routes(self) -> dict[str, Callable[..., dict[str, Any]]]:
        own, place = f"/v1/projects/{PROJECT}", rf"/v1/(projects/{PROJECT}/locations/[a-z0-9-]+"
        return {
            rf"GET {own}/services:batchGet": self._services,
            rf"POST {own}/services:batchEnable": self._enable,
            r"GET /v1/(operations/[a-z0-9.-]+)": self._operation,
            r"GET /storage/v1/b/([^/]+)": self._bucket,
            r"POST /storage/v1/b": self._make_bucket,
            r"PATCH /storage/v1/b/([^/]+)": self._change_bucket,
            rf"GET {place}/keyRings/[a-z0-9-]+)": self._ring,
            rf"POST {place})/keyRings": self._make_ring,
            rf"GET {place}/keyRings/[a-z0-9-]+/cryptoKeys/[a-z0-9-]+)": self._key,
            rf"POST {place}/keyRings/[a-z0-9-]+)/cryptoKeys": self._make_key,
        }

    def _token(self, form: dict[str, str]) -> dict[str, Any]:
        audience = ["https://oauth2.googleapis.com/token", f"{self.url}/token"]
        jwt.decode(form["assertion"], self.public_key, algorithms=["RS256"], audience=audience)
        return {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}

    def _services(self, *, raw: str, **_: Any) -> dict[str, Any]:
        names = [value for name, value in parse_qsl(raw) if name == "names"]
        states = {name: name.rpartition("/")[2] in self.apis for name in names}
        return {"services": [{"name": name, "state": "ENABLED" if on else "DISABLED"} for name, on in states.items()]}

    def _enable(self, *, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        if not self.has_billing:
            message = f"Billing account for project '{PROJECT}' is not found. Billing must be enabled."
            raise RefusedError(400, "UREQ_PROJECT_BILLING_NOT_FOUND", message)
        self.apis |= set(values["serviceIds"])
        self.operations["operations/acat.1"] = self.slow
        return {"name": "operations/acat.1"}

    def _operation(self, name: str, **_: Any) -> dict[str, Any]:
        if name not in self.operations:
            raise RefusedError(404, "notFound", f"Operation {name} was not found.")
        self.operations[name] -= 1
        return {"name": name, "done": self.operations[name] < 0}

    def _bucket(self, name: str, **_: Any) -> dict[str, Any]:
        if name in self.foreign:
            raise RefusedError(403, "forbidden", f"{EMAIL} does not have storage.buckets.get access to the bucket.")
        if name not in self.buckets:
            raise RefusedError(404, "notFound", "The specified bucket does not exist.")
        return self.buckets[name]

    def _make_bucket(self, *, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        if not self.has_billing:
            words = "The billing account for the owning project is disabled in state absent"
            raise RefusedError(403, "accountDisabled", words)
        name = values.get("name", "")
        if values.keys() - BUCKET_FIELDS or not NAME.fullmatch(name) or not values.get("location"):
            raise RefusedError(400, "invalid", "Invalid argument.")
        if name in self.foreign | self.buckets.keys():
            raise RefusedError(409, "conflict", "The requested bucket name is not available.")
        self.buckets[name] = values
        return values

    def _change_bucket(self, name: str, *, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        bucket = self._bucket(name)
        bucket.update(values)
        return bucket

    def _keys_are_on(self) -> None:
        if "cloudkms.googleapis.com" in self.apis and self.late <= 0:
            return
        self.late -= "cloudkms.googleapis.com" in self.apis
        words = (
            f"Cloud Key Management Service (KMS) API has not been used in project {PROJECT} before or it is disabled."
        )
        raise RefusedError(403, "SERVICE_DISABLED", words)

    def _ring(self, name: str, **_: Any) -> dict[str, Any]:
        self._keys_are_on()
        if name not in self.rings:
            raise RefusedError(404, "NOT_FOUND", f"KeyRing {name} not found.")
        return {"name": name}

    def _make_ring(self, place: str, *, query: dict[str, str], **_: Any) -> dict[str, Any]:
        self._keys_are_on()
        name = f"{place}/keyRings/{query['keyRingId']}"
        if name in self.rings:
            raise RefusedError(409, "ALREADY_EXISTS", f"KeyRing {name} already exists.")
        self.rings.add(name)
        return {"name": name}

    def _key(self, name: str, **_: Any) -> dict[str, Any]:
        self._keys_are_on()
        if name not in self.keys:
            raise RefusedError(404, "NOT_FOUND", f"CryptoKey {name} not found.")
        return self.keys[name]

    def _make_key(self, ring: str, *, query: dict[str, str], values: dict[str, Any], **_: Any) -> dict[str, Any]:
        self._ring(ring)
        name = f"{ring}/cryptoKeys/{query['cryptoKeyId']}"
        period, rotated = values.get("rotationPeriod"), values.get("nextRotationTime")
        if values.keys() - KEY_FIELDS or "purpose" not in values or (period is None) != (rotated is None):
            raise RefusedError(400, "INVALID_ARGUMENT", "The request is invalid.")
        if period and timedelta(seconds=float(period.removesuffix("s"))) < timedelta(days=1):
            raise RefusedError(400, "INVALID_ARGUMENT", "The rotation period must be at least a day.")
        if rotated and datetime.fromisoformat(rotated) < datetime.now(UTC):
            raise RefusedError(400, "INVALID_ARGUMENT", "The next rotation time must be in the future.")
        if name in self.keys:
            raise RefusedError(409, "ALREADY_EXISTS", f"CryptoKey {name} already exists.")
        self.keys[name] = {**values, "name": name, "primary": {"state": "ENABLED"}}
        return self.keys[name]


def _handler(cloud: Cloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                code, said = 200, cloud.answer(self.command, self.path, self.headers, body)
            except RefusedError as error:
                code, said = error.code, error.body
            text = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


@pytest.fixture
def cloud(private_key: rsa.RSAPrivateKey) -> Iterator[Cloud]:
    """Google Cloud on a loopback port."""
    made = Cloud(private_key.public_key())
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environ(cloud: Cloud, private_key: rsa.RSAPrivateKey, tmp_path: Path) -> dict[str, str]:
    """What a shell exports whose user is logged in, and where Google is in this test."""
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    login = {"type": "service_account", "project_id": PROJECT, "client_email": EMAIL, "private_key": pem.decode()}
    file = tmp_path / "login.json"
    file.write_text(json.dumps({**login, "private_key_id": "1", "token_uri": f"{cloud.url}/token"}))
    apis = ("STORAGE", "CLOUDKMS", "SERVICEUSAGE")
    return {
        "GOOGLE_APPLICATION_CREDENTIALS": str(file),
        **{f"{api}_EMULATOR_HOST": cloud.url.removeprefix("http://") for api in apis},
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project once more, whose stack files a test may write."""
    folder = tmp_path_factory.mktemp("project")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room)  # with what is compiled of it
    return folder


@pytest.fixture
def project(copied: Path) -> Path:
    """The copy, with the stack files as they ship."""
    for left in copied.glob("Pulumi.*"):
        left.unlink()
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, copied / file.name)
    return copied


@pytest.fixture
def answers(project: Path) -> Callable[..., str]:
    """Writes answers for a launch whose state is kept in the cloud of this test, and returns the file's name."""

    def write(**state: str) -> str:
        spec = yaml.safe_load((project / "Pulumi.local.yaml").read_text())["config"]["launch:spec"]
        whole = {**spec, "state": {"project": PROJECT, "bucket": "acme-prod-state", **state}}
        (project / "answers.yaml").write_text(yaml.safe_dump(whole))
        return "answers.yaml"

    return write


@pytest.fixture
def launch(project: Path, environ: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command of the copied project, as a founder who is logged in."""

    def run(*arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=project,
            env={**os.environ, "LAUNCH_HOME": str(tmp_path / "launch"), "COLUMNS": "200", **environ, **more},
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
