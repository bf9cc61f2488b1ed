"""Delegations held against zonemaster's test zones: its scenarios in our own data, its verdict beside ours.

Zonemaster publishes which messages each scenario has to give and a level for each message (the folders `test-zones` and
`tests` of docs/public/specifications at github.com/zonemaster/zonemaster). Taken from there are the names of scenarios
and the level of the worst message. Where we judge otherwise, docs/testing.md says why.
"""

from __future__ import annotations

import pytest

from tests.verify.groups.small_internet import DEAD, EMPTY, LAME, zone
from tests.verify.groups.small_world import ABOVE, ADDRESSES, CHILD, GRANDPARENT, NS, REGISTRY, SOA, World, at, named
from tests.verify.groups.zonemaster import ERROR, FINE, NOTICE, OPEN, WARNING, Scenario, disagreements, documented, on

EXISTS, ZONE, NAMES = "dns.delegation.exists", "dns.delegation.zone", "dns.delegation.nameservers"
SERVER, GLUE, MACHINES = "dns.delegation.server", "dns.delegation.glue", "dns.delegation.redundancy"
SERIAL, TIMERS = "dns.delegation.serial", "dns.soa.timers"
ABOUT = {  # the findings on the question of a test case
    "BASIC01": (EXISTS, ZONE, NAMES),
    "BASIC02": (EXISTS, SERVER),
    "CONSISTENCY05": (GLUE,),
    "CONSISTENCY06": (SERIAL,),
    "DELEGATION01": (NAMES, GLUE, MACHINES),
    "DELEGATION02": (GLUE, MACHINES),
    "METHODSV2": (EXISTS, ZONE, NAMES, SERVER, GLUE),
}


def addresses(kinds: str, *names: str) -> str:
    return "".join(at(f"{name}.acme.test.", name, kinds) for name in names)


MIXED = named("ns1", "a.nic.test.") + at("ns1.acme.test.", "ns1")
PARENTS = named("a.nic.test.", "b.nic.test.")
ROOTS = named("r.dns.example.", "o.dns.example.")
SHARED = named("a.nic.test.", "ns2") + at("ns2.acme.test.", "ns2")  # a server of test serves acme.test too
ON_PARENT = {"a.nic": (zone("acme.test", SOA, SHARED),)}
SISTER = named("ns3.acme.test.", owner="sister.test.")
THIRD = named("r.nic.test.", owner="test.") + at("r.nic.test.", "root")  # a server of the root serves test too
CUT_OFF = GRANDPARENT.replace("test. NS", "gone. NS")
OUTSIDE = named("ns1.dns.example.", "ns2.dns.example.")
OUTSIDE_ADDRESSES = at("ns1.dns.example.", "ns1") + at("ns2.dns.example.", "ns2")
BARE_NAMES = "ns1.dns.example. TXT x\nns2.dns.example. TXT x\n"
SIBLINGS = named("ns1.sibling.test.", "ns2.sibling.test.")
SIBLING_ADDRESSES = at("ns1.sibling.test.", "ns1") + at("ns2.sibling.test.", "ns2")
SIBLING_CUT = named("a.nic.test.", owner="sibling.test.")
SIBLING = {"a.nic": (zone("sibling.test", SIBLING_ADDRESSES),)}
BELOW = named("ns1.sub.acme.test.", "ns2.sub.acme.test.")
BELOW_CUT = named("ns1.sub.acme.test.", "ns2.sub.acme.test.", owner="sub.acme.test.")
BELOW_ADDRESSES = at("ns1.sub.acme.test.", "ns1") + at("ns2.sub.acme.test.", "ns2")
SUB = zone("sub.acme.test", BELOW_ADDRESSES)
FOUR = named("ns1", "ns2", "ns3", "ns4") + addresses("46", "ns1", "ns2", "ns3", "ns4")
THREE = named("ns1", "ns2", "ns3") + addresses("46", "ns1", "ns2", "ns3")
TWICE = named("ns1", "ns1b", "ns2") + ADDRESSES + at("ns1b.acme.test.", "ns1")
ALIASES = "c1.acme.test. CNAME ns1.acme.test.\nc2.acme.test. CNAME ns2.acme.test.\n"
AWAY = "c1.acme.test. CNAME ns1.dns.example.\nc2.acme.test. CNAME ns2.dns.example.\n"
ALIASED = named("c1", "c2") + at("c1.acme.test.", "ns1") + at("c2.acme.test.", "ns2")
OUTSIDE_ALIASES = "ns1.dns.example. CNAME a.dns.example.\nns2.dns.example. CNAME b.dns.example.\n"
OUTSIDE_ALIASES += at("a.dns.example.", "ns1") + at("b.dns.example.", "ns2")
ALL_DEAD = {"ns1": DEAD, "ns2": DEAD}
UNHEARD = on(NAMES, status="unknown") | on(SERIAL, status="unknown") | on(TIMERS, status="unknown")
NO_ANSWER = UNHEARD | on(SERVER, "ns1", "ns2", status="unknown") | on(GLUE, status="unknown")
NO_ADDRESS = on(SERVER, "ns1.dns.example", "ns2.dns.example") | UNHEARD | on(MACHINES, status="warn")
ONE_SILENT = on(SERVER, "ns1", status="unknown") | on(SERIAL, status="unknown")

