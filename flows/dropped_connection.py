"""A connection that is lost: what a phone in a tunnel does to a request."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

from flows.stage import Stage

TIMEOUT = 10.0  # seconds


def post_and_hang_up(stage: Stage, path: str, body: bytes, headers: Mapping[str, str], missing: int = 0) -> None:
    """Send a POST, leave the last `missing` bytes of its body unsent, and close without reading the answer.

    Raises OSError when not even a connection is made.
    """
    host, port = stage.edge or (stage.api_host, 443)
    trusted = ssl.create_default_context(cafile=str(stage.ca_file) if stage.ca_file else None)
    lines = {"Host": stage.api_host, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    with (
        socket.create_connection((host, port), TIMEOUT) as plain,
        trusted.wrap_socket(plain, server_hostname=stage.api_host) as secure,
    ):
        secure.sendall(head.encode() + body[: len(body) - missing])
