"""DNSSEC held against zonemaster's test zones: scenarios in our own data, really signed where a library can sign."""

from __future__ import annotations

import pytest

from tests.verify.groups.small_internet import DEAD, EMPTY, LAME
from tests.verify.groups.small_signing import ds, signed
from tests.verify.groups.small_world import ABOVE, CHILD, REGISTRY, SOA, World, at, named
from tests.verify.groups.zonemaster import ERROR, FINE, NOTICE, WARNING, Scenario, disagreements, documented, on

CHAIN, ZONE = "dns.dnssec.chain", "dns.delegation.zone"
NAMES, SERVER = "dns.delegation.nameservers", "dns.delegation.server"
GAVE_UP = (1, 3, 5, 6, 7, 12)
SIGNED = signed(13)
HELD = ABOVE + ds(13)
NO_DS = on(CHAIN, status="warn")
THIRD = named("c.nic.test.", owner="test.") + at("c.nic.test.", "b.nic")
TWO_NAMES = named("ns1", "ns1b") + at("ns1.acme.test.", "ns1", "4") + at("ns1b.acme.test.", "ns1", "4")


def digest(number: int, level: str, status: str = "warn") -> tuple[str, str, World, dict[str, str]]:
    said = {1: "DEPRECATED", 3: "DEPRECATED", 0: "NOT-DS", 253: "PRIVATE", 254: "PRIVATE"}
    kind = said.get(number, "OK" if number < 7 else "RESERVED" if number > 127 else "UNASSIGNED")
    ours = on(CHAIN, status=status) if status else {}
    return f"ALGO-{kind}-{number}", level, World(SIGNED, above=ABOVE + ds(13, number)), ours


DNSSEC01 = [
    *(digest(number, ERROR) for number in (1, 3, 7, 67, 127, 128, 188, 252, 253, 254)),
    ("ALGO-NOT-DS-0", ERROR, World(SIGNED, above=ABOVE + ds(13, 0)), on(NAMES, status="unknown")),  # cannot be read
    digest(2, FINE, ""),
    digest(4, NOTICE, ""),
    digest(5, NOTICE),
    digest(6, NOTICE),
    ("SHARED-IP-1", FINE, World(SIGNED, above=HELD, registry=REGISTRY + THIRD), {}),
    ("SHARED-IP-2", FINE, World(SIGNED, above=HELD, registry=REGISTRY.replace(".nic.test.", ".dns.test.")), {}),
    ("MIXED-ALGO-1", ERROR, World(SIGNED, above=ABOVE + ds(13, 1) + ds(13) + ds(13, 253)), on(CHAIN, status="warn")),
    ("NO-RESPONSE-1", WARNING, World(SIGNED, above=HELD, faults={"a.nic": DEAD, "b.nic": DEAD}),
     on(ZONE, status="unknown")),
    ("NO-VALID-RESPONSE-1", WARNING, World(
        SIGNED, above=HELD, faults={"a.nic": {"DS": "SERVFAIL"}, "b.nic": {"DS": "REFUSED"}}),
     on(NAMES, status="unknown")),
    ("PARENT-SERVER-NO-DS-1", ERROR, World(SIGNED, above=ABOVE, beside=HELD), on(NAMES) | NO_DS),
    ("PARENT-ZONE-NO-DS-1", NOTICE, World(SIGNED), NO_DS),
]  # fmt: skip


def algorithm(number: int, kind: str, level: str, status: str = "warn") -> tuple[str, str, World, dict[str, str]]:
    ours = on(CHAIN, status=status) if status else {}
    return f"ALGO-{kind}-{number}", level, World(signed(number), above=ABOVE + ds(number)), ours


