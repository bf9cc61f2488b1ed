from __future__ import annotations

import pytest

from blueprint.record_swaps import in_the_way
from blueprint.records import DnsRecord

APP = DnsRecord("www.acme.test", "CNAME", "acme.web.app", proxied=True)
AAAA = DnsRecord("www.acme.test", "AAAA", "100::", proxied=True)
ELSEWHERE = DnsRecord("www.acme.test", "CNAME", "shops.example.com", further=True)
OLD_HOST = DnsRecord("www.acme.test", "A", "203.0.113.80", further=True)
SIGNED = DnsRecord("s1._domainkey.acme.test", "TXT", '"v=DKIM1; p=MIIB"')
SIGNED_ELSEWHERE = DnsRecord("s1._domainkey.acme.test", "CNAME", "s1.example.com")
LISTED = DnsRecord("acme.test", "MX", "smtp.google.com", priority=1)
SAME = DnsRecord("acme.test", "MX", "smtp.google.com", priority=1, further=True)
DELEGATED = DnsRecord("www.acme.test", "NS", "ns1.example.com", further=True)
SIGNER = DnsRecord("www.acme.test", "DS", "1 13 2 ab", further=True)
TEXT = DnsRecord("www.acme.test", "TXT", '"found=1"', further=True)


def leaving(before: list[DnsRecord], wanted: list[DnsRecord]) -> list[tuple[str, DnsRecord]]:
    return list(in_the_way({record.key: record for record in before}, wanted))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *((old, new) for old in (APP, ELSEWHERE) for new in (AAAA, OLD_HOST, DELEGATED)),
        *((new, old) for old in (APP, ELSEWHERE) for new in (AAAA, OLD_HOST, DELEGATED)),
        (APP, ELSEWHERE),
        (ELSEWHERE, DnsRecord("www.acme.test", "CNAME", "other.example.com", further=True)),
        (SIGNED, SIGNED_ELSEWHERE),
        (SIGNED_ELSEWHERE, SIGNED),
        (LISTED, SAME),
        (SAME, LISTED),
        (DELEGATED, TEXT),
        (TEXT, ELSEWHERE),
    ],
)
def test_a_record_that_leaves_a_name_which_holds_just_one_is_in_the_way(old: DnsRecord, new: DnsRecord) -> None:
    assert leaving([old], [new]) == [(old.key, new)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (AAAA, OLD_HOST),
        (TEXT, APP),
        (DELEGATED, SIGNER),
        (LISTED, DnsRecord("acme.test", "MX", "smtp.google.com", priority=5, further=True)),
        (TEXT, DnsRecord("www.acme.test", "TXT", '"found=2"', further=True)),
        (APP, DnsRecord("app.acme.test", "AAAA", "100::", proxied=True)),
    ],
)
def test_what_can_stand_beside_the_new_one_leaves_at_the_end(old: DnsRecord, new: DnsRecord) -> None:
    assert leaving([old], [new]) == []


def test_a_record_that_stays_is_in_nobodys_way() -> None:
    assert leaving([APP], [APP, AAAA]) == []
