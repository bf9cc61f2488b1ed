"""A verification waits for the DNS as rarely as can be: the server's own log says what it was asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.verify_speed import SPARE, Slow, slow_server
from blueprint import spec
from blueprint.finding import Finding
from blueprint.outputs import EdgePromise, MailPromise, Outputs
from blueprint.records import DnsRecord, records
from engine.home import PROJECT
from verify import run
from verify.reach import Address, Reach
from verify.scene import Subject, of_stack

DNS = ("delegation", "records", "mail")
DEPTH = 3  # the domain's SPF record, Google's, Google's netblocks; or name servers, their addresses, what they say
TRIES = 10  # a machine may be busy: the bound is about what is possible
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


@pytest.fixture
def slow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Slow]:
    zone = "\n".join([FOREIGN, *(line(record) for record in promised().records)])
    with slow_server(request.param, zone, tmp_path) as server:
        yield server


def verified(
    slow: Slow, subject: Subject, nameservers: tuple[Address, ...], second: Address, timeout: float = 5
) -> tuple[float, list[Finding]]:
    """How many seconds it took, and what was found."""
    addresses = {("ns1.acme.test", 53): slow.address, ("ns2.acme.test", 53): second}
    reach = Reach(nameservers, addresses=addresses, timeout=timeout)
    began = time.monotonic()
    report = run.run(subject, reach, datetime.now(UTC), DNS)
    return time.monotonic() - began, run.findings(report)


# What a verification computes fits 20 ms a level on a machine that does nothing else; beside other tests it may not.
@pytest.mark.parametrize(
    "slow", [pytest.param(20, marks=pytest.mark.long), 100], indirect=True, ids=lambda delay: f"{delay} ms"
)
def test_a_stack_is_verified_in_as_many_waits_as_its_questions_are_deep(slow: Slow, request: Any) -> None:
    delay = request.node.callspec.params["slow"] / 1000
    subject = of_stack(promised())
    for _ in range(TRIES):
        slow.heard()
        took, found = verified(slow, subject, (slow.address,), slow.address)
        asked = Counter(slow.heard())
        if took <= (DEPTH + 1) * delay + SPARE:
            break
    assert took <= (DEPTH + 1) * delay + SPARE
    assert 20 < len(asked) <= 60
    assert {question: count for question, count in asked.items() if count > 1} == {}
    assert {finding.id: finding.observed for finding in found if finding.status in ("fail", "unknown")} == {}


@pytest.mark.parametrize("slow", [20], indirect=True)
def test_a_dead_name_server_of_two_costs_one_time_out_and_is_told_as_unknown(
    slow: Slow, silent: tuple[str, int]
) -> None:
    subject = of_stack(promised())
    for _ in range(TRIES):
        healthy, _found = verified(slow, subject, (slow.address,), slow.address, timeout=1)
        took, found = verified(slow, subject, (silent, slow.address), silent, timeout=1)
        if took <= healthy + 1 + SPARE:
            break
    assert took <= healthy + 1 + SPARE
    told = {finding.id for finding in found if finding.status != "pass"}
    assert told == {"dns.delegation.server", "dns.delegation.serial", "dns.propagation", "dns.dnssec.chain"}