DNSSEC05 = [
    *(algorithm(number, "DEPRECATED", ERROR) for number in GAVE_UP),
    *(algorithm(number, "RESERVED", ERROR) for number in (4, 9, 11, 123, 251, 255)),
    *(algorithm(number, "UNASSIGNED", ERROR) for number in (20, 122)),
    *(algorithm(number, "PRIVATE", ERROR) for number in (253, 254)),
    *(algorithm(number, "NOT-ZONE-SIGN", ERROR) for number in (0, 2, 252)),
    algorithm(10, "NOT-RECOMMENDED", WARNING),
    *(algorithm(number, "OK", FINE, "") for number in (8, 13, 14, 15, 16)),
    *(algorithm(number, "OK", FINE) for number in (17, 23)),
    ("MIXED-ALGO-1", ERROR, World(signed(7, 10, 13), above=HELD), on(CHAIN, status="warn")),
    ("NO-RESPONSE-1", WARNING, World(SIGNED, above=HELD, faults={"ns1": {"DNSKEY": DEAD}, "ns2": {"DNSKEY": LAME}}),
     on(CHAIN, status="unknown") | on(SERVER, "ns2")),
    ("NO-RESPONSE-2", WARNING, World(
        SIGNED, above=HELD, faults={"ns1": {"DNSKEY": "SERVFAIL"}, "ns2": {"DNSKEY": "REFUSED"}}),
     on(CHAIN, status="unknown")),
    ("SERVER-NO-DNSSEC-1", ERROR, World(SIGNED, above=HELD, faults={"ns1": {"DNSKEY": EMPTY}}), on(CHAIN)),
    ("SHARED-IP-1", FINE, World(signed(13, child=SOA + TWO_NAMES), above=TWO_NAMES + ds(13)),
     on("dns.delegation.redundancy", status="warn")),
    ("ZONE-NO-DNSSEC-1", NOTICE, World(), on(CHAIN, status="warn")),
]  # fmt: skip
DNSSEC07 = [
    ("SIGNED-AND-DS-1", FINE, World(SIGNED, above=HELD), {}),
    ("SIGNED-NO-DS-1", WARNING, World(SIGNED), NO_DS),
    ("INCONSIST-SIGNED-AND-DS-1", ERROR, World(SIGNED, second=CHILD, above=HELD), on(CHAIN)),
    ("INCONSIST-SIGNED-NO-DS-1", ERROR, World(SIGNED, second=CHILD), on(CHAIN)),
    ("SIGNED-AND-INCONSIST-DS-1", ERROR, World(SIGNED, above=HELD, beside=ABOVE), on(NAMES)),
    ("UNSIGNED-AND-DS-1", WARNING, World(above=HELD), on(CHAIN)),
    ("UNSIGNED-NO-DS-1", WARNING, World(), on(CHAIN, status="warn")),
    ("NON-AUTH-RESPONSE-DNSKEY-1", WARNING, World(SIGNED, above=HELD, faults={"ns1": {"DNSKEY": LAME}}),
     on(SERVER, "ns1")),
    ("NO-RESPONSE-DNSKEY-1", WARNING, World(SIGNED, above=HELD, faults={"ns1": {"DNSKEY": DEAD}}),
     on(CHAIN, status="unknown")),
    ("UNEXP-RCODE-RESP-DNSKEY-1", WARNING, World(SIGNED, above=HELD, faults={"ns1": {"DNSKEY": "REFUSED"}}),
     on(CHAIN, status="unknown")),
]  # fmt: skip
TABLES = {"DNSSEC01": DNSSEC01, "DNSSEC05": DNSSEC05, "DNSSEC07": DNSSEC07}
ABOUT = ("dns.dnssec.", NAMES, SERVER, ZONE)
SCENARIOS = [Scenario(case, *row, about=ABOUT) for case, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_scenario_has_exactly_these_findings_besides_those_passed(scenario: Scenario) -> None:
    assert scenario.world.verdicts(leave_out=()) == scenario.ours


def test_only_what_is_documented_is_judged_otherwise_than_by_zonemaster() -> None:
    assert disagreements(SCENARIOS) == documented(TABLES)


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(SIGNED), "the zone above has no DS record, so no resolver looks at the signatures"),
        (World(SIGNED, above=ABOVE + ds(13, 5)), "digest type 5, which validators do not know"),
        (World(SIGNED, above=HELD + ds(13, 1)), "a DS record also has digest type 1, which validators have given up"),
        (World(signed(17), above=ABOVE + ds(17)), "algorithm 17, which validators do not know"),
        (World(signed(5), above=ABOVE + ds(5)), "algorithm 5, which validators have given up"),
        (World(signed(10), above=ABOVE + ds(10)), "algorithm 10 is not recommended for signing"),
        (World(signed(7, 13), above=HELD), "a key also has algorithm 7, which validators have given up"),
        (World(SIGNED, above=HELD, faults={"ns1": {"DNSKEY": EMPTY}}), "says that the zone has no keys"),
    ],
)  # fmt: skip
def test_the_chain_says_what_is_wrong(world: World, words: str) -> None:
    (chain,) = (each for each in world.findings() if each.id == CHAIN)
    assert words in chain.observed


def denying(parameters: str) -> World:
    """The signed zone with these NSEC3 parameters."""
    return World(signed(13, child=f"{CHILD}acme.test. NSEC3PARAM {parameters}\n"), above=HELD)


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ("1 0 0 -", "pass", "0 iterations, no salt"),
        ("1 0 0 ABCD", "warn", "salt abcd"),
        ("1 0 10 -", "warn", "10 iterations"),
        ("1 0 150 AB", "warn", "above 100 many resolvers take the zone for unsigned"),
    ],
)
def test_parameters_of_nsec3_that_resolvers_may_refuse_are_a_warning(parameters: str, status: str, words: str) -> None:
    (denial,) = (each for each in denying(parameters).findings() if each.id == "dns.dnssec.nsec3")
    assert (str(denial.status), words in denial.observed.lower()) == (status, True)
