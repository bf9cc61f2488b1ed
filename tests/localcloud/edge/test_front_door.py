"""Who gets in: certificates by name, TLS versions, hosts, and the way from http to https."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.base.authority import Authority
from localcloud.base.ports import LOOPBACK, Ports
from localcloud.base.world import World
from localcloud.edge import client_hello
from localcloud.edge.settings import Settings

Visit = Callable[..., httpx.Response]
Put = Callable[..., None]
Set = Callable[[str, Any], None]


def shake_hands(home: Path, port: int, name: str | None, version: ssl.TLSVersion | None = None) -> str:
    context = Authority(home).client_context()
    context.check_hostname = name is not None
    if version:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((LOOPBACK, port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as tls,
    ):
        return str(tls.version())


@pytest.mark.parametrize("name", ["acme.test", "www.acme.test", "ACME.test"])
def test_proxied_names_have_a_certificate(edge: None, home: Path, known: Ports, name: str) -> None:
    assert shake_hands(home, known["https"], name) == "TLSv1.3"


@pytest.mark.parametrize("name", ["grey.acme.test", "stranger.example", "nobody.acme.test", None])
def test_other_names_are_refused_with_the_alert_of_cloudflare(
    edge: None, home: Path, known: Ports, name: str | None
) -> None:
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        shake_hands(home, known["https"], name)


def test_universal_ssl_covers_one_level_only(edge: None, home: Path, known: Ports, visit: Visit) -> None:
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        shake_hands(home, known["https"], "a.pr.acme.test")
    assert visit("http://a.pr.acme.test/").text == "a.pr.acme.test /"


def test_a_record_that_is_no_longer_proxied_loses_its_certificate(
    edge: None, home: Path, known: Ports, put: Put
) -> None:
    assert shake_hands(home, known["https"], "www.acme.test")
    put("DnsRecord", "www", name="www.acme.test", type="AAAA", content="100::", proxied=False)
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        shake_hands(home, known["https"], "www.acme.test")


@pytest.mark.parametrize(
    ("least", "version", "taken"),
    [
        ("1.0", ssl.TLSVersion.TLSv1, True),
        ("1.1", ssl.TLSVersion.TLSv1, False),
        ("1.1", ssl.TLSVersion.TLSv1_1, True),
        ("1.2", ssl.TLSVersion.TLSv1_1, False),
        ("1.2", ssl.TLSVersion.TLSv1_2, True),
        ("1.3", ssl.TLSVersion.TLSv1_2, False),
        ("1.3", ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_the_least_tls_version_is_kept(
    edge: None, home: Path, known: Ports, setting: Set, least: str, version: ssl.TLSVersion, taken: bool
) -> None:
    setting("min_tls_version", least)
    if taken:
        assert shake_hands(home, known["https"], "acme.test", version)
    else:
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            shake_hands(home, known["https"], "acme.test", version)


def test_tls_1_3_can_be_off(edge: None, home: Path, known: Ports, setting: Set) -> None:
    setting("tls_1_3", "off")
    assert shake_hands(home, known["https"], "acme.test") == "TLSv1.2"
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        shake_hands(home, known["https"], "acme.test", ssl.TLSVersion.TLSv1_3)


def test_a_greeting_in_pieces_is_waited_for(visit: Visit, home: Path, known: Ports) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = Authority(home).client_context().wrap_bio(incoming, outgoing, server_hostname="acme.test")
    with socket.create_connection((LOOPBACK, known["https"]), timeout=5) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        greeting = outgoing.read()
        plain.sendall(greeting[:50])
        assert visit("https://acme.test/").status_code == 200  # nobody waits for the slow one
        plain.sendall(greeting[50:])
        incoming.write(plain.recv(65_536))
        tls.do_handshake()


@pytest.mark.parametrize(
    "junk", [b"GET / HTTP/1.1\r\nHost: acme.test\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 20_000]
)
def test_what_is_no_tls_is_ended_and_harms_nobody(visit: Visit, known: Ports, junk: bytes) -> None:
    with (
        contextlib.suppress(ConnectionError, OSError),
        socket.create_connection((LOOPBACK, known["https"]), timeout=5) as plain,
    ):
        plain.sendall(junk)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(1000):
            pass
    assert visit("https://acme.test/").status_code == 200


@given(st.binary(max_size=400))
def test_any_bytes_are_a_greeting_or_not(wire: bytes) -> None:
    for start in (b"", b"\x16\x03\x01"):
        hello = client_hello.read(start + wire)
        assert hello is None or hello.name == ""
        assert isinstance(client_hello.refusal(start + wire, Settings(min_tls_version="1.2")), bytes)


@pytest.mark.parametrize(
    ("host", "status", "words"),
    [
        ("stranger.example", 409, "Error 1001"),
        ("grey.acme.test", 409, "Error 1001"),
        ("127.0.0.1", 403, "Error 1003"),
        ("<script>", 400, "Bad Request"),
    ],
)
def test_a_host_that_is_not_served_is_told_so(visit: Visit, host: str, status: int, words: str) -> None:
    answer = visit("http://acme.test/", headers={"Host": host})
    assert (answer.status_code, answer.headers["server"]) == (status, "cloudflare")
    assert words in answer.text
    assert "<script>" not in answer.text


def test_a_host_may_carry_a_port_and_any_case(visit: Visit, site: Any) -> None:
    assert visit("https://acme.test/", headers={"Host": "ACME.test:4711"}).text == "acme.test /"


def test_an_absolute_target_decides_over_the_host_header(visit: Visit, known: Ports) -> None:
    with socket.create_connection((LOOPBACK, known["http"]), timeout=5) as plain:
        plain.sendall(b"GET http://acme.test/x HTTP/1.1\r\nHost: stranger.example\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: plain.recv(4096), b""))
    assert b"acme.test /x" in answer


def test_a_connection_for_one_zone_does_not_serve_another(visit: Visit, put: Put) -> None:
    put("Zone", "other", name="other.test")
    put(
        "DnsRecord", "other", zoneId="other", name="other.test", type="CNAME", content="acme.hosting.test", proxied=True
    )
    assert visit("https://other.test/").status_code == 200
    assert visit("https://other.test/", sni="acme.test").status_code == 403


def test_http_leads_to_https_only_when_the_zone_says_so(visit: Visit, setting: Set) -> None:
    assert visit("http://acme.test/page?x=1").status_code == 200
    setting("always_use_https", "on")
    answer = visit("http://acme.test/page?x=1")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://acme.test/page?x=1")
    assert visit("https://acme.test/page").status_code == 200


def test_https_leads_to_http_when_encryption_is_off(visit: Visit, setting: Set) -> None:
    setting("ssl", "off")
    assert visit("https://acme.test/a").headers["location"] == "http://acme.test/a"


def test_hsts_goes_out_by_https_only(visit: Visit, setting: Set) -> None:
    hsts = {"enabled": True, "max_age": 300.0, "include_subdomains": True, "preload": True, "nosniff": True}
    setting("security_header", {"strict_transport_security": hsts})
    answer = visit("https://acme.test/")
    assert answer.headers["strict-transport-security"] == "max-age=300; includeSubDomains; preload"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in visit("http://acme.test/").headers
    setting("security_header", {"strict_transport_security": hsts | {"enabled": False}})
    assert "strict-transport-security" not in visit("https://acme.test/").headers


def test_a_world_that_changes_all_the_time_turns_no_visitor_away(visit: Visit, world: World) -> None:
    stop = threading.Event()

    def change() -> None:
        while not stop.wait(0.001):
            world.record("log", "somebody", message="the world goes on")

    writer = threading.Thread(target=change)
    writer.start()
    try:
        answers = {visit("https://acme.test/").status_code for _ in range(100)}
    finally:
        stop.set()
        writer.join()
    assert answers == {200}
