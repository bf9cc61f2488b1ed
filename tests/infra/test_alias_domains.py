from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.records import alias_domain_records
from infra.alias_domains import AliasDomain, AliasDomainConfig
from infra.edge import Hsts

RECORDS = alias_domain_records("acme.example", "dmarc@acme.test")
CONFIG = AliasDomainConfig("acme.example", "0" * 32, "https://acme.test", Hsts(86_400), RECORDS)


@pytest.fixture
def made(provision: Any) -> Any:
    return provision(lambda: AliasDomain("parked", CONFIG))


def test_apex_and_www_lead_to_the_launch_with_path_and_query(made: Any) -> None:
    rules = made.one("ruleset:Ruleset").inputs["rules"]
    assert [rule["expression"] for rule in rules] == [
        '(http.host eq "acme.example")',
        '(http.host eq "www.acme.example")',
    ]
    assert all(rule["actionParameters"]["fromValue"]["preserveQueryString"] for rule in rules)


def test_nobody_sends_mail_in_its_name(made: Any) -> None:
    texts = {(one.inputs["name"], one.inputs.get("content")) for one in made.of("dnsRecord:DnsRecord")}
    assert {
        ("acme.example", "."),
        ("acme.example", '"v=spf1 -all"'),
        ("*._domainkey.acme.example", '"v=DKIM1; p="'),
    } <= texts
    dmarc = made.one("dnsRecord:DnsRecord", "txt-_dmarc.acme.example").inputs["content"]
    assert dmarc.startswith('"v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:dmarc@acme.test')


def test_the_zone_is_signed_protected_and_speaks_modern_tls(made: Any) -> None:
    assert made.one("ZoneDnssec").inputs["status"] == "active"
    values = {one.inputs["settingId"]: one.inputs["value"] for one in made.of("ZoneSetting")}
    assert (values["ssl"], values["min_tls_version"], values["always_use_https"]) == ("strict", "1.2", "on")


def test_a_domain_that_mail_could_be_forged_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no null MX"):
        replace(CONFIG, records=())
