"""Requests to the public door, by the way that the public takes: TLS, the edge, the load balancer."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from flows.stage import Stage

TIMEOUT = 30.0  # seconds; the first request may have to wait for an instance to start


@dataclass(frozen=True)
class Answer:
    """What the door said: an HTTP status and its body as text."""

    status: int
    text: str


class Edge:
    """Sends requests to one host; raises httpx.HTTPError when there is no answer. Safe for many threads."""

    def __init__(self, client: httpx.Client, stage: Stage) -> None:
        self._client = client
        host, port = stage.edge or (stage.api_host, 443)
        self._base = f"https://{host}:{port}"
        self._host = stage.api_host

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a GET."""
        return self._send("GET", path, b"", headers or {})

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a POST of JSON."""
        return self._send("POST", path, body, {"Content-Type": "application/json", **headers})

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = self._client.request(
            method,
            self._base + path,
            content=body,
            headers={**headers, "Host": self._host},
            extensions={"sni_hostname": self._host},
        )
        return Answer(answer.status_code, answer.text)


@contextmanager
def opened(stage: Stage) -> Iterator[Edge]:
    """Give the stage's public door for the length of the block."""
    trusted = ssl.create_default_context(cafile=str(stage.ca_file) if stage.ca_file else None)
    limits = httpx.Limits(max_connections=64)
    with httpx.Client(verify=trusted, timeout=TIMEOUT, limits=limits, trust_env=stage.edge is None) as client:
        yield Edge(client, stage)
