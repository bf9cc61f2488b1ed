"""MX and SPF records held against zonemaster's test zones: scenarios in our own data, asked of every name server."""

from __future__ import annotations

import pytest

from tests.verify.groups.small_internet import DEAD, LAME
from tests.verify.groups.small_world import CHILD, SOA, World, at, named
from tests.verify.groups.zonemaster import FINE, NOTICE, WARNING, Scenario, disagreements, documented, on
from verify.groups import mail

CONTENT, PUBLISHED, SINGLE = "dns.delegation.content", "mail.mx.published", "mail.spf.single"
SYNTAX, ENDING = "mail.spf.syntax", "mail.spf.all"
MX = "acme.test. MX 10 mx.dns.example.\n"
OTHER = "acme.test. MX 10 mx2.dns.example.\n"
NONE = "acme.test. MX 0 .\n"
MAIL = CHILD + MX
HOSTS = at("mx.dns.example.", "ns4", "4") + at("mx2.dns.example.", "ns4", "4")
THREE = named("ns1", "ns2", "ns3") + "".join(at(f"{name}.acme.test.", name) for name in ("ns1", "ns2", "ns3"))
TWICE = (
    named("ns1", "ns1b", "ns2")
    + at("ns1b.acme.test.", "ns1")
    + "".join(at(f"{name}.acme.test.", name) for name in ("ns1", "ns2"))
)


def text(*texts: str, zone: str = CHILD) -> str:
    """The zone with these TXT records at its apex."""
    return zone + "".join(f'acme.test. TXT "{each}"\n' for each in texts)


def only(fault: str, type_: str, *names: str) -> dict[str, dict[str, str]]:
    return {name: {type_: fault} for name in names}


ZONE09 = [
    ("NO-RESPONSE-MX-QUERY", WARNING, World(MAIL, elsewhere=HOSTS, faults=only(DEAD, "MX", "ns1")),
     on(CONTENT, status="unknown")),
    ("UNEXPECTED-RCODE-MX", WARNING, World(MAIL, elsewhere=HOSTS, faults=only("SERVFAIL", "MX", "ns1")),
     on(CONTENT, status="unknown")),
    ("NON-AUTH-MX-RESPONSE", WARNING, World(MAIL, elsewhere=HOSTS, faults=only(LAME, "MX", "ns1")), on(CONTENT)),
    ("INCONSISTENT-MX", WARNING, World(MAIL, second=CHILD, elsewhere=HOSTS), on(CONTENT)),
    ("INCONSISTENT-MX-DATA", WARNING, World(MAIL, second=CHILD + OTHER, elsewhere=HOSTS), on(CONTENT)),
    ("NULL-MX-WITH-OTHER-MX", WARNING, World(MAIL + NONE, elsewhere=HOSTS), on(PUBLISHED)),
    ("NULL-MX-NON-ZERO-PREF", NOTICE, World(CHILD + "acme.test. MX 10 ."), on(PUBLISHED)),
    ("MX-DATA", FINE, World(MAIL + OTHER, elsewhere=HOSTS), {}),
    ("NULL-MX", FINE, World(CHILD + NONE), {}),
    ("NO-MX-SLD", NOTICE, World(), on(PUBLISHED, status="warn")),
]  # fmt: skip
BROKEN = on(SYNTAX) | on(ENDING, status="warn")
ZONE11 = [
    ("GOOD-SPF-1", FINE, World(text("v=spf1")), on(ENDING, status="warn")),
    ("GOOD-SPF-2", FINE, World(text("v=spf1 ip4:192.0.2.1 -all")), {}),
    ("SAME-SPF-DIFFERENT-TXT", FINE, World(text("v=spf1 -all", "a=1"), second=text("v=spf1 -all", "b=1")), on(CONTENT)),
    ("NO-TXT", NOTICE, World(), on(SINGLE)),
    ("NO-SPF-TXT", NOTICE, World(text("hello")), on(SINGLE)),
    ("INVALID-SYNTAX-1", WARNING, World(text("v=spf1 ip4:::: mail")), BROKEN),
    ("INVALID-SYNTAX-2", WARNING, World(text("v=spf1 ip4:::: mail", zone=SOA + TWICE), above=TWICE), BROKEN),
    ("INVALID-SYNTAX-3", WARNING, World(text(r"v=spf1 \200\201\255")), BROKEN),
    ("NON-AUTH-TXT", WARNING, World(text("v=spf1 -all"), faults=only(LAME, "TXT", "ns1", "ns2")),
     on(CONTENT) | on(SINGLE, status="unknown")),
    ("SERVFAIL", WARNING, World(text("v=spf1 -all"), faults=only("SERVFAIL", "TXT", "ns1", "ns2")),
     on(CONTENT, status="unknown") | on(SINGLE, status="unknown")),
    ("INCONSISTENT-SPF", WARNING, World(text("v=spf1 -all"), second=text("v=spf1 ~all")), on(CONTENT)),
    ("SPF-MISSING-ON-ONE", WARNING, World(
        text("v=spf1 -all", zone=SOA + THREE), second=text("a=1", zone=SOA + THREE), above=THREE), on(CONTENT)),
    ("ALL-DIFFERENT-SPF", WARNING, World(
        text("v=spf1 -all", zone=SOA + THREE), second=text("v=spf1 ~all", zone=SOA + THREE),
        third=text("v=spf1 ip4:192.0.2.1 -all", zone=SOA + THREE), above=THREE), on(CONTENT)),
    ("MULTIPLE-SPF-RECORDS", WARNING, World(text("v=spf1 -all", "v=spf1 ~all")), on(SINGLE)),
]  # fmt: skip
TABLES = {"ZONE09": ZONE09, "ZONE11": ZONE11}
ABOUT = (CONTENT, PUBLISHED, SINGLE, SYNTAX)
ASKED = {"ZONE09": mail.mx, "ZONE11": mail.spf}
SCENARIOS = [Scenario(case, *row, about=ABOUT) for case, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_scenario_has_exactly_these_findings_besides_those_passed(scenario: Scenario) -> None:
    assert scenario.world.verdicts(ASKED[scenario.case]) == scenario.ours


def test_only_what_is_documented_is_judged_otherwise_than_by_zonemaster() -> None:
    assert disagreements(SCENARIOS) == documented(TABLES)