BASIC01 = [
    ("GOOD-1", FINE, World(), {}),
    ("GOOD-MIXED-1", FINE, World(registry=REGISTRY + THIRD, root=GRANDPARENT + THIRD, other_root=GRANDPARENT + THIRD,
                                 more={"root": (zone("test", REGISTRY, THIRD, ABOVE),)}), {}),
    ("GOOD-MIXED-2", FINE, World(SOA + MIXED, above=MIXED, more={"a.nic": (zone("acme.test", SOA, MIXED),)}), {}),
    ("GOOD-PARENT-HOST-1", FINE, World(above=PARENTS, more={
        place: (zone("acme.test", SOA, PARENTS),) for place in ("a.nic", "b.nic")}), {}),
    ("GOOD-GRANDPARENT-HOST-1", FINE, World(
        above=ROOTS, elsewhere=at("r.dns.example.", "root") + at("o.dns.example.", "other"),
        more={place: (zone("acme.test", SOA, ROOTS),) for place in ("root", "other")}), {}),
    ("NO-CHILD-1", ERROR, World(above=""), on(EXISTS, status="unknown")),
    ("NO-CHILD-2", ERROR, World(above="acme.test. TXT x"), on(ZONE)),
    ("NO-CHLD-PAR-UNDETER-1", ERROR, World(above="", root=CUT_OFF), on(EXISTS, status="unknown")),
    ("CHLD-FOUND-PAR-UNDET-1", WARNING, World(root=CUT_OFF + ABOVE), on(NAMES, status="unknown")),
    ("CHLD-FOUND-INCONSIST-1", ERROR, World(beside=""), on(NAMES)),
    ("CHLD-FOUND-INCONSIST-2", ERROR, World(beside="acme.test. CNAME sister.test.\n" + at("sister.test.", "ns2")),
     on(NAMES)),
    ("CHLD-FOUND-INCONSIST-3", ERROR, World(beside="acme.test. CNAME sister.test.\n" + SISTER), on(NAMES)),
    ("CHLD-FOUND-INCONSIST-4", ERROR, World(beside="acme.test. DNAME sister.test.\n" + SISTER), on(NAMES)),
    ("CHLD-FOUND-INCONSIST-5", ERROR, World(beside=at("acme.test.", "ns2")), on(NAMES)),
    *((f"CHLD-FOUND-INCONSIST-{number}", ERROR, World(SOA + SHARED, above=SHARED, beside=other, more=ON_PARENT),
       on(NAMES))
      for number, other in ((6, ""), (7, "acme.test. CNAME sister.test.\n" + at("sister.test.", "ns2")),
                            (8, "acme.test. CNAME sister.test.\n" + SISTER),
                            (9, "acme.test. DNAME sister.test.\n" + SISTER), (10, at("acme.test.", "ns2")))),
    ("NO-CHLD-NO-PAR-1", ERROR, World(faults={"root": "SERVFAIL", "other": "SERVFAIL"}), on(ZONE, status="unknown")),
    ("CHILD-ALIAS-1", ERROR, World(above="acme.test. DNAME sister.test.\n" + SISTER), on(ZONE)),
    ("CHILD-ALIAS-2", ERROR, World(above="acme.test. DNAME sister.test.", beside="acme.test. DNAME brother.test."),
     on(ZONE)),
    ("ZONE-ERR-GRANDPARENT-1", FINE, World(faults={"other": LAME}), {}),
    ("ZONE-ERR-GRANDPARENT-2", FINE, World(other_root=GRANDPARENT, root=GRANDPARENT + ". NS ns.dns.example."), {}),
    ("ZONE-ERR-GRANDPARENT-3", FINE, World(other_root=GRANDPARENT + "wrong. NS ns.dns.example."), {}),
]  # fmt: skip
BASIC02 = [
    ("GOOD-1", FINE, World(), {}),
    ("GOOD-2", FINE, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_ADDRESSES), {}),
    ("MIXED-1", FINE, World(SOA + FOUR, above=FOUR, faults={"ns2": DEAD, "ns3": "SERVFAIL", "ns4": LAME}),
     on(SERVER, "ns2", "ns3", status="unknown") | on(SERVER, "ns4") | on(SERIAL, status="unknown")),
    ("NO-DELEGATION-1", ERROR, World(above=""), on(EXISTS, status="unknown")),
    ("NS-BROKEN-1", ERROR, World(faults={"ns1": {"SOA": EMPTY}, "ns2": {"SOA": EMPTY}}),
     on(SERVER, "ns1", "ns2") | on(SERIAL, status="unknown") | on(TIMERS, status="unknown")),
    ("NS-NOT-AUTH-1", ERROR, World(faults={"ns1": LAME, "ns2": LAME}),
     on(SERVER, "ns1", "ns2") | on(GLUE, status="unknown")),
    ("NS-NO-IP-1", ERROR, World(above=NS),
     UNHEARD | on(SERVER, "ns1", "ns2", status="unknown") | on(GLUE) | on(MACHINES, status="unknown")),
    ("NS-NO-IP-2", ERROR, World(above=OUTSIDE, elsewhere=BARE_NAMES), NO_ADDRESS),
    ("NS-NO-IP-3", ERROR, World(above=OUTSIDE), NO_ADDRESS),
    ("NS-NO-RESPONSE-1", ERROR, World(faults=ALL_DEAD), NO_ANSWER),
    ("UNEXPECTED-RCODE-1", ERROR, World(
        SOA + THREE, above=THREE, faults={"ns1": "NXDOMAIN", "ns2": "REFUSED", "ns3": "SERVFAIL"}),
     UNHEARD | on(SERVER, "ns1") | on(SERVER, "ns2", "ns3", status="unknown") | on(GLUE, status="unknown")),
]  # fmt: skip
CONSISTENCY05 = [
    ("ADDRESSES-MATCH-1", FINE, World(), {}),
    ("ADDRESSES-MATCH-2", FINE, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_ADDRESSES), {}),
    ("ADDRESSES-MATCH-3", FINE, World(faults={"ns1": LAME}), on(SERVER, "ns1")),
    ("ADDRESSES-MATCH-4", FINE, World(faults={"ns1": "SERVFAIL"}), ONE_SILENT),
    ("ADDRESSES-MATCH-5", FINE, World(faults={"ns1": DEAD}), ONE_SILENT),
    ("ADDRESSES-MATCH-6", FINE, World(
        SOA + SIBLINGS, above=SIBLINGS + SIBLING_ADDRESSES + SIBLING_CUT, more=SIBLING), {}),
    ("ADDRESSES-MATCH-7", FINE, World(
        SOA + BELOW + BELOW_CUT + BELOW_ADDRESSES, above=BELOW + BELOW_ADDRESSES, more={"ns1": (SUB,), "ns2": (SUB,)}),
     {}),
    ("CHILD-ZONE-LAME-1", ERROR, World(faults=ALL_DEAD), NO_ANSWER),
    ("CHILD-ZONE-LAME-2", ERROR, World(faults={"ns1": LAME, "ns2": "SERVFAIL"}),
     on(SERVER, "ns1") | on(SERVER, "ns2", status="unknown") | on(GLUE, status="unknown")
     | on(SERIAL, status="unknown")),
    ("IB-ADDR-MISMATCH-1", ERROR, World(SOA + NS + at("ns1.acme.test.", "ns1") + at("ns2.acme.test.", "ns4")),
     on(GLUE)),
    ("IB-ADDR-MISMATCH-2", ERROR, World(SOA + NS + at("ns1.acme.test.", "ns1")), on(GLUE)),
    ("IB-ADDR-MISMATCH-3", ERROR, World(SOA + named("ns1") + at("ns1.acme.test.", "ns1"), faults={"ns2": DEAD}),
     on(NAMES) | on(GLUE) | on(SERVER, "ns2", status="unknown") | on(SERIAL, status="unknown")),
    ("IB-ADDR-MISMATCH-4", ERROR, World(SOA + NS), on(GLUE)),
    ("EXTRA-ADDRESS-CHILD", NOTICE, World(CHILD + at("ns2.acme.test.", "ns4")), on(GLUE, status="warn")),
    ("OOB-ADDR-MISMATCH", ERROR, World(
        SOA + SIBLINGS, more=SIBLING,
        above=SIBLINGS + SIBLING_CUT + at("ns1.sibling.test.", "ns1") + at("ns2.sibling.test.", "ns4")), on(GLUE)),
]  # fmt: skip
OTHER_MASTER = CHILD.replace("SOA ns1", "SOA ns2")
CONSISTENCY06 = [
    ("ONE-SOA-MNAME-1", FINE, World(), {}),
    ("ONE-SOA-MNAME-2", FINE, World(faults={"ns1": DEAD}), ONE_SILENT),
    ("ONE-SOA-MNAME-3", FINE, World(faults={"ns1": {"SOA": EMPTY}}), on(SERVER, "ns1")),
    ("ONE-SOA-MNAME-4", FINE, World(SOA + named("ns1") + ADDRESSES, faults={"ns2": DEAD}),
     on(NAMES) | on(SERVER, "ns2", status="unknown") | on(SERIAL, status="unknown")),
    ("MULTIPLE-SOA-MNAMES-1", NOTICE, World(second=OTHER_MASTER), on(SERIAL, status="warn")),
    ("MULTIPLE-SOA-MNAMES-2", NOTICE, World(
        SOA + THREE, second=OTHER_MASTER.replace(NS, THREE), above=THREE, faults={"ns3": DEAD}),
     on(SERVER, "ns3", status="unknown") | on(SERIAL, status="unknown")),
    ("NO-RESPONSE", OPEN, World(faults=ALL_DEAD), NO_ANSWER),
]  # fmt: skip
SIX = addresses("6", "ns1", "ns2")
FOUR_ALONE = addresses("4", "ns1", "ns2")
OUTSIDE_BY = {kind: at("ns1.dns.example.", "ns1", kind) + at("ns2.dns.example.", "ns2", kind) for kind in "46"}
SIBLINGS_BY = {kind: at("ns1.sibling.test.", "ns1", kind) + at("ns2.sibling.test.", "ns2", kind) for kind in "46"}


