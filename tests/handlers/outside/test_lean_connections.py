"""What answers may look like on the wire, and that a connection is used again only after one that ended well."""

from __future__ import annotations

import gzip
import socket
import threading
from contextlib import suppress

import pytest

from handlers.failures import NotSent, Unavailable
from handlers.outside import http_client
from handlers.outside.http_client import Reply

ZIPPED = gzip.compress(b'{"a": 1}')
ANSWERS = {
    "a length": b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',
    "chunks": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n',
    "an end": b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}',
    "an end, as asked for": b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"a": 1}',
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(ZIPPED), ZIPPED),
    "an interim one first": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',
    "HTTP/1.0": b'HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',
}
BROKEN = {
    "no answer": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a": 1}',
    "half of its chunks": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"a": 1}\r\n',
    "no HTTP": b"220 mail.acme.test ESMTP\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "only an interim one": b"HTTP/1.1 100 Continue\r\n\r\n",
}


class Wire:
    """A provider that says bytes: each connection is answered the same, `times` before it is closed."""

    def __init__(self, answer: bytes, times: int = 1) -> None:
        self.answer, self.times, self.requests, self.connections = answer, times, [], 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with caller, suppress(OSError):
                for _ in range(self.times):
                    self.requests.append(caller.recv(65_536))
                    for at in range(0, len(self.answer), 7):
                        caller.sendall(self.answer[at : at + 7])

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def wire():
    made = []

    def serve(*words):
        made.append(Wire(*words))
        return made[-1]

    yield serve
    for each in made:
        each.close()


def asked(wire, method="GET", **more):
    return http_client.call("Stripe", method, wire.url, **{"headers": {"Authorization": "Bearer k"}, **more})


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_is_whole_however_its_length_is_told(wire, answer):
    assert asked(wire(answer)) == Reply(200, {"a": 1})


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]
)
def test_an_answer_without_a_body_is_one(wire, answer):
    assert asked(wire(answer, 2)).body == {}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_whole_answer_leaves_open_whether_the_provider_acted(wire, answer):
    with pytest.raises(Unavailable) as caught:
        asked(wire(answer))
    assert not isinstance(caught.value, NotSent)


def test_a_request_is_one_write_with_its_length_and_its_host(wire):
    provider = wire(ANSWERS["a length"], 3)
    asked(provider)
    asked(provider, "POST", json={"b": 2})
    asked(provider, "POST")
    host = provider.url.split("/")[2].encode()
    assert all(b"\r\nHost: " + host + b"\r\n" in each for each in provider.requests)
    assert provider.requests[0].startswith(b"GET /v1 HTTP/1.1\r\n")
    assert b"Content-Length" not in provider.requests[0]
    assert provider.requests[1].endswith(b'Content-Length: 7\r\n\r\n{"b":2}')
    assert provider.requests[2].endswith(b"Content-Length: 0\r\n\r\n")
    assert provider.connections == 1


@pytest.mark.parametrize("answer", ["an end", "an end, as asked for", "HTTP/1.0"])
def test_a_connection_that_the_provider_ends_is_not_used_again(wire, answer):
    provider = wire(ANSWERS[answer])
    assert [asked(provider).status for _ in range(3)] == [200] * 3
    assert provider.connections == 3


def test_a_header_of_two_lines_is_not_sent(wire):
    provider = wire(ANSWERS["a length"])
    with pytest.raises(ValueError, match="more than one line"):
        asked(provider, headers={"Authorization": "Bearer k\r\nX-Other: 1"})
    assert provider.requests == []


def test_a_customer_that_holds_the_end_of_a_line_stays_in_its_place(wire):
    provider = wire(ANSWERS["a length"])
    http_client.call("Stripe", "GET", f"{provider.url}/cus \r\nX: 1", headers={})
    assert provider.requests[0].startswith(b"GET /v1/cus%20%0D%0AX:%201 HTTP/1.1\r\n")


def test_a_proxy_that_reads_the_request_is_told_where_it_goes(wire, monkeypatch):
    proxy = wire(ANSWERS["a length"])
    monkeypatch.setenv("http_proxy", proxy.url.replace("://", "://me:secret@").removesuffix("/v1"))
    assert http_client.call("Stripe", "GET", "http://plain.acme.test/v1", headers={}, params={"a": "1"}).status == 200
    first, *headers = proxy.requests[0].split(b"\r\n")
    assert first == b"GET http://plain.acme.test/v1?a=1 HTTP/1.1"
    assert {b"Host: plain.acme.test", b"proxy-authorization: Basic bWU6c2VjcmV0"} <= set(headers)
