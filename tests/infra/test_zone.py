from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.record_spec import Record
from blueprint.records import DnsRecord
from blueprint.spec import Spec
from infra.load_balancer import CertificateProof
from infra.mail_dns import MailDns, MailDnsConfig
from infra.zone import Zone, ZoneConfig

RECORDS = (
    DnsRecord("acme.test", "CNAME", "acme.hosting.test", proxied=True),
    DnsRecord("acme.test", "CAA", '0 issue "pki.goog"'),
)
CONFIG = ZoneConfig("acme.test", "0123456789abcdef0123456789abcdef", RECORDS)
SPF = DnsRecord("acme.test", "TXT", '"v=spf1 include:_spf.google.com -all"')
DMARC = DnsRecord("_dmarc.acme.test", "TXT", '"v=DMARC1; p=none; rua=mailto:d@acme.test"')
MX = DnsRecord("acme.test", "MX", "smtp.google.com", priority=1)


@pytest.fixture
def made(provision: Any) -> Any:
    return provision(lambda: Zone("zone", CONFIG))


def test_the_zone_is_made_and_signed(made: Any) -> None:
    zone = made.one("zone:Zone").inputs
    assert zone == {"account": {"id": CONFIG.account}, "name": "acme.test", "type": "full"}
    assert made.one("zoneDnssec:ZoneDnssec").inputs == {"zoneId": "acme.test-id", "status": "active"}


def test_a_zone_on_the_free_plan_has_no_subscription_for_cloudflare_knows_none(made: Any) -> None:
    assert made.of("zoneSubscription:ZoneSubscription") == []


def test_a_larger_plan_is_bought_before_anything_needs_it(provision: Any) -> None:
    made = provision(lambda: Zone("zone", replace(CONFIG, plan="pro")))
    bought = made.one("zoneSubscription:ZoneSubscription").inputs
    assert bought == {"zoneId": "acme.test-id", "frequency": "monthly", "ratePlan": {"id": "pro"}}
    order = [one.type for one in made.clouds]
    later = ("cloudflare:index/zoneDnssec:ZoneDnssec", "cloudflare:index/dnsRecord:DnsRecord")
    assert order.index("cloudflare:index/zoneSubscription:ZoneSubscription") < min(map(order.index, later))


def test_names_are_full_and_without_a_final_dot(made: Any) -> None:
    assert {one.inputs["name"] for one in made.of("DnsRecord")} == {"acme.test"}


def test_a_caa_record_is_given_in_its_parts(made: Any) -> None:
    record = made.one("DnsRecord", "caa-acme.test-0-issue-pki.goog").inputs
    assert record["data"] == {"flags": 0, "tag": "issue", "value": "pki.goog"}
    assert "content" not in record


def test_records_known_late_are_published_too(provision: Any) -> None:
    def program() -> None:
        zone = Zone("zone", CONFIG)
        zone.point(DnsRecord("api.acme.test", "A", "", proxied=True), "203.0.113.7")
        zone.prove(CertificateProof(*map(_output, ("_acme-challenge_x.api.acme.test", "x.authorize.goog"))))

    made = provision(program)
    assert made.one("DnsRecord", "a-api.acme.test").inputs["content"] == "203.0.113.7"
    proof = made.one("DnsRecord", "certificate-proof").inputs
    assert (proof["name"], proof["type"], proof["proxied"]) == ("_acme-challenge_x.api.acme.test", "CNAME", False)


def _output(text: str) -> Any:
    import pulumi

    return pulumi.Output.from_input(text)


def test_a_record_of_another_domain_is_refused() -> None:
    with pytest.raises(ValueError, match=r"acme\.example lies outside the zone acme\.test"):
        replace(CONFIG, records=(DnsRecord("acme.example", "A", "203.0.113.7"),))


def test_mail_records_are_published_as_they_are(provision: Any) -> None:
    made = provision(lambda: MailDns("mail", MailDnsConfig("acme.test", (SPF, DMARC, MX)), "zone-1"))
    published = {
        (one.inputs["type"], one.inputs["content"], one.inputs.get("priority")) for one in made.of("DnsRecord")
    }
    assert published == {("TXT", SPF.content, None), ("TXT", DMARC.content, None), ("MX", "smtp.google.com", 1)}


def test_two_spf_records_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"acme\.test would have two SPF records"):
        MailDnsConfig("acme.test", (SPF, replace(SPF, content='"v=spf1 -all"'), DMARC))


def test_mail_without_dmarc_is_refused() -> None:
    with pytest.raises(ValueError, match=r"_dmarc\.acme\.test is missing"):
        MailDnsConfig("acme.test", (SPF, MX))


def test_records_that_cloudflare_takes_in_parts_are_given_so(provision: Any) -> None:
    record = DnsRecord("_sip._tls.acme.test", "SRV", "100 1 443 sip.example.com.", further=True)
    made = provision(lambda: Zone("zone", replace(CONFIG, records=(record,)))).one("DnsRecord").inputs
    assert made["data"] == {"priority": 100, "weight": 1, "port": 443, "target": "sip.example.com"}


def test_the_founders_own_records_are_in_the_zone(spec: Spec) -> None:
    mine = {"records": (Record(name="shop", type="CNAME", content="shops.example.com."),)}
    names = {record.name for record in ZoneConfig.of(spec.model_copy(update=mine)).records}
    assert {"shop.acme.test", "acme.test"} <= names
