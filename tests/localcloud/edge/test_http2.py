"""HTTP/2 at the edge: by httpx, by curl, and by clients that break it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.base.authority import Authority
from localcloud.base.ports import LOOPBACK, Ports

Ask = Callable[..., list[httpx.Response]]
Put = Callable[..., None]
PREFACE, SETTINGS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bytes.fromhex("000000040000000000")
LONG = b"0123456789abcdef" * 200_000  # 3.2 MB, far more than any window


@pytest.fixture
def ask(home: Path, known: Ports, edge: None, site: Any) -> Ask:
    """Send requests (method, path, options) on one HTTP/2 connection, all at once, or long bodies in turn.

    Of two that wait until they may send more, httpcore (1.0.9) wakes one: the other waits for a word that has come.
    """

    def send(*requests: tuple[str, str, dict[str, Any]], in_turn: bool = False) -> list[httpx.Response]:
        async def answers() -> list[httpx.Response]:
            async with httpx.AsyncClient(
                http2=True, verify=Authority(home).client_context(), trust_env=False, timeout=20
            ) as client:
                base, name = f"https://{LOOPBACK}:{known['https']}", {"sni_hostname": "acme.test"}
                headers = {"Host": "acme.test"}
                asked = [
                    client.request(method, base + path, extensions=name, **{"headers": headers, **options})
                    for method, path, options in requests
                ]
                return [await each for each in asked] if in_turn else await asyncio.gather(*asked)

        return asyncio.run(answers())

    return send


def test_http2_is_agreed_on_and_carries_a_request(ask: Ask, site: Any) -> None:
    [page] = ask(("GET", "/a%20b?c=d", {"headers": {"Host": "acme.test", "Cookie": "a=1; b=2"}}))
    assert (page.http_version, page.status_code, page.text) == ("HTTP/2", 200, "acme.test /a%20b?c=d")
    assert site.seen[0][2]["cookie"] == "a=1; b=2"
    assert page.headers["server"] == "cloudflare"


def test_bodies_of_any_length_go_both_ways(ask: Ask, site: Any) -> None:
    site.pages["/long"] = (200, {}, LONG)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(LONG), 100_000):
            yield LONG[start : start + 100_000]

    page, sent, streamed = ask(
        ("GET", "/long", {}),
        ("POST", "/sent", {"content": LONG}),
        ("POST", "/streamed", {"content": pieces()}),
        in_turn=True,
    )
    assert page.content == LONG
    assert (sent.status_code, streamed.status_code) == (200, 200)
    assert {target: len(body) for _, target, _, body in site.seen if body} == dict.fromkeys(
        ("/sent", "/streamed"), len(LONG)
    )


def test_many_requests_share_a_connection(ask: Ask) -> None:
    pages = ask(*(("GET", f"/{number}", {}) for number in range(60)))
    assert [page.text for page in pages] == [f"acme.test /{number}" for number in range(60)]


def test_a_head_has_no_body_and_a_304_none_either(ask: Ask, site: Any) -> None:
    site.pages["/app.js"] = (200, {"ETag": '"1"', "Cache-Control": "max-age=60"}, b"script")
    [first] = ask(("GET", "/app.js", {}))
    known = {"headers": {"Host": "acme.test", "If-None-Match": '"1"'}}
    head, unchanged = ask(("HEAD", "/app.js", {}), ("GET", "/app.js", known))
    assert (first.content, head.content, unchanged.content) == (b"script", b"", b"")
    assert (head.status_code, unchanged.status_code) == (200, 304)


def test_a_body_that_nobody_reads_blocks_nothing(ask: Ask) -> None:
    refused = [
        ("POST", f"/{number}", {"headers": {"Host": "nobody.test"}, "content": b"x" * 60_000}) for number in range(4)
    ]
    pages = ask(*refused, ("GET", "/", {}), in_turn=True)
    assert [page.status_code for page in pages] == [409, 409, 409, 409, 200]


def test_it_can_be_switched_off(ask: Ask, put: Put) -> None:
    put("ZoneSetting", "http2", settingId="http2", value="off")
    [page] = ask(("GET", "/", {}))
    assert page.http_version == "HTTP/1.1"


def test_curl_speaks_it(ask: Ask, home: Path, known: Ports, tool: Callable[[str], str]) -> None:
    command = [tool("curl"), "-sS", "--http2", "--cacert", str(Authority(home).ca_file), "-o", "/dev/null"]
    command += ["--connect-to", f"::{LOOPBACK}:{known['https']}", "-w", "%{http_version} %{http_code}"]
    done = subprocess.run([*command, "https://acme.test/"], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == "2 200", done.stderr


@pytest.mark.parametrize(
    ("junk", "goodbye"),
    [
        (b"GET / HTTP/1.1\r\nHost: acme.test\r\n\r\n", b""),  # no preface, no HTTP/2 (section 3.4)
        (PREFACE + SETTINGS + bytes.fromhex("000001000000000000") + b"x", b"\x07\x00"),  # DATA on stream 0; GOAWAY
    ],
)
def test_who_breaks_the_protocol_is_left(ask: Ask, home: Path, known: Ports, junk: bytes, goodbye: bytes) -> None:
    context = Authority(home).client_context()
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection((LOOPBACK, known["https"]), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="acme.test") as tls,
    ):
        tls.sendall(junk)
        answer = b""
        while received := tls.recv(4096):
            answer += received
    assert goodbye in answer
    assert ask(("GET", "/", {}))[0].status_code == 200
