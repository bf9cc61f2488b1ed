"""What the name server answers, asked over real sockets."""

from __future__ import annotations

from collections.abc import Callable

import dns.flags
import dns.rcode
import pytest
from dns.message import Message
from dns.rcode import Rcode

from localcloud.base.world import World

pytestmark = pytest.mark.usefixtures("acme")
Ask = Callable[..., Message]


def texts(message: Message) -> list[str]:
    return sorted(
        f"{rrset.name} {rrset.ttl} {rdata.rdtype.name} {rdata}" for rrset in message.answer for rdata in rrset
    )


def owners(section: list[object]) -> list[str]:
    return [str(rrset).split(" ")[0] for rrset in section]


def test_a_record_is_answered_with_authority(acme: World, ask: Ask) -> None:
    response = ask("direct.acme.test", "A")
    assert response.rcode() == Rcode.NOERROR
    assert response.flags & dns.flags.AA
    assert not response.flags & dns.flags.RA
    assert texts(response) == ["direct.acme.test. 60 A 203.0.113.9"]


def test_automatic_ttl_is_300_seconds_and_text_comes_in_its_chunks(acme: World, ask: Ask) -> None:
    assert texts(ask("_dmarc.acme.test", "TXT")) == [
        '_dmarc.acme.test. 300 TXT "v=DMARC1; p=reject; rua=mailto:dmarc@acme.test"'
    ]
    strings = ask("s1._domainkey.acme.test", "TXT").answer[0][0].strings
    assert [len(chunk) for chunk in strings] == [218, 206]


def test_data_records_are_written_out(acme: World, ask: Ask) -> None:
    assert texts(ask("acme.test", "CAA")) == [
        'acme.test. 300 CAA 0 issue "pki.goog"',
        'acme.test. 300 CAA 0 issuewild "letsencrypt.org"',
    ]
    assert texts(ask("_sip._tcp.acme.test", "SRV")) == ["_sip._tcp.acme.test. 300 SRV 1 2 5060 direct.acme.test."]
    assert texts(ask("acme.test", "MX")) == [
        "acme.test. 300 MX 10 mx1.mail.example.",
        "acme.test. 300 MX 20 mx2.mail.example.",
    ]


@pytest.mark.parametrize("name", ["acme.test", "www.acme.test", "api.acme.test", "old.acme.test"])
def test_proxied_names_answer_the_edge_and_hide_their_target(acme: World, ask: Ask, name: str) -> None:
    assert texts(ask(name, "A")) == [f"{name}. 300 A 127.0.0.1"]
    assert texts(ask(name, "AAAA")) == [f"{name}. 300 AAAA ::1"]
    hidden = ask(name, "CNAME")
    assert (hidden.rcode(), hidden.answer) == (Rcode.NOERROR, [])
    assert owners(hidden.authority) == ["acme.test."]


def test_the_zone_names_cloudflares_servers(acme: World, ask: Ask) -> None:
    assert texts(ask("acme.test", "NS")) == [
        "acme.test. 86400 NS carl.ns.cloudflare.com.",
        "acme.test. 86400 NS ines.ns.cloudflare.com.",
    ]
    soa = ask("acme.test", "SOA").answer[0][0]
    assert (str(soa.mname), str(soa.rname)) == ("ines.ns.cloudflare.com.", "dns.cloudflare.com.")


def test_an_alias_is_followed_within_the_zone_and_left_to_the_client_outside(acme: World, ask: Ask) -> None:
    assert texts(ask("alias.acme.test", "A")) == [
        "alias.acme.test. 300 CNAME direct.acme.test.",
        "direct.acme.test. 60 A 203.0.113.9",
    ]
    assert texts(ask("outside.acme.test", "A")) == ["outside.acme.test. 300 CNAME elsewhere.example."]
    dangling = ask("dangling.acme.test", "A")
    assert dangling.rcode() == Rcode.NXDOMAIN
    assert texts(dangling) == ["dangling.acme.test. 300 CNAME nobody.acme.test."]
    assert texts(ask("ring.acme.test", "A")) == ["ring.acme.test. 300 CNAME ring.acme.test."]


def test_no_name_no_data_and_empty_non_terminals_are_told_apart(acme: World, ask: Ask) -> None:
    expectations = {
        ("nobody.acme.test", "A"): Rcode.NXDOMAIN,
        ("direct.acme.test", "MX"): Rcode.NOERROR,
        ("_domainkey.acme.test", "TXT"): Rcode.NOERROR,  # only names below it hold records
        ("preview.acme.test", "TXT"): Rcode.NOERROR,
    }
    for (name, kind), rcode in expectations.items():
        response = ask(name, kind)
        assert (name, response.rcode(), response.answer) == (name, rcode, [])
        assert owners(response.authority) == ["acme.test."]
        assert response.authority[0].ttl == response.authority[0][0].minimum == 1800


