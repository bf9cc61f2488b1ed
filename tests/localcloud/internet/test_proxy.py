import asyncio
import socket
import ssl

import pytest
import requests

from localcloud.base import network
from localcloud.base.world import Resource

CONTACT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


async def contact(reader):
    await reader.readuntil(b"\r\n\r\n")
    return CONTACT


async def echo(reader):
    return await reader.read()


def test_requests_reaches_a_stand_in_under_the_vendor_s_own_name(internet, stand_in):
    with stand_in(internet.ports["crm"], contact):
        answer = requests.get("https://api.hubapi.com/x", proxies=internet.proxies, verify=internet.ca, timeout=5)
    assert answer.json() == {}


def test_a_name_without_a_way_is_refused_by_name(internet):
    with pytest.raises(requests.exceptions.ProxyError, match=r"the rehearsal has no way to example\.com"):
        requests.get("https://example.com/", proxies=internet.proxies, verify=internet.ca, timeout=5)


def test_only_the_https_port_leads_anywhere(internet):
    answer = internet.ask("CONNECT api.hubapi.com:587 HTTP/1.1\r\n\r\n")
    assert b"502 the rehearsal has no way to api.hubapi.com:587" in answer


def test_plain_http_is_refused_with_a_sentence(internet):
    answer = requests.get("http://example.com/", proxies=internet.proxies, timeout=5)
    assert answer.status_code == 501
    assert "use an https:// address" in answer.text


def test_a_stand_in_that_is_not_running_is_named(internet):
    answer = internet.ask("CONNECT api.stripe.com:443 HTTP/1.1\r\n\r\n")
    assert b"502 the rehearsal's stand-in for api.stripe.com does not answer" in answer


def test_an_endless_head_is_refused(internet):
    answer = internet.ask("CONNECT api.stripe.com:443 HTTP/1.1\r\nX: " + "y" * 70_000)
    assert answer.startswith(b"HTTP/1.1 431 ")


def test_every_attempt_is_in_the_journal(internet):
    internet.ask("CONNECT example.com:443 HTTP/1.1\r\n\r\n")
    internet.ask("CONNECT api.stripe.com:443 HTTP/1.1\r\n\r\n")
    found = {entry.subject: entry.data for entry in internet.world.journal("egress")}
    assert found == {
        "example.com": {"port": 443, "allowed": False},
        "api.stripe.com": {"port": 443, "allowed": True},
    }


@pytest.mark.parametrize(
    ("port", "name", "protocol"),
    [("crm", "api.hubapi.com", "http/1.1"), ("tasks_api", "cloudtasks.googleapis.com", "h2")],
)
def test_the_client_is_offered_only_the_protocol_that_the_stand_in_speaks(internet, stand_in, port, name, protocol):
    for port, name, protocol in (
        ("crm", "api.hubapi.com", "http/1.1"),
        ("tasks_api", "cloudtasks.googleapis.com", "h2"),
    ):
        with stand_in(internet.ports[port], echo), internet.tunnel(name) as plain:
            context = internet.trusting("h2", "http/1.1")
            with context.wrap_socket(plain, server_hostname=name) as connection:
                assert connection.selected_alpn_protocol() == protocol


def test_a_client_that_does_not_trust_the_authority_breaks_off_and_harms_nobody(internet, stand_in):
    with stand_in(internet.ports["crm"], contact):
        with internet.tunnel("api.hubapi.com") as plain, pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(plain, server_hostname="api.hubapi.com")
        again = requests.get("https://api.hubapi.com/", proxies=internet.proxies, verify=internet.ca, timeout=5)
    assert again.ok


def test_what_speaks_tls_itself_gets_the_bytes_as_they_come(internet, stand_in):
    internet.world.put(Resource(network.ADDRESS, "lb", "urn:lb", outputs={"address": "203.0.113.10"}))
    with stand_in(internet.ports["gateway"], echo), internet.tunnel("203.0.113.10") as connection:
        connection.sendall(b"\x16\x03\x01 not for the proxy")
        connection.shutdown(1)
        assert connection.recv(4096) == b"\x16\x03\x01 not for the proxy"


def test_megabytes_pass_unchanged(internet, stand_in):
    payload = bytes(range(256)) * 8192

    async def large(reader):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body

    with stand_in(internet.ports["crm"], large):
        answer = requests.post(
            "https://api.hubapi.com/", data=payload, proxies=internet.proxies, verify=internet.ca, timeout=10
        )
    assert answer.content == payload


def test_a_client_that_never_ends_its_tls_counts_as_gone(internet, stand_in, monkeypatch, caplog):
    monkeypatch.setattr(asyncio.constants, "SSL_SHUTDOWN_TIMEOUT", 0.1)  # of 30 s
    name = "api.hubapi.com"
    with stand_in(internet.ports["crm"], contact), internet.tunnel(name) as plain:
        connection = internet.trusting().wrap_socket(plain, server_hostname=name)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        with socket.socket(fileno=connection.detach()) as silent:
            silent.settimeout(5)
            while silent.recv(4096):  # the proxy's goodbye, which is not answered
                pass
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
