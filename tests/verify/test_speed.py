"""A verification waits for the DNS as rarely as can be: servers say what they were asked, and after which answers."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.message
import pytest

from benchmarks.slow_dns import Records, answer, records_of
from benchmarks.verify_speed import SPARE, Slow, slow_server
from blueprint import spec
from blueprint.finding import Finding
from blueprint.outputs import EdgePromise, MailPromise, Outputs
from blueprint.records import DnsRecord, records
from engine.home import PROJECT
from verify import run
from verify.reach import Address, Reach
from verify.scene import of_stack

DNS = ("delegation", "records", "mail")
DEPTH = 3  # the domain's SPF record, Google's, Google's netblocks; or name servers, their addresses, what they say
TRIES = 10  # a machine may be busy: the bound is about what is possible
GAPS = (0.1, 0.4, 1.6)  # seconds without a question after which nobody has one left; longer on a machine that is busy
PATIENT = 60  # seconds; a client that gave up would ask again
FOREIGN = """
acme.test. 60 IN SOA ns1.acme.test. host.acme.test. 7 10000 2400 604800 1800
acme.test. 60 IN NS ns1.acme.test.
acme.test. 60 IN NS ns2.acme.test.
_spf.google.com. 60 IN TXT "v=spf1 include:_netblocks.google.com include:_netblocks2.google.com ~all"
_netblocks.google.com. 60 IN TXT "v=spf1 ip4:192.0.2.0/26 ~all"
_netblocks2.google.com. 60 IN TXT "v=spf1 ip4:192.0.2.64/26 ~all"
amazonses.com. 60 IN TXT "v=spf1 ip4:198.51.100.0/25 -all"
smtp.google.com. 60 IN A 192.0.2.193
feedback-smtp.eu-west-1.amazonses.com. 60 IN A 198.51.100.1
acme.hosting.test. 60 IN A 192.0.2.80
"""


def line(record: DnsRecord) -> str:
    """A promised record as a line of a zone; behind the edge there is an address."""
    priority = f"{record.priority} " if record.priority is not None else ""
    kind, data = ("A", "127.0.0.1") if record.proxied else (record.type, f"{priority}{record.content}")
    return f"{record.name}. 60 IN {kind} {data}{'.' if kind in ('CNAME', 'MX') else ''}"


def promised() -> Outputs:
    """What the rehearsal's stack promises about DNS and mail."""
    wanted = spec.load(PROJECT / "Pulumi.local.yaml")
    dmarc = wanted.mail.dmarc
    values: dict[str, Any] = {
        "domain": wanted.domain,
        "records": records(wanted, "203.0.113.7"),
        "web_hosts": wanted.web_hosts,
        "api_host": wanted.api_host,
        "redirects": (),
        "nameservers": ("ns1.acme.test", "ns2.acme.test"),
        "dnssec_ds": "",
        "mail": MailPromise(
            providers=wanted.mail.providers,
            selectors=tuple(wanted.mail.dkim),
            dmarc_policy=dmarc.policy,
            dmarc_report=dmarc.report,
        ),
        "edge": EdgePromise.model_construct(hsts_max_age=300, cached_prefixes=()),
    }
    return Outputs.model_construct(**values)


def zone() -> str:
    """All that the servers know, as text."""
    return "\n".join([FOREIGN, *(line(record) for record in promised().records)])


@dataclass
class Waves:
    """A server that keeps its answers until nobody has asked for `gap` seconds, and then gives all of them.

    So each list of `asked` is what a client could ask before it needed another answer: there are as many as it waited.
    """

    known: Records
    gap: float
    bound: socket.socket
    asked: list[list[str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> None:
        self.bound.settimeout(self.gap)
        held: list[tuple[dns.message.Message, Address]] = []
        while not self.ended.is_set():
            try:
                wire, client = self.bound.recvfrom(4_096)
                held.append((dns.message.from_wire(wire), client))
            except TimeoutError:
                self._answer(held)
                held = []

    def _answer(self, held: list[tuple[dns.message.Message, Address]]) -> None:
        if held:
            self.asked.append([query.question[0].to_text() for query, _ in held])
        for query, client in held:
            self.bound.sendto(answer(self.known, query).to_wire(), client)


@contextmanager
def waves(gap: float) -> Iterator[Waves]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        server = Waves(records_of(zone()), gap, bound)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            thread.join()


@pytest.fixture
def slow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Slow]:
    with slow_server(request.param, zone(), tmp_path) as server:
        yield server


def verified(
    servers: tuple[Address, ...], first: Address, second: Address, timeout: float = 5
) -> tuple[float, list[Finding]]:
    """How many seconds it took, and what was found; `first` and `second` are the domain's own servers."""
    addresses = {("ns1.acme.test", 53): first, ("ns2.acme.test", 53): second}
    reach = Reach(servers, addresses=addresses, timeout=timeout)
    began = time.monotonic()
    report = run.run(of_stack(promised()), reach, datetime.now(UTC), DNS)
    return time.monotonic() - began, run.findings(report)


def fewest_waits() -> tuple[list[list[str]], list[Finding]]:
    """What was asked in each wait, and what was found: a busy machine splits waits in two, unless the gap is long."""
    for gap in GAPS:
        with waves(gap) as server:
            where = server.bound.getsockname()
            _, found = verified((where,), where, where, PATIENT)
        if len(server.asked) <= DEPTH:
            break
    return server.asked, found


def test_a_stack_is_verified_in_as_many_waits_as_its_questions_are_deep() -> None:
    asked, found = fewest_waits()
    assert len(asked) == DEPTH
    counted = Counter(question for wait in asked for question in wait)
    assert 20 < len(counted) <= 60
    assert {question: count for question, count in counted.items() if count > 1} == {}
    assert {finding.id: finding.observed for finding in found if finding.status in ("fail", "unknown")} == {}


# What a verification computes fits 20 ms a level on a machine that does nothing else; beside other tests it may not.
@pytest.mark.long
@pytest.mark.parametrize("slow", [20], indirect=True)
def test_the_waits_are_all_that_a_verification_takes_time_for(slow: Slow) -> None:
    bound = (DEPTH + 1) * 0.02 + SPARE
    assert min(verified((slow.address,), slow.address, slow.address)[0] for _ in range(TRIES)) <= bound


@pytest.mark.parametrize("slow", [20], indirect=True)
def test_a_dead_name_server_of_two_costs_one_time_out_and_is_told_as_unknown(
    slow: Slow, silent: tuple[str, int]
) -> None:
    for timeout in (1, 2, 8):  # two time-outs one after the other take twice as long on any machine
        took, found = verified((silent, slow.address), slow.address, silent, timeout)
        if took < 2 * timeout:
            break
    assert took < 2 * timeout
    told = {finding.id for finding in found if finding.status != "pass"}
    assert told == {"dns.delegation.server", "dns.delegation.serial", "dns.propagation", "dns.dnssec.chain"}
