from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from socketserver import BaseRequestHandler, ThreadingUDPServer

import pytest

from verify.answers.dns import Answer, Outcome, Question
from verify.mail.spf_tree import SpfTree
from verify.mail.spf_tree import walk as walk_by
from verify.observe.asker import Asker
from verify.reach import Reach

ZONE = """
acme.test. 60 IN TXT "v=spf1 include:a.test" " include:b.test -all"
acme.test. 60 IN MX 1 smtp.example.
a.test. 60 IN TXT "v=spf1 a mx ip4:192.0.2.1 -all"
b.test. 60 IN TXT "v=spf1 redirect=c.test"
c.test. 60 IN TXT "v=spf1 exists:%{i}.c.test ?all"
"""

Serve = Callable[..., tuple[str, int]]


def ask(questions: Iterable[Question], reach: Reach) -> Mapping[Question, Answer]:
    async def asked() -> Mapping[Question, Answer]:
        return await Asker(reach).ask_all(questions)

    return asyncio.run(asked())


def walk(domain: str, reach: Reach) -> SpfTree:
    async def walked() -> SpfTree:
        return await walk_by(domain, Asker(reach).ask_all)

    return asyncio.run(walked())


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


def test_a_second_nameserver_is_asked_when_the_first_is_silent(nameserver: Serve, silent: tuple[str, int]) -> None:
    question = Question("acme.test", "MX")
    reach = Reach((silent, nameserver(ZONE)), timeout=0.3)
    assert ask([question], reach)[question].data == ("1 smtp.example",)


def test_silence_is_a_failure_that_names_the_server(silent: tuple[str, int]) -> None:
    question = Question("acme.test", "MX")
    answer = ask([question], Reach((silent,), timeout=0.2))[question]
    assert answer.outcome is Outcome.FAILED
    assert answer.detail == f"127.0.0.1 port {silent[1]}: no answer within 0.2 s"


def test_a_closed_port_is_told_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        gone = bound.getsockname()
    began = time.monotonic()
    answer = ask([Question("acme.test", "MX")], Reach((gone,), timeout=30))[Question("acme.test", "MX")]
    assert answer.outcome is Outcome.FAILED
    assert time.monotonic() - began < 5


def test_no_server_is_asked_the_same_twice_however_often_it_is_wanted(nameserver: Serve) -> None:
    heard: Counter[tuple[str, str]] = Counter()
    reach = Reach((nameserver(ZONE, heard=heard),))

    async def many() -> None:
        asker = Asker(reach)
        wanted = [Question(name, "TXT") for name in ("acme.test", "ACME.test", "acme.test.", "a.test")]
        await asyncio.gather(asker.ask_all(wanted), asker.ask_all(wanted), walk_by("acme.test", asker.ask_all))
        await asker.ask_all(wanted)

    asyncio.run(many())
    assert set(heard.values()) == {1}
    assert {("acme.test", "TXT"), ("a.test", "TXT"), ("b.test", "TXT"), ("c.test", "TXT")} <= set(heard)


def test_a_dead_nameserver_of_two_costs_one_time_out_at_any_depth(nameserver: Serve, silent: tuple[str, int]) -> None:
    reach = Reach((silent, nameserver(ZONE)), timeout=1)
    began = time.monotonic()
    tree = walk("acme.test", reach)
    assert tree.lookups == 6
    assert time.monotonic() - began < 2


def test_a_lost_packet_costs_a_try_and_not_the_question(nameserver: Serve) -> None:
    question = Question("acme.test", "MX")
    lossy = nameserver(ZONE, lose=1)
    assert ask([question], Reach((lossy,), timeout=2))[question].data == ("1 smtp.example",)


GARBAGE = {
    "noise": lambda query: b"\x00\xff" * 30,
    "half a header": lambda query: query[:7],
    "the question back": lambda query: query,
    "another question's answer": lambda query: query[:2] + b"\x84\x00" + query[4:13] + b"x" + query[14:],
    "a count without records": lambda query: query[:2] + b"\x84\x00\x00\x01\x00\x09" + query[8:],
    "a name that points at itself": lambda query: (
        query[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00" + query[12:28] + b"\xc0\x1c" * 9
    ),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_is_no_answer_is_a_failure_and_no_crash(kind: str) -> None:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request[1].sendto(GARBAGE[kind](self.request[0]), self.client_address)

    question = Question("acme.test", "MX")
    with ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        answer = ask([question], Reach((server.server_address[:2],), timeout=0.3))[question]
        server.shutdown()
        thread.join()
    assert answer.outcome is Outcome.FAILED
