"""Texts of further records as people paste them: published in one form, or refused before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.mail_authentication import txt_text
from blueprint.record_text import published
from blueprint.records import records
from blueprint.spec import SpecError, parse

DIGEST = "ab" * 32


def problems(config: dict[str, Any], *records_: dict[str, Any]) -> list[str]:
    config["records"] = list(records_)
    with pytest.raises(SpecError) as caught:
        parse(config)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("SRV", "10 5 5060 sip", '"sip" is not a host name'),
        ("SRV", "99999 5 5060 sip.example.com.", "not the content of a SRV record (99999"),
        ("SRV", "1.5 5 5060 sip.example.com.", "not the content of a SRV record"),
        ("SRV", "ten 5 5060 sip.example.com.", "where the priority of a SRV record is a number"),
        ("SRV", "10 5 5060 @", '"@" is not a host name'),
        ("HTTPS", "1 here alpn=h2", '"here" is not a host name'),
        ("HTTPS", "0 x.example.com. alpn=h3", "not the content of a HTTPS record (parameters in AliasMode)"),
        ("SVCB", "1 . ech=@@", "not the content of a SVCB record"),
        ("NAPTR", '100 10 "S" "SIP+D2U" "" sip', '"sip" is not a host name'),
        ("NAPTR", '70000 10 "S" "SIP+D2U" "" .', "not the content of a NAPTR record"),
        ("TLSA", "3 1 1 zz", "Non-hexadecimal"),
        ("TLSA", f"3 1 1 {DIGEST[:-2]}", "not the content of a TLSA record"),
        ("SMIMEA", "3 1 2 abcd", "not the content of a SMIMEA record"),
        ("SSHFP", "4 2 zz", "not the content of a SSHFP record"),
        ("DS", "2371 13 2 abcd", "not the content of a DS record"),
        ("DNSKEY", "257 3 13 @@", "not the content of a DNSKEY record"),
        ("CERT", "NOPE 1 5 abcd", "where the type of a CERT record is a number"),
        ("CAA", '300 issue "x.example.com"', "not the content of a CAA record"),
        ("LOC", "91 30 12 N 0 7 39 W 0m 1m 10000m 10m", "degrees"),
        ("OPENPGPKEY", "@@", "not the content of a OPENPGPKEY record"),
        ("AAAA", "fe80::1%eth0", "not the content of a AAAA record"),
        ("CNAME", "@", "is not a host name"),
        ("CNAME", "192.0.2.1", "is not a host name"),
        ("TXT", '"half', "do not close"),
        ("TXT", '"one" two', "something follows them"),
        ("TXT", '"one"two"', "something follows them"),
        ("TXT", "one\ntwo", "over several lines"),
        ("TXT", '"one\ntwo"', "do not close"),
        ("TXT", "zero\u200bwidth", "cannot be seen"),
        ("TXT", " ", "empty"),
        ("TXT", "x" * 4_200, "longer than the 4096 bytes"),
    ],
)
def test_what_no_name_server_could_serve_is_refused(
    config: dict[str, Any], kind: str, content: str, words: str
) -> None:
    found = problems(config, {"name": "x", "type": kind, "content": content})
    assert any(words in problem and "records.0" in problem for problem in found), found


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
        ("CNAME", "Shop.Example.COM.", "shop.example.com"),
        ("CNAME", "shop.xn--80ak6aa.xn--p1ai", "shop.xn--80ak6aa.xn--p1ai"),
        ("TXT", "v=x; a=b", '"v=x; a=b"'),
        ("TXT", ' "one"   "two" ', '"one" "two"'),
        ("TXT", '"one"\n"two"\n', '"one" "two"'),
        ("TXT", 'say "hi"', '"say \\"hi\\""'),
        ("SRV", "0 0 0 .", "0 0 0 ."),
        ("TLSA", f"3 1 1 {DIGEST}", f"3 1 1 {DIGEST}"),
        ("URI", '10 1 "https://x.example.com/"', '1 "https://x.example.com/"'),
    ],
)
def test_what_is_right_is_published_in_the_form_that_comes_back(
    config: dict[str, Any], kind: str, content: str, told: str
) -> None:
    config["records"] = [{"name": "x", "type": kind, "content": content}]
    assert [one.content for one in records(parse(config), "192.0.2.1") if one.further] == [told]


@pytest.mark.parametrize("text", ["a" * 300, "ü" * 200, f'{"b" * 254}"{"c" * 300}'])
def test_a_long_text_is_cut_where_the_dns_has_no_room_quoted_or_not(text: str) -> None:
    quoted = text.replace('"', '\\"')
    for content in (text, f'"{quoted}"'):
        pieces = published("TXT", content)
        assert txt_text(pieces) == text
        assert all(len(txt_text(f'"{piece}"').encode()) <= 255 for piece in pieces[1:-1].split('" "'))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"priority": 5}, "a TXT record has no priority of its own"),
        ({"ttl": 20}, "ttl is 20"),
        ({"ttl": 45}, "below the Enterprise plan"),
        ({"name": "münchen"}, "Did you mean xn--mnchen-3ya?"),
        ({"name": "a..b"}, "is not a record's name"),
        ({"name": "a.*.b"}, "is not a record's name"),
        ({"type": "txt"}, "Did you mean TXT?"),
    ],
)
def test_what_stands_beside_the_content_is_looked_at_too(
    config: dict[str, Any], given: dict[str, Any], words: str
) -> None:
    found = problems(config, {"name": "x", "type": "TXT", "content": "a", **given})
    assert any(words in problem for problem in found), found


def test_the_enterprise_plan_takes_a_shorter_ttl(config: dict[str, Any]) -> None:
    config["cloudflare"]["plan"] = "enterprise"
    config["records"] = [{"name": "x", "type": "TXT", "content": "a", "ttl": 45}]
    assert parse(config).records[0].ttl == 45
