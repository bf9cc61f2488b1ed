"""The secret header that every public door asks for first."""

from __future__ import annotations

import pytest
import requests

from handlers.doors.edge_header import Edge
from handlers.doors.routing import Answer, route


@pytest.fixture
def door(serve, secret_cache, log):
    """The URL of a door behind the edge, which keeps the bodies that reach it."""
    seen: list[bytes] = []

    def behind(call):
        seen.append(call.body)
        return Answer(200)

    secret_cache.kept["edge-key"] = ("current", "previous")
    url = serve([route("/door", Edge(secret_cache).only(behind), log)]) + "/door"
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
    url = serve([route("/door", Edge(secret_cache).only(broken), log)]) + "/door"
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
