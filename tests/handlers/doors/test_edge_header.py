"""The secret header that every public door asks for first."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests

from handlers.doors.edge_header import Edge
from handlers.doors.routing import Answer, route
from handlers.outside.secret_cache import SecretCache

KEY = "0123456789abcdef-edge"


@pytest.fixture
def door(serve, secret_cache, log):
    """The URL of a door behind the edge, which keeps the bodies that reach it."""
    seen: list[bytes] = []

    def behind(call):
        seen.append(call.body)
        return Answer(200)

    secret_cache.kept["edge-key"] = ("current", "previous")
    url = serve([route("/door", behind, log, gate=Edge(secret_cache))]) + "/door"
    return lambda **headers: (requests.post(url, b"{}", headers=headers, timeout=5), seen)


@pytest.mark.parametrize("key", ["current", "previous"])
def test_the_edges_key_opens_the_door_and_so_does_the_one_before(door, key):
    answer, seen = door(**{"X-Edge-Key": key})
    assert (answer.status_code, seen) == (200, [b"{}"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Edge-Key": ""},
        {"X-Edge-Key": "Current"},
        {"X-Edge-Key": "current previous"},
        {"X-Edge-Key": "é".encode()},
    ],
)
def test_without_the_key_it_is_a_403_and_nothing_comes_through(door, headers, lines):
    answer, seen = door(**headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_through_the_edge")
    assert not seen
    assert '"severity": "ERROR"' not in lines.getvalue()


def test_the_key_is_asked_for_before_anything_else(serve, secret_cache, log):
    def broken(_):
        raise AssertionError("the door was reached")

    secret_cache.kept["edge-key"] = ("current",)
    url = serve([route("/door", broken, log, gate=Edge(secret_cache))]) + "/door"
    assert requests.post(url, b"nonsense", timeout=5).status_code == 403


def test_a_key_newer_than_what_we_know_is_fetched_before_saying_no(door, secret_cache):
    answers = iter([("current",), ("next", "current")])
    secret_cache.values = lambda name, max_age=0.0: next(answers)
    assert door(**{"X-Edge-Key": "next"})[0].status_code == 200


def test_while_the_key_cannot_be_read_the_door_is_closed_and_asks_to_come_again(door, secret_cache):
    secret_cache.kept.clear()
    assert door(**{"X-Edge-Key": "current"})[0].status_code == 503


def test_a_blank_key_never_opens_the_door(door, secret_cache):
    secret_cache.kept["edge-key"] = ("", "current")
    for headers in ({}, {"X-Edge-Key": ""}):
        answer, seen = door(**headers)
        assert (answer.status_code, seen) == (403, [])


@pytest.mark.parametrize("key", ["", "X-Edge-Key: wrong\r\n"])
def test_without_the_key_not_a_byte_of_the_body_is_waited_for(serve, secret_cache, log, key):
    secret_cache.kept["edge-key"] = ("current",)
    url = serve([route("/door", lambda _: Answer(200), log, gate=Edge(secret_cache))])
    assert answered(url, f"POST /door HTTP/1.1\r\nHost: x\r\n{key}Content-Length: 400000\r\n\r\n") == 403


def test_with_the_key_the_body_has_a_deadline(serve, secret_cache, log):
    secret_cache.kept["edge-key"] = ("current",)
    url = serve([route("/door", lambda _: Answer(200), log, gate=Edge(secret_cache), deadline=0.3)])
    head = "POST /door HTTP/1.1\r\nHost: x\r\nX-Edge-Key: current\r\nContent-Length: 10\r\n\r\n"
    assert answered(url, head) == 408
    assert answered(url, head, "1", pause=0.2) == 408
    assert answered(url, head, "1234567890") == 200


def answered(url, *parts, pause=0.0):
    """Return the status that a server answers to a request which is sent in parts, and not to its end."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        for part in parts:
            connection.sendall(part.encode())
            time.sleep(pause)
        return int(connection.recv(100).split()[1])


class LateSecretManager:
    """Answers each question after so many seconds."""

    seconds = 0.0

    def access_secret_version(self, request, retry, timeout):
        time.sleep(self.seconds)
        return SimpleNamespace(name="secrets/s/versions/1", payload=SimpleNamespace(data=KEY.encode()))


def test_a_strangers_wrong_keys_slow_nobody_down_while_secret_manager_is_late(serve, log):
    manager = LateSecretManager()
    cache = SecretCache(manager, "acme", time.monotonic)
    url = serve([route("/door", lambda _: Answer(200), log, gate=Edge(cache))]) + "/door"
    cache.values("edge-key")
    manager.seconds, until = 4.0, time.monotonic() + 8
    waits = []

    def stranger():
        while time.monotonic() < until:
            requests.post(url, b"{}", headers={"X-Edge-Key": "wrong"}, timeout=20)

    with ThreadPoolExecutor(12) as pool:
        for _ in range(12):
            pool.submit(stranger)
        time.sleep(2.5)
        while time.monotonic() < until:
            begun = time.monotonic()
            assert requests.post(url, b"{}", headers={"X-Edge-Key": KEY}, timeout=20).status_code == 200
            waits.append(time.monotonic() - begun)
    assert max(waits) < 1.5
    assert len(waits) > 15