def test_a_wildcard_answers_for_names_that_do_not_exist(acme: World, ask: Ask, add: Callable[..., str]) -> None:
    assert texts(ask("pr-7.preview.acme.test", "TXT")) == ['pr-7.preview.acme.test. 300 TXT "any preview"']
    assert texts(ask("a.b.preview.acme.test", "TXT")) == ['a.b.preview.acme.test. 300 TXT "any preview"']
    assert ask("pr-7.preview.acme.test", "A").rcode() == Rcode.NOERROR
    add(name="taken.preview.acme.test", type="A", content="203.0.113.1")
    assert texts(ask("taken.preview.acme.test", "TXT")) == []


def test_a_delegated_child_is_referred_to_with_glue(acme: World, ask: Ask) -> None:
    response = ask("www.child.acme.test", "A")
    assert (response.rcode(), response.answer) == (Rcode.NOERROR, [])
    assert not response.flags & dns.flags.AA
    assert owners(response.authority) == ["child.acme.test."]
    assert owners(response.additional) == ["ns1.child.acme.test."]


def test_names_keep_the_case_they_were_asked_in(acme: World, ask: Ask) -> None:
    response = ask("DiReCt.AcMe.TeSt", "A")
    assert str(response.question[0].name) == "DiReCt.AcMe.TeSt."
    assert str(response.answer[0].name) == "DiReCt.AcMe.TeSt."


def test_any_gets_one_record_set_and_transfers_none(acme: World, ask: Ask) -> None:
    assert len(ask("acme.test", "ANY").answer) == 1
    assert ask("nobody.acme.test", "ANY").rcode() == Rcode.NXDOMAIN
    assert ask("acme.test", "AXFR", tcp=True).rcode() == Rcode.REFUSED


def test_names_outside_of_the_zones_are_refused(acme: World, ask: Ask) -> None:
    for name in ("example.com", "test", "notacme.test", "."):
        response = ask(name, "A")
        assert (name, response.rcode()) == (name, Rcode.REFUSED)
        assert not response.flags & dns.flags.AA


def test_an_apex_alias_is_flattened_to_addresses(acme: World, ask: Ask, add: Callable[..., str]) -> None:
    acme.remove("cloudflare:index/dnsRecord:DnsRecord", "record-0")
    apex = add(name="acme.test", type="CNAME", content="alias.acme.test")
    assert texts(ask("acme.test", "A")) == ["acme.test. 300 A 203.0.113.9"]
    acme.remove("cloudflare:index/dnsRecord:DnsRecord", apex)
    apex = add(name="acme.test", type="CNAME", content="acme.hosting.test")
    assert texts(ask("acme.test", "A")) == ["acme.test. 300 A 127.0.0.1"]
    acme.remove("cloudflare:index/dnsRecord:DnsRecord", apex)
    add(name="acme.test", type="CNAME", content="nowhere.example")
    assert ask("acme.test", "A").rcode() == Rcode.SERVFAIL
    assert ask("acme.test", "MX").rcode() == Rcode.NOERROR


def test_the_serial_grows_only_when_records_change(acme: World, ask: Ask, add: Callable[..., str]) -> None:
    def serial() -> int:
        return int(ask("acme.test", "SOA").answer[0][0].serial)

    first = serial()
    acme.record("log", "somebody", message="nothing to do with DNS")
    assert serial() == first
    added = add(name="new.acme.test", type="A", content="203.0.113.2")
    second = serial()
    assert second > first
    assert texts(ask("new.acme.test", "A")) == ["new.acme.test. 300 A 203.0.113.2"]
    acme.remove("cloudflare:index/dnsRecord:DnsRecord", added)
    assert serial() > second
    assert ask("new.acme.test", "A").rcode() == Rcode.NXDOMAIN


def test_a_record_that_is_none_is_left_out_and_the_others_are_served(
    acme: World, ask: Ask, add: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    add(name="broken.acme.test", type="A", content="not an address")
    assert ask("broken.acme.test", "A").rcode() == Rcode.NXDOMAIN
    assert texts(ask("direct.acme.test", "A"))
    assert "'not an address' cannot be the content of a A record" in caplog.text
