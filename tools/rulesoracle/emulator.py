"""A foreign Firestore emulator on loopback, spoken to by HTTP."""

import http.client
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tools.rulesoracle.encoding import encoded, fields, token

PROJECT = "demo-oracle"
_ROOT = f"/v1/projects/{PROJECT}/databases/(default)/documents"
_FALSE = re.compile(r"\bfalse for '\w+' @ L\d+")
_STATEMENT = re.compile(r" for '\w+' @ L\d+")
Claims = Mapping[str, Any] | None


class Emulator:
    """One connection. Answers are `allow`, `false` (every statement said no) or `error` (a statement failed)."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def _call(self, method: str, path: str, body: Any = None, bearer: str | None = None) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        self._http.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._http.getresponse()
        return answer.status, answer.read().decode()

    def load(self, text: str, project: str = PROJECT) -> str:
        """Load rules; the complaint where the engine refuses them, else nothing."""
        body = {"rules": {"files": [{"name": "firestore.rules", "content": text}]}}
        status, answer = self._call("PUT", f"/emulator/v1/projects/{project}:securityRules", body, "owner")
        return "" if status == 200 else answer

    def clear(self) -> None:
        """Delete every document."""
        self._call("DELETE", f"/emulator/v1/projects/{PROJECT}/databases/(default)/documents", None, "owner")

    def seed(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Write documents past the rules, by path from the root."""
        writes = [{"update": self._document(path, data)} for path, data in documents.items()]
        status, answer = self._call("POST", f"{_ROOT}:commit", {"writes": writes}, "owner")
        if status != 200:
            raise RuntimeError(f"The emulator did not store the documents: {answer}")

    def _document(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": f"projects/{PROJECT}/databases/(default)/documents/{path}", "fields": fields(data, PROJECT)}

    def get(self, path: str, claims: Claims) -> str:
        """Read a document."""
        return self._verdict(*self._call("GET", f"{_ROOT}/{path}", None, _bearer(claims)))

    def write(self, path: str, data: Mapping[str, Any] | None, exists: bool, claims: Claims) -> str:
        """Create, update (whole) or delete (no data) a document."""
        name = f"projects/{PROJECT}/databases/(default)/documents/{path}"
        write = {"delete": name} if data is None else {"update": self._document(path, data)}
        body = {"writes": [{**write, "currentDocument": {"exists": exists}}]}
        return self._verdict(*self._call("POST", f"{_ROOT}:commit", body, _bearer(claims)))

    def list(self, collection: str, where: Any, limit: int | None, claims: Claims) -> str:
        """Run a query with a filter as REST has it."""
        query: dict[str, Any] = {"from": [{"collectionId": collection}]}
        if where is not None:
            query["where"] = where
        if limit is not None:
            query["limit"] = limit
        return self._verdict(*self._call("POST", f"{_ROOT}:runQuery", {"structuredQuery": query}, _bearer(claims)))

    def _verdict(self, status: int, answer: str) -> str:
        if status in {200, 404}:
            return "allow"
        if status != 403:
            raise RuntimeError(f"The emulator answered {status}: {answer[:500]}")
        message = json.loads(answer)["error"]["message"]
        return "false" if len(_FALSE.findall(message)) == len(_STATEMENT.findall(message)) else "error"


def _bearer(claims: Claims) -> str | None:
    return None if claims is None else token(claims)


@contextmanager
def running(engine: str) -> Iterator[Emulator]:
    """Start an engine on a free port, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([engine, "--host", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Emulator(port)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The engine did not listen within 10 s.")


def field_filter(name: str, operator: str, value: Any) -> dict[str, Any]:
    """One filter of a query in REST's form."""
    return {"fieldFilter": {"field": {"fieldPath": name}, "op": operator, "value": encoded(value, PROJECT)}}
