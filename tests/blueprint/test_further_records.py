"""Records of the zone where it is served now, as the spec names them: published, or refused with a reason."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from blueprint.record_spec import split
from blueprint.records import DnsRecord, records
from blueprint.spec import SpecError, parse

LIVE: list[dict[str, Any]] = [
    {"name": "shop", "type": "CNAME", "content": "Shops.Example.com.", "ttl": 600},
    {"name": "@", "type": "TXT", "content": "google-site-verification=abc"},
    {"name": "@", "type": "TXT", "content": "stripe-verification=def"},
    {"name": "_sip._tls", "type": "SRV", "content": "100 1 443 sipdir.example.com."},
    {"name": "mail", "type": "MX", "content": "10 mx.example.com."},
    {"name": "blog.acme.test", "type": "A", "content": "192.0.2.7", "proxied": True},
    {"name": "*.dev", "type": "AAAA", "content": "2001:DB8::1"},
    {"name": "_443._tcp.api", "type": "TLSA", "content": f"3 1 1 {'ab' * 16} {'cd' * 16}"},
    {"name": "team", "type": "NS", "content": "ns1.example.com"},
    {"name": "old", "type": "HTTPS", "content": '1 . alpn="h3,h2"'},
    {"name": "here", "type": "LOC", "content": "51 30 12.748 N 0 7 39.612 W 0.00m 1m 10000m 10m"},
    {"name": "@", "type": "CAA", "content": '0 iodef "mailto:ada@acme.test"'},
    {"name": "dial", "type": "NAPTR", "content": '100 10 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .'},
]


def test_every_kind_of_record_is_published(config: dict[str, Any]) -> None:
    config["records"] = LIVE
    found = {record.key: record for record in records(parse(config), "192.0.2.1") if record.further}
    assert len(found) == len(LIVE)
    by_name = {(record.name, record.type): record for record in found.values()}
    assert by_name["shop.acme.test", "CNAME"].content == "shops.example.com"
    assert by_name["mail.acme.test", "MX"].priority == 10
    assert by_name["blog.acme.test", "A"].proxied
    assert sorted(one.content for one in found.values() if one.type == "TXT") == [
        '"google-site-verification=abc"',
        '"stripe-verification=def"',
    ]


def test_a_record_that_is_published_in_another_form_keeps_the_key_that_it_always_had(config: dict[str, Any]) -> None:
    config["records"] = [{"name": "dev", "type": "AAAA", "content": "2001:DB8:0::1"}]
    (found,) = (record for record in records(parse(config), "192.0.2.1") if record.further)
    assert found.content == "2001:db8::1"
    told = hashlib.sha256(b"None 2001:DB8:0::1").hexdigest()[:8]
    assert found.key == f"further-aaaa-dev.acme.test-{told}"


def test_a_changed_record_is_another_one_and_its_neighbour_keeps_its_key() -> None:
    one, other = (DnsRecord("acme.test", "TXT", f'"{text}"', further=True) for text in "ab")
    assert one.key != other.key


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"name": "app", "type": "A", "content": "192.0.2.1"}, "publishes a CNAME record at app.acme.test itself"),
        ({"name": "api", "type": "CNAME", "content": "x.example.com"}, "publishes a A record at api.acme.test itself"),
        ({"name": "@", "type": "A", "content": "192.0.2.1"}, "publishes a CNAME record at acme.test itself"),
        ({"name": "@", "type": "MX", "content": "5 mx.example.com"}, "name this server under mail.mx"),
        ({"name": "send", "type": "MX", "content": "5 mx.example.com"}, "where mail to send.acme.test goes"),
        ({"name": "@", "type": "TXT", "content": "v=spf1 include:x.com ~all"}, "mail.spf_includes"),
        ({"name": "_dmarc", "type": "TXT", "content": "v=DMARC1; p=none"}, "publishes a text at _dmarc.acme.test"),
        ({"name": "google._domainkey", "type": "TXT", "content": "v=DKIM1; p=x"}, "publishes a text at google._domain"),
        ({"name": "send", "type": "CNAME", "content": "x.example.com"}, "at send.acme.test itself"),
        ({"name": "@", "type": "CAA", "content": '0 issue "digicert.com"'}, "certificate_authorities"),
        ({"name": "@", "type": "NS", "content": "ns1.example.com"}, "Cloudflare answers for the name servers"),
        ({"name": "x", "type": "A", "content": "2001:db8::1"}, "is an IPv6 address"),
        ({"name": "x", "type": "A", "content": "192.0.2"}, "write it as in a zone file"),
        ({"name": "x", "type": "CNAME", "content": "https://x.com"}, "is not a host name"),
        ({"name": "x", "type": "MX", "content": "mx.example.com"}, "priority is missing"),
        ({"name": "x", "type": "SRV", "content": "1 443 x.com"}, "PRIORITY WEIGHT PORT TARGET"),
        ({"name": "x", "type": "TXT", "content": "a", "proxied": True}, "cannot be proxied"),
        *(
            ({"name": name, "type": "A", "content": "192.0.2.7", "proxied": True}, "certificate reaches: browsers")
            for name in ("a.b", "*.shop", "a.b.acme.test")
        ),
        ({"name": "x", "type": "SPF", "content": "v=spf1"}, "must be"),
    ],
)
def test_what_the_launch_publishes_itself_is_left_to_it(
    config: dict[str, Any], record: dict[str, Any], words: str
) -> None:
    config["records"] = [record]
    with pytest.raises(SpecError) as caught:
        parse(config)
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


def test_a_cname_stands_alone_and_nothing_comes_twice(config: dict[str, Any]) -> None:
    text = {"name": "x", "type": "TXT", "content": "a"}
    config["records"] = [text, {"name": "x", "type": "CNAME", "content": "x.example.com"}, text]
    with pytest.raises(SpecError) as caught:
        parse(config)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["spec.records.1", "spec.records.2"]


def test_further_issuers_may_issue_too(config: dict[str, Any]) -> None:
    config["certificate_authorities"] = ["digicert.com", "pki.goog"]
    issuers = [record.content for record in records(parse(config), "192.0.2.1") if record.type == "CAA"]
    assert issuers.count('0 issue "pki.goog"') == 1
    assert {'0 issue "digicert.com"', '0 issuewild "digicert.com"'} <= set(issuers)


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        ("51 30 12.748 N 0 7 39.612 W 0m", "51 30 12.748 N 0 7 39.612 W 0m 1m 10000m 10m"),
        ("51 N 0 7 W -10.5m 30m", "51 0 0 N 0 7 0 W -10.5m 30m 10000m 10m"),
    ],
)
def test_a_place_may_be_written_as_briefly_as_in_a_zone_file(config: dict[str, Any], content: str, whole: str) -> None:
    config["records"] = [{"name": "here", "type": "LOC", "content": content}]
    assert parse(config).records[0].content == content
    assert split("LOC", content) == split("LOC", whole)


def test_the_parts_of_a_record_come_by_name() -> None:
    assert split("SRV", "100 1 443 sipdir.example.com.") == {
        "priority": 100,
        "weight": 1,
        "port": 443,
        "target": "sipdir.example.com",
    }
    assert split("TLSA", "3 1 1 0123 4567")["certificate"] == "01234567"
    assert split("HTTPS", '1 . alpn="h3,h2"') == {"priority": 1, "target": ".", "value": 'alpn="h3,h2"'}
    assert split("HTTPS", "0 x.example.com.") == {"priority": 0, "target": "x.example.com", "value": ""}
    assert split("CAA", '0 iodef "mailto:a@b.test"') == {"flags": 0, "tag": "iodef", "value": "mailto:a@b.test"}
    assert split("CERT", "PGP 0 0 AbC= DeF=") == split("CERT", "3 0 0 AbC=DeF=")
    assert split("A", "192.0.2.1") == {}
