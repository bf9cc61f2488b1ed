"""Headers, EDNS, sizes and junk."""

from __future__ import annotations

import socket
from collections.abc import Callable

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from dns.message import Message
from dns.opcode import Opcode
from dns.rcode import Rcode
from hypothesis import given
from hypothesis import strategies as st

from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World
from localcloud.dns.messages import respond
from localcloud.dns.records import parse
from localcloud.dns.zone import Zone
from localcloud.dns.zone_builder import build, sign

Ask = Callable[..., Message]


def made_zone() -> Zone:
    records = [
        parse({"name": "a.acme.test", "type": "TXT", "content": '"text"', "ttl": 1}),
        parse({"name": "*.b.acme.test", "type": "A", "content": "203.0.113.1", "ttl": 1}),
        parse({"name": "c.acme.test", "type": "CNAME", "content": "x.b.acme.test", "ttl": 1}),
        parse({"name": "d.acme.test", "type": "NS", "content": "ns.d.acme.test", "ttl": 1}),
    ]
    zone = build(dns.name.from_text("acme.test"), ["a.ns.example"], records, lambda _: False)
    return sign(zone, ec.generate_private_key(ec.SECP256R1()), now=1_700_000_000)


ZONES = (made_zone(),)
LABELS = st.sampled_from(["a", "b", "*", "c", "d", "x", "acme", "test", "_y", "zz"])
NAMES = st.lists(LABELS, max_size=5).map(lambda labels: ".".join([*labels, "acme", "test", ""]))
TYPES = st.integers(0, 65_535)


@given(st.binary(max_size=600), st.booleans())
def test_junk_never_breaks_the_server(wire: bytes, udp: bool) -> None:
    respond(ZONES, wire, udp)


@given(NAMES, TYPES, st.binary(max_size=60), st.integers(0, 600), st.booleans())
def test_spoilt_queries_never_break_the_server(name: str, kind: int, patch: bytes, at: int, secure: bool) -> None:
    wire = dns.message.make_query(name, dns.rdatatype.RdataType.make(kind), want_dnssec=secure).to_wire()
    spoilt = wire[:at] + patch + wire[at + len(patch) :]
    answer = respond(ZONES, spoilt, udp=True)
    assert answer is None or (answer[:2] == spoilt[:2] and len(answer) <= 1232)


@given(NAMES, TYPES, st.booleans())
def test_every_well_formed_question_gets_a_well_formed_answer(name: str, kind: int, secure: bool) -> None:
    query = dns.message.make_query(name, dns.rdatatype.RdataType.make(kind), want_dnssec=secure)
    wire = respond(ZONES, query.to_wire(), udp=False)
    assert wire is not None
    response = dns.message.from_wire(wire)
    assert query.is_response(response)
    negative = response.rcode() == Rcode.NXDOMAIN or not response.answer
    refused = response.rcode() in (Rcode.REFUSED, Rcode.NOTIMP, Rcode.FORMERR)
    assert refused or not negative or response.authority


def test_responses_and_fragments_of_a_header_are_not_answered() -> None:
    query = dns.message.make_query("a.acme.test", "TXT")
    wire = respond(ZONES, query.to_wire(), udp=True)
    assert wire is not None
    assert respond(ZONES, wire, udp=True) is None
    assert respond(ZONES, query.to_wire()[:11], udp=True) is None


def test_a_malformed_query_gets_formerr_with_its_own_id() -> None:
    query = dns.message.make_query("a.acme.test", "TXT", use_edns=False)
    wire = respond(ZONES, query.to_wire()[:-3], udp=True)
    assert wire is not None
    response = dns.message.from_wire(wire)
    assert (response.id, response.rcode()) == (query.id, Rcode.FORMERR)


@pytest.mark.parametrize(
    ("change", "rcode"),
    [
        (lambda query: query.use_edns(1), Rcode.BADVERS),
        (lambda query: query.set_opcode(Opcode.STATUS), Rcode.NOTIMP),
        (lambda query: query.question.clear(), Rcode.FORMERR),
        (lambda query: query.question.append(query.question[0]), Rcode.FORMERR),
    ],
)
def test_what_we_do_not_do_is_named(change: Callable[[Message], None], rcode: Rcode) -> None:
    query = dns.message.make_query("a.acme.test", "TXT")
    change(query)
    wire = respond(ZONES, query.to_wire(), udp=True)
    assert wire is not None
    assert dns.message.from_wire(wire).rcode() == rcode


def test_a_long_answer_is_cut_for_udp_and_whole_by_tcp(acme: World, ask: Ask, add: Callable[..., str]) -> None:
    for number in range(12):
        add(name="long.acme.test", type="TXT", content=f'"{number:>0250}"')
    cut = ask("long.acme.test", "TXT", use_edns=False)
    assert cut.flags & dns.flags.TC
    assert len(cut.to_wire()) <= 512
    assert ask("long.acme.test", "TXT", payload=4096).flags & dns.flags.TC
    whole = ask("long.acme.test", "TXT", tcp=True)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 12


def test_edns_is_answered_only_when_asked(acme: World, ask: Ask) -> None:
    assert ask("acme.test", "MX", use_edns=0).payload == 1232
    assert ask("acme.test", "MX", use_edns=False).edns == -1


def test_several_queries_share_a_tcp_connection(acme: World, server: int) -> None:
    with socket.create_connection((LOOPBACK, server), timeout=5) as connection:
        connection.setblocking(False)
        for name in ("direct.acme.test", "nobody.acme.test"):
            dns.query.send_tcp(connection, dns.message.make_query(name, "A"), expiration=None)
        answers = [dns.query.receive_tcp(connection)[0].rcode() for _ in range(2)]
    assert answers == [Rcode.NOERROR, Rcode.NXDOMAIN]


def test_a_stray_tcp_client_leaves_the_server_alone(acme: World, server: int, ask: Ask) -> None:
    with socket.create_connection((LOOPBACK, server), timeout=5) as connection:
        connection.sendall(b"\x00\x05hello")
        assert connection.recv(10) == b""
    assert ask("direct.acme.test", "A").answer