def by_siblings(kind: str) -> World:
    held = {"a.nic": (zone("sibling.test", SIBLINGS_BY[kind]),)}
    return World(SOA + SIBLINGS, above=SIBLINGS + SIBLINGS_BY[kind] + SIBLING_CUT, more=held)


DELEGATION01 = [
    ("ENOUGH-1", FINE, World(), {}),
    ("ENOUGH-2", FINE, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_ADDRESSES), {}),
    ("ENOUGH-3", FINE, World(SOA + SIBLINGS, above=SIBLINGS + SIBLING_ADDRESSES), {}),
    ("ENOUGH-DEL-NOT-CHILD", ERROR, World(SOA + named("ns1") + ADDRESSES), on(NAMES)),
    ("ENOUGH-CHILD-NOT-DEL", ERROR, World(above=named("ns1") + at("ns1.acme.test.", "ns1")), on(NAMES)),
    ("IPV6-AND-DEL-OK-NO-IPV4-CHILD", WARNING, World(SOA + NS + SIX), on(GLUE)),
    ("IPV4-AND-DEL-OK-NO-IPV6-CHILD", NOTICE, World(SOA + NS + FOUR_ALONE), on(GLUE)),
    ("NO-IPV4-1", WARNING, World(SOA + NS + SIX, above=NS + SIX), on(MACHINES, status="warn")),
    ("NO-IPV4-2", WARNING, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_BY["6"]), on(MACHINES, status="warn")),
    ("NO-IPV4-3", WARNING, by_siblings("6"), on(MACHINES, status="warn")),
    ("NO-IPV6-1", NOTICE, World(SOA + NS + FOUR_ALONE, above=NS + FOUR_ALONE), {}),
    ("NO-IPV6-2", NOTICE, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_BY["4"]), {}),
    ("NO-IPV6-3", NOTICE, by_siblings("4"), {}),
    ("MISMATCH-DELEGATION-CHILD-1", ERROR, World(above=NS + addresses("4", "ns1") + addresses("6", "ns2")),
     on(GLUE, status="warn")),
    ("MISMATCH-DELEGATION-CHILD-2", ERROR, World(SOA + NS + addresses("4", "ns1") + addresses("6", "ns2")), on(GLUE)),
]  # fmt: skip
SAME = NS + at("ns1.acme.test.", "ns1") + at("ns2.acme.test.", "ns1")
ONE_MACHINE = on(GLUE) | on(MACHINES, status="warn")
OUTSIDE_TWICE = named("ns1.dns.example.", "ns1b.dns.example.", "ns2.dns.example.")
SIBLINGS_TWICE = named("ns1.sibling.test.", "ns1b.sibling.test.", "ns2.sibling.test.")
SIBLINGS_TWICE_AT = SIBLING_ADDRESSES + at("ns1b.sibling.test.", "ns1")
DELEGATION02 = [
    ("ALL-DISTINCT-1", FINE, World(), {}),
    ("ALL-DISTINCT-2", FINE, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_ADDRESSES), {}),
    ("ALL-DISTINCT-3", FINE, World(SOA + SIBLINGS, above=SIBLINGS + SIBLING_ADDRESSES), {}),
    ("DEL-NON-DISTINCT", ERROR, World(above=SAME), ONE_MACHINE),
    ("CHILD-NON-DISTINCT", ERROR, World(SOA + SAME), ONE_MACHINE),
    ("NON-DISTINCT-1", ERROR, World(SOA + TWICE, above=TWICE), {}),
    ("NON-DISTINCT-2", ERROR, World(
        SOA + OUTSIDE_TWICE, above=OUTSIDE_TWICE, elsewhere=OUTSIDE_ADDRESSES + at("ns1b.dns.example.", "ns1")), {}),
    ("NON-DISTINCT-3", ERROR, World(SOA + SIBLINGS_TWICE, above=SIBLINGS_TWICE + SIBLINGS_TWICE_AT), {}),
]  # fmt: skip
RENAMED = named("ns1-2", "ns2-2") + at("ns1-2.acme.test.", "ns1") + at("ns2-2.acme.test.", "ns2")
MOVED = named("ns1-2", "ns3") + at("ns1-2.acme.test.", "ns1") + at("ns3.acme.test.", "ns3")
ONE_LOST = on(SERVER, "ns2.dns.example") | on(MACHINES, status="warn")
METHODSV2 = [  # what they add to BASIC01; the level is that of the test case on the same fault
    ("DIFF-NS-1", ERROR, World(SOA + RENAMED), on(NAMES) | on(GLUE)),
    ("DIFF-NS-2", ERROR, World(SOA + MOVED, second="other.test. TXT x"), on(NAMES) | on(GLUE) | on(SERVER, "ns2")),
    ("IB-NOT-IN-ZONE-1", ERROR, World(SOA + NS), on(GLUE)),
    ("CHILD-NO-ZONE-1", ERROR, World(faults={"ns1": "SERVFAIL", "ns2": "SERVFAIL"}), NO_ANSWER),
    ("CHILD-NO-ZONE-2", ERROR, World(faults=ALL_DEAD), NO_ANSWER),
    ("DELEG-OOB-W-ERROR-1", ERROR, World(
        SOA + OUTSIDE, above=OUTSIDE, elsewhere=at("ns1.dns.example.", "ns1") + "ns2.dns.example. TXT x"), ONE_LOST),
    ("DELEG-OOB-W-ERROR-2", ERROR, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=at("ns1.dns.example.", "ns1")),
     ONE_LOST),
    ("DELEG-OOB-W-ERROR-3", ERROR, World(above=OUTSIDE, elsewhere=BARE_NAMES), NO_ADDRESS),
    ("DELEG-OOB-W-ERROR-4", ERROR, World(above=OUTSIDE), NO_ADDRESS),
    ("CHILD-NS-CNAME-1", ERROR, World(SOA + named("c1", "c2") + ADDRESSES + ALIASES, above=ALIASED),
     on(SERVER, "c1", "c2")),
    ("CHILD-NS-CNAME-2", ERROR, World(
        SOA + named("c1", "c2") + AWAY, above=ALIASED, elsewhere=OUTSIDE_ADDRESSES), on(SERVER, "c1", "c2") | on(GLUE)),
    ("CHILD-NS-CNAME-3", ERROR, World(SOA + OUTSIDE, above=OUTSIDE, elsewhere=OUTSIDE_ALIASES),
     on(SERVER, "ns1.dns.example", "ns2.dns.example")),
    ("CHILD-NS-CNAME-4", ERROR, World(
        SOA + named("c1", "c2") + FOUR_ALONE + ALIASES, above=named("c1", "c2") + at("c1.acme.test.", "ns1", "4")),
     on(SERVER, "c1", "c2") | on(GLUE)),
    ("PARENT-NS-SAME-IP-1", OPEN, World(
        registry=REGISTRY + named("c.nic.test.", owner="test.") + at("c.nic.test.", "b.nic")), {}),
]  # fmt: skip
TABLES = {
    "BASIC01": BASIC01,
    "BASIC02": BASIC02,
    "CONSISTENCY05": CONSISTENCY05,
    "CONSISTENCY06": CONSISTENCY06,
    "DELEGATION01": DELEGATION01,
    "DELEGATION02": DELEGATION02,
    "METHODSV2": METHODSV2,
}
SCENARIOS = [Scenario(case, *row, about=ABOUT[case]) for case, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_scenario_has_exactly_these_findings_besides_those_passed(scenario: Scenario) -> None:
    assert scenario.world.verdicts() == scenario.ours


def test_only_what_is_documented_is_judged_otherwise_than_by_zonemaster() -> None:
    assert disagreements(SCENARIOS) == documented(TABLES)
