from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from verify.observe.dns import Outcome, Question, ask
from verify.observe.spf import SpfTree, walk
from verify.reach import Reach

ZONE = """
acme.test. 60 IN TXT "v=spf1 include:a.test" " include:b.test -all"
acme.test. 60 IN MX 1 smtp.example.
a.test. 60 IN TXT "v=spf1 a mx ip4:192.0.2.1 -all"
b.test. 60 IN TXT "v=spf1 redirect=c.test"
c.test. 60 IN TXT "v=spf1 exists:%{i}.c.test ?all"
loop.test. 60 IN TXT "v=spf1 include:loop.test -all"
hole.test. 60 IN TXT "v=spf1 include:nowhere.test include:dark.test -all"
"""

Serve = Callable[..., tuple[str, int]]


def test_a_split_text_is_read_as_one(nameserver: Serve) -> None:
    question = Question("acme.test", "TXT")
    answer = ask([question], Reach((nameserver(ZONE),)))[question]
    assert answer.data == ("v=spf1 include:a.test include:b.test -all",)


@pytest.mark.parametrize(
    ("name", "type_", "outcome"),
    [
        ("acme.test", "MX", Outcome.ANSWER),
        ("acme.test", "A", Outcome.NODATA),
        ("nobody.test", "A", Outcome.NXDOMAIN),
        ("dark.test", "A", Outcome.FAILED),
    ],
)
def test_no_such_name_no_such_record_and_no_answer_are_told_apart(
    nameserver: Serve, name: str, type_: str, outcome: Outcome
) -> None:
    question = Question(name, type_)
    assert ask([question], Reach((nameserver(ZONE, {"dark.test"}),)))[question].outcome is outcome


def test_a_second_nameserver_is_asked_when_the_first_is_silent(nameserver: Serve) -> None:
    question = Question("acme.test", "MX")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        reach = Reach((silent.getsockname(), nameserver(ZONE)), timeout=0.3)
        assert ask([question], reach)[question].data == ("1 smtp.example",)


def test_silence_is_a_failure_that_names_the_server() -> None:
    question = Question("acme.test", "MX")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        answer = ask([question], Reach((silent.getsockname(),), timeout=0.2))[question]
    assert answer.outcome is Outcome.FAILED
    assert "127.0.0.1" in answer.detail


def test_spf_lookups_are_counted_over_the_whole_tree(nameserver: Serve) -> None:
    tree = walk("acme.test", Reach((nameserver(ZONE),)))
    assert tree == SpfTree(6, ("acme.test", "a.test", "b.test", "c.test"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("loop.test", {"broken": ("loop.test includes itself",)}),
        ("hole.test", {"broken": ("nowhere.test has 0 SPF records",)}),
    ],
)
def test_spf_trees_that_do_not_hold_are_named(nameserver: Serve, name: str, expected: dict[str, Any]) -> None:
    tree = walk(name, Reach((nameserver(ZONE, {"dark.test"}),)))
    assert {field: getattr(tree, field) for field in expected} == expected


def test_an_include_that_fails_to_answer_is_not_called_missing(nameserver: Serve) -> None:
    tree = walk("hole.test", Reach((nameserver(ZONE, {"dark.test"}),)))
    assert len(tree.unanswered) == 1
    assert "SERVFAIL" in tree.unanswered[0]
