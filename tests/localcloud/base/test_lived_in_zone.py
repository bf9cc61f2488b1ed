"""Zones that a launch takes over are there in a rehearsal, with what they hold of the launch's already."""

from __future__ import annotations

from blueprint.records import DnsRecord
from localcloud.base.lived_in_zone import ODD, RECORD, RULESET, ZONE, furnished
from localcloud.base.world import Resource

ACCOUNT, HERE, ELSEWHERE = "a" * 32, "1" * 32, "2" * 32
DOMAINS = ("acme.test", "acme.example")
MX = DnsRecord("acme.test", "MX", "smtp.google.com", priority=1)
CAA = DnsRecord("acme.test", "CAA", '0 issue "pki.goog"')


def rows(adopted: dict[str, str], *published: DnsRecord) -> list[Resource]:
    return list(furnished(DOMAINS, ACCOUNT, adopted, published))


def test_a_further_domains_zone_may_be_there_and_holds_nothing_odd() -> None:
    made = rows({"Zone/acme.test": HERE, "Zone/acme.example": ELSEWHERE})
    assert [(one.id, one.inputs["name"]) for one in made if one.type == ZONE] == [
        (HERE, "acme.test"),
        (ELSEWHERE, "acme.example"),
    ]
    assert {one.inputs["zoneId"] for one in made if one.type == RECORD} == {HERE}
    assert len(made) == 2 + len(ODD)


def test_rules_of_the_dashboard_are_the_zones_or_the_accounts() -> None:
    made = rows(
        {
            "Ruleset/firewall": f"zones/{HERE}/{'3' * 32}",
            "Ruleset/redirects-acme.example": f"zones/{ELSEWHERE}/{'4' * 32}",
            "Ruleset/moved": f"accounts/{ACCOUNT}/{'5' * 32}",
        }
    )
    assert {one.type for one in made} == {RULESET}
    told = [(one.id[0], one.inputs["phase"], one.inputs.get("zoneId"), one.inputs.get("accountId")) for one in made]
    assert told == [
        ("3", "http_request_firewall_custom", HERE, None),
        ("4", "http_request_dynamic_redirect", ELSEWHERE, None),
        ("5", "http_request_redirect", None, ACCOUNT),
    ]


def test_an_adopted_record_is_the_one_that_the_launch_publishes_as_somebody_kept_it_by_hand() -> None:
    adopted = {"DnsRecord/mx-acme.test-1": f"{HERE}/{'6' * 32}", f"DnsRecord/{CAA.key}": f"{HERE}/{'7' * 32}"}
    mx, caa = rows(adopted, MX, CAA, DnsRecord("acme.test", "A", "192.0.2.1"))
    assert (mx.id, mx.inputs["zoneId"], mx.inputs["priority"]) == ("6" * 32, HERE, 1)
    assert mx.inputs["ttl"] != MX.ttl
    assert mx.inputs["comment"]
    assert caa.inputs["data"] == {"flags": 0, "tag": "issue", "value": "pki.goog"}
