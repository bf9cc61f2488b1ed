"""The way to the origin: headers, TLS, bodies, and the pages for what goes wrong there."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from localcloud.base import process, web
from localcloud.base.authority import HTTP1, Authority
from localcloud.base.ports import LOOPBACK, Ports
from localcloud.edge.asgi import Application
from localcloud.edge.edge import BODY_LIMIT, Edge
from localcloud.edge.http_message import Answer, Request, page
from localcloud.edge.rules import ACTIONS
from localcloud.edge.zones import Zone

Visit = Callable[..., httpx.Response]
Put = Callable[..., None]
Set = Callable[[str, Any], None]


@contextmanager
def gateway(site: Any, known: Ports, context: ssl.SSLContext) -> Iterator[None]:
    with process.on_thread(web.serving(site, known["gateway"], context)):
        yield


def self_made(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(name).configure_cert(context)
    return context


def test_the_origin_is_told_who_asked_and_how(visit: Visit, site: Any) -> None:
    forged = {"CF-Connecting-IP": "1.1.1.1", "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "http", "X-Own": "é"}
    answer = visit("https://acme.test/a?b=%20c", headers={name: value.encode() for name, value in forged.items()})
    _, target, headers, _ = site.seen[0]
    assert (target, headers["host"], headers["x-own"].encode("latin-1").decode()) == ("/a?b=%20c", "acme.test", "é")
    assert headers["cf-connecting-ip"] == "127.0.0.1"
    assert headers["x-forwarded-for"] == "192.0.2.9, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["cf-visitor"] == '{"scheme":"https"}'
    assert headers["cf-ray"] == answer.headers["cf-ray"]
    assert "connection" not in headers


def test_bodies_go_through_both_ways(visit: Visit, site: Any) -> None:
    sent = bytes(range(256)) * 4000
    site.pages["/echo"] = (201, {"x-a": "1"}, sent)
    answer = visit("https://acme.test/echo", method="POST", content=sent)
    assert (answer.status_code, answer.content, answer.headers["cf-cache-status"]) == (201, sent, "DYNAMIC")
    assert site.seen[0][3] == sent
    chunks = (part for part in (b"one ", b"two"))
    visit("https://acme.test/", method="PUT", content=chunks)
    assert site.seen[1][3] == b"one two"


def test_a_body_that_says_it_is_too_long_is_refused_at_once(visit: Visit, known: Ports) -> None:
    with socket.create_connection((LOOPBACK, known["http"]), timeout=5) as plain:
        head = f"POST / HTTP/1.1\r\nHost: acme.test\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n"
        plain.sendall(head.encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.anyio
async def test_a_body_that_turns_out_too_long_is_refused() -> None:
    async def drain(_contents: Any, _mode: str, request: Request, _headers: Any, body: Any) -> Answer:
        size = 0
        async for chunk in body:
            size += len(chunk)
        return page(request, 200, "taken", str(size))

    zone = Zone("acme.test", {"acme.test": ("acme.hosting.test",)}, rules=dict.fromkeys(ACTIONS, ()))
    application = Application(Edge(lambda: (zone,), drain), lambda: 0.0)
    headers = [(b"host", b"acme.test"), (b"transfer-encoding", b"chunked")]
    scope = {"method": "POST", "scheme": "http", "raw_path": b"/", "query_string": b"", "http_version": "1.1"}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1), "state": {}}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": bytes(1024 * 1024), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    assert sent[0]["status"] == 413


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_a_tls_origin_is_asked_for_the_visitors_host(
    visit: Visit, site: Any, setting: Set, home: Path, known: Ports
) -> None:
    setting("ssl", "strict")
    with gateway(site, known, Authority(home).context("api.acme.test", HTTP1)):
        answer = visit("https://api.acme.test/hook", method="POST", content=b"{}")
    assert (answer.status_code, answer.text) == (200, "api.acme.test /hook")


def test_strict_refuses_a_certificate_that_is_not_valid_and_full_takes_it(
    visit: Visit, site: Any, setting: Set, known: Ports
) -> None:
    with gateway(site, known, self_made("api.acme.test")):
        setting("ssl", "strict")
        answer = visit("https://api.acme.test/")
        assert (answer.status_code, "Invalid SSL certificate" in answer.text) == (526, True)
        setting("ssl", "full")
        assert visit("https://api.acme.test/").status_code == 200


def test_strict_refuses_a_certificate_for_another_name(
    visit: Visit, site: Any, setting: Set, home: Path, known: Ports
) -> None:
    setting("ssl", "strict")
    with gateway(site, known, Authority(home).context("other.acme.test", HTTP1)):
        assert visit("https://api.acme.test/").status_code == 526


def test_an_origin_that_refuses_the_handshake_is_525(visit: Visit, site: Any, setting: Set, known: Ports) -> None:
    setting("ssl", "strict")
    with gateway(site, known, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)):
        assert visit("https://api.acme.test/").status_code == 525


def test_flexible_and_plain_visits_find_no_port_80_behind_the_load_balancer(
    visit: Visit, site: Any, setting: Set, home: Path, known: Ports
) -> None:
    with gateway(site, known, Authority(home).context("api.acme.test", HTTP1)):
        assert visit("http://api.acme.test/").status_code == 521
        setting("ssl", "flexible")
        assert visit("https://api.acme.test/").status_code == 521


def test_an_origin_that_is_down_is_521(visit: Visit) -> None:
    answer = visit("https://api.acme.test/")
    assert (answer.status_code, "Web server is down" in answer.text) == (521, True)
    assert "cf-cache-status" in answer.headers


@pytest.mark.parametrize(
    ("kind", "content", "status", "words"),
    [
        ("CNAME", "elsewhere.example", 530, "1016"),
        ("AAAA", "100::", 522, "no way to 100::"),
        ("A", "198.51.100.1", 522, "no way to 198.51.100.1"),
        ("CNAME", "acme.test", 403, "Error 1000"),
    ],
)
def test_a_record_that_leads_nowhere_is_told_so(
    visit: Visit, put: Put, kind: str, content: str, status: int, words: str
) -> None:
    put("DnsRecord", "x", name="x.acme.test", type=kind, content=content, proxied=True)
    answer = visit("https://x.acme.test/")
    assert (answer.status_code, words in answer.text) == (status, True)


def test_an_origin_that_breaks_off_is_520(visit: Visit, put: Put, known: Ports) -> None:
    put("DnsRecord", "x", name="x.acme.test", type="CNAME", content="x.zendesk.com", proxied=True)
    with socket.create_server((LOOPBACK, known["helpdesk"])) as listener:

        def serve() -> None:
            for said in (b"nonsense\r\n\r\n", b""):
                connection, _ = listener.accept()
                connection.recv(4096)
                connection.sendall(said)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        assert [visit("https://x.acme.test/").status_code for _ in range(2)] == [520, 520]
        thread.join()


def test_an_answer_that_ends_too_early_is_not_taken_for_whole(
    visit: Visit, put: Put, known: Ports, caplog: pytest.LogCaptureFixture
) -> None:
    put("DnsRecord", "x", name="x.acme.test", type="CNAME", content="x.zendesk.com", proxied=True)
    with socket.create_server((LOOPBACK, known["helpdesk"])) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(httpx.RemoteProtocolError):
            visit("https://x.acme.test/a.js")
        thread.join()
    assert "broke off in the middle" in caplog.text


def test_websockets_are_refused_clearly(visit: Visit) -> None:
    asked = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert visit("https://acme.test/", headers=asked).status_code == 501
