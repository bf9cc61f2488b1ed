"""Delegations on loopback: a resolver, a parent and two name servers, each with what it says in its zone text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from blueprint.finding import Finding, Status
from blueprint.mail_providers import CERTIFICATE_AUTHORITIES
from blueprint.outputs import OtherDomain, Outputs
from blueprint.spec import Redirect
from verify import run
from verify.reach import Reach
from verify.scene import Subject

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SOA = "3600 IN SOA ns1.dns.example. host.dns.example. {serial} 10000 2400 604800 1800"
CHILD = f"""
acme.test. {SOA}
acme.test. 86400 IN NS ns1.dns.example.
acme.test. 86400 IN NS ns2.dns.example.
acme.test. 300 IN CAA 0 issue "letsencrypt.org"
"""
RESOLVED = """
acme.test. 86400 IN NS ns1.dns.example.
acme.test. 86400 IN NS ns2.dns.example.
acme.test. 300 IN CAA 0 issue "letsencrypt.org"
shop.acme.test. 300 IN A 192.0.2.80
test. 86400 IN NS a.nic.test.
"""
PARENT = """
acme.test. 86400 IN NS ns1.dns.example.
acme.test. 86400 IN NS ns2.dns.example.
"""

Serve = Callable[..., tuple[str, int]]
Reached = Callable[..., Reach]


@pytest.fixture
def reached(nameserver: Serve) -> Iterator[Reached]:
    """Servers for these zone texts: resolver, parent and the two name servers of acme.test."""

    def serve(
        resolver: str = RESOLVED,
        parent: str = PARENT,
        first: str = CHILD.format(serial=7),
        second: str | tuple[str, int] = CHILD.format(serial=7),
        broken_parent: set[str] | None = None,
    ) -> Reach:
        addresses = {
            ("a.nic.test", 53): nameserver(parent, broken_parent, authority=False),
            ("ns1.dns.example", 53): nameserver(first),
            ("ns2.dns.example", 53): nameserver(second) if isinstance(second, str) else second,
        }
        return Reach((nameserver(resolver),), addresses=addresses, timeout=1)

    return serve


def found(reach: Reach, domain: str = "acme.test", **subject: Any) -> dict[str, Finding]:
    """The findings about the delegation by id, or by id and subject where there are several."""
    report = run.run(Subject(domain, **subject), reach, NOW, only=["delegation"])
    findings = run.findings(report)
    ids = [finding.id for finding in findings]
    return {one.id if ids.count(one.id) == 1 else f"{one.id} {one.subject}": one for one in findings}


def statuses(findings: dict[str, Finding]) -> dict[str, str]:
    return {id_: str(finding.status) for id_, finding in findings.items()}


def test_a_healthy_delegation_is_found_by_asking_from_the_root_down(reached: Reached) -> None:
    assert statuses(found(reached())) == {
        "dns.delegation.nameservers": "pass",
        "dns.delegation.server ns1.dns.example for acme.test": "pass",
        "dns.delegation.server ns2.dns.example for acme.test": "pass",
        "dns.delegation.redundancy": "pass",
        "dns.delegation.serial": "pass",
        "dns.delegation.content": "pass",
        "dns.soa.timers": "pass",
        "dns.dnssec.chain": "warn",  # not signed, and never promised to be
        "dns.caa.issuers": "unknown",  # nobody shows a certificate here
    }


def test_a_host_is_judged_by_the_zone_that_holds_it(reached: Reached) -> None:
    assert found(reached(), "shop.acme.test")["dns.delegation.nameservers"].subject == "acme.test"


def without_content(found: dict[str, str]) -> dict[str, str]:
    """The healthy findings where one name server alone knows the zone, so that there is nothing to compare."""
    return {id_: status for id_, status in found.items() if id_ != "dns.delegation.content"}


def test_a_name_server_that_does_not_know_the_zone_is_lame(reached: Reached) -> None:
    turned = {"dns.delegation.server ns2.dns.example for acme.test": "fail"}
    assert statuses(found(reached(second=""))) == {**without_content(statuses(found(reached()))), **turned}


@pytest.mark.parametrize(
    ("servers", "turned"),
    [
        ({"parent": "acme.test. 60 IN NS ns1.dns.example."}, {"dns.delegation.nameservers": "fail"}),
        ({"parent": ""}, {"dns.delegation.nameservers": "fail"}),
        ({"second": CHILD.format(serial=6)}, {"dns.delegation.serial": "fail"}),
        ({"second": CHILD.format(serial=7).replace("letsencrypt", "other")}, {"dns.delegation.content": "fail"}),
        (
            {name: CHILD.format(serial=7).replace("604800", "86400") for name in ("first", "second")},
            {"dns.soa.timers": "warn"},
        ),
        ({"second": CHILD.format(serial=7).replace("host.dns", "dns.dns")}, {"dns.delegation.serial": "warn"}),
        ({"parent": f"{PARENT}acme.test. 60 IN DS 1 13 2 {'AB' * 32}"}, {"dns.dnssec.chain": "fail"}),
        ({"broken_parent": {"acme.test"}}, {"dns.delegation.nameservers": "unknown"}),
    ],
)
def test_one_fault_turns_one_finding(reached: Reached, servers: dict[str, Any], turned: dict[str, str]) -> None:
    healthy = statuses(found(reached()))
    assert statuses(found(reached(**servers))) == {**healthy, **turned}


def test_a_dead_name_server_of_two_costs_a_time_out_and_leaves_unknown_what_only_it_could_say(
    reached: Reached, silent: tuple[str, int]
) -> None:
    healthy = statuses(found(reached()))
    seen = found(reached(second=silent))
    unknown = {"dns.delegation.server ns2.dns.example for acme.test": "unknown", "dns.delegation.serial": "unknown"}
    assert statuses(seen) == {**without_content(healthy), **unknown}
    assert "no answer within 1 s" in seen["dns.delegation.serial"].observed


def test_nameservers_that_know_only_their_own_zones_leave_the_zone_above_out_of_view(nameserver: Serve) -> None:
    served = nameserver(CHILD.format(serial=7))
    addresses = {(f"ns{number}.dns.example", 53): served for number in (1, 2)}
    seen = found(Reach((served,), addresses=addresses))
    assert seen["dns.delegation.nameservers"].status is Status.PASS
    assert "these name servers cannot see the zone above" in seen["dns.delegation.nameservers"].observed
    assert seen["dns.delegation.redundancy"].status is Status.WARN


def test_where_no_zone_answers_there_is_one_unknown_finding(nameserver: Serve) -> None:
    broken = {"acme.test", "test"}
    seen = found(Reach((nameserver("", broken),)))
    assert statuses(seen)["dns.delegation.zone"] == "unknown"
    assert "SERVFAIL" in seen["dns.delegation.zone"].observed


def test_a_name_server_without_an_address_cannot_serve(reached: Reached) -> None:
    lost = PARENT + "acme.test. 86400 IN NS gone.dns.example.\n"
    seen = found(reached(parent=lost))
    assert seen["dns.delegation.server gone.dns.example for acme.test"].status is Status.FAIL


def test_resolvers_that_disagree_are_named(nameserver: Serve) -> None:
    old = nameserver(RESOLVED.replace("letsencrypt.org", "old.example"))
    seen = found(Reach((nameserver(RESOLVED), old), timeout=0.3))["dns.propagation"]
    assert seen.status is Status.FAIL
    assert f"port {old[1]} says 0 issue" in seen.observed
    assert "CAA acme.test" in seen.observed


def test_the_host_of_a_further_domain_is_judged_by_the_records_of_its_own_zone(reached: Reached) -> None:
    issuers = "".join(f'acme.example. 300 IN CAA 0 issue "{name}"\n' for name in CERTIFICATE_AUTHORITIES)
    own = issuers.replace("acme.example", "acme.test")
    promised = Outputs.model_construct(
        web_hosts=("acme.test",),
        api_host="api.acme.test",
        redirects=(Redirect(source="www.acme.example", target="https://acme.test"),),
        nameservers=("ns1.dns.example", "ns2.dns.example"),
        dnssec_ds="",
        other_domains=(OtherDomain(domain="acme.example", nameservers=("ns1.dns.example",), dnssec_ds=""),),
        records=(),
    )
    resolved = RESOLVED.replace('acme.test. 300 IN CAA 0 issue "letsencrypt.org"\n', own)
    assert found(reached(resolved + issuers), promised=promised)["dns.caa.issuers"].status is Status.PASS
    bare = found(reached(resolved), promised=promised)["dns.caa.issuers"]
    assert (bare.status, bare.observed) == (Status.FAIL, "no CAA record holds for www.acme.example")
