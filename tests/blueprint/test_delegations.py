"""What a name has beside, below or instead of what it is delegated to, and which texts it can have once."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.spec import SpecError, parse

Record = dict[str, str]


def record(name: str, kind: str, content: str) -> Record:
    return {"name": name, "type": kind, "content": content}


LAB = record("lab", "NS", "ns1.lab.acme.test")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([record("app", "NS", "ns1.example.com")], "nobody would answer for the CNAME record at app.acme.test"),
        ([record("_domainkey", "NS", "ns1.example.com")], "TXT record at google._domainkey.acme.test"),
        ([LAB, record("lab", "TXT", "a")], "nobody would answer for the TXT record at lab.acme.test"),
        ([record("lab", "A", "192.0.2.1"), LAB], "nobody would answer for the A record at lab.acme.test"),
        ([LAB, record("deep.in.lab", "A", "192.0.2.1")], "A record at deep.in.lab.acme.test"),
        (
            [record("x", "TXT", "v=spf1 -all"), record("x", "TXT", '"V=SPF1 a -all"')],
            "two texts that begin with v=spf1",
        ),
        (
            [record("_dmarc.x", "TXT", "v=DMARC1; p=none"), record("_dmarc.x", "TXT", "v=DMARC1; p=reject")],
            "two texts that begin with v=DMARC1",
        ),
        ([record("x", "MX", "0 ."), record("x", "MX", "10 mx.example.com")], "says that it takes no mail"),
        ([record("x", "CAA", '0 issue "a.com"'), record("x", "CAA", "0 issue a.com")], "this CAA record twice"),
        ([record("x", "AAAA", "2001:DB8::1"), record("x", "AAAA", "2001:db8:0::1")], "this AAAA record twice"),
    ],
)
def test_what_cannot_stand_together_is_refused(config: dict[str, Any], given: list[Record], words: str) -> None:
    config["records"] = given
    with pytest.raises(SpecError) as caught:
        parse(config)
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


def test_a_delegated_name_has_its_servers_their_addresses_and_its_ds(config: dict[str, Any]) -> None:
    config["records"] = [
        LAB,
        record("lab", "NS", "ns2.example.com"),
        record("ns1.lab", "A", "192.0.2.1"),
        record("lab", "DS", f"2371 13 2 {'ab' * 32}"),
        record("lab2", "A", "192.0.2.2"),
    ]
    assert len(parse(config).records) == 5


def test_records_of_a_further_domain_are_not_published_below_the_domain(config: dict[str, Any]) -> None:
    config["other_domains"] = ["acme.example"]
    config["records"] = [record("www.acme.example", "TXT", "a"), record("acme.example", "TXT", "b")]
    with pytest.raises(SpecError) as caught:
        parse(config)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["spec.records.0", "spec.records.1"]


def test_other_properties_of_issuing_may_stand_at_the_domain(config: dict[str, Any]) -> None:
    config["records"] = [record("@", "CAA", '0 issuemail ";"'), record("@", "CAA", '0 contactemail "a@acme.test"')]
    assert len(parse(config).records) == 2
