"""A change of name servers: the zone where it is served until now, and the new one, as a small internet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

from blueprint.finding import Finding, Status
from blueprint.old_zone import Before
from blueprint.zone_file import ZoneRecord, parse
from verify.answers.carried import Carried
from verify.answers.delegation import Above, Delegation, Server
from verify.answers.dns import Question, Reply
from verify.judge.carried import judge_carried
from verify.observe.asker import Asker
from verify.observe.old_zone import look
from verify.reach import Address

OLD, NEW = ("192.0.2.1", 53), ("198.51.100.1", 53)
FORMER, PROMISED = "ns1.old.example", "ada.ns.cloudflare.test"
SOA = "@ 300 IN SOA ns.x. host.x. 1 10000 2400 604800 300\n@ 300 IN NS ns.x.\n"
LAUNCHED = """@ A 198.51.100.9
www A 198.51.100.9
@ MX 1 smtp.google.test.
@ TXT "v=spf1 include:_spf.google.test -all"
_dmarc TXT "v=DMARC1; p=reject"
google._domainkey TXT "v=DKIM1; p=NEW"
@ CAA 0 issue "pki.goog"
"""


@dataclass
class Hosts(Asker):
    """Two name servers: each answers by its zone, refers below a cut, follows its wildcard, or says nothing."""

    old: str | None
    new: str | None = LAUNCHED
    refused: bool = False

    def __post_init__(self) -> None:
        self._zones = {OLD: zone(self.old), NEW: zone(self.new)}

    async def ask_at(self, server: Address, question: Question) -> Reply:
        held = self._zones[server]
        if held is None:
            return Reply(question, server, error="no answer within 5 s")
        query = dns.message.make_query(question.name, question.type)
        message = dns.message.make_response(query)
        if self.refused and server == OLD:
            message.set_rcode(dns.rcode.REFUSED)
        else:
            answer(message, held)
        return Reply(question, server, message)


def zone(text: str | None) -> dns.zone.Zone | None:
    return None if text is None else dns.zone.from_text(f"$TTL 300\n{SOA}{text}", "acme.test.", relativize=False)


def answer(message: dns.message.Message, zone: dns.zone.Zone) -> None:
    name, type_ = message.question[0].name, message.question[0].rdtype
    cuts = [node for node in zone.nodes if node != zone.origin and zone.get_rdataset(node, "NS")]
    if cut := next((each for each in cuts if name.is_subdomain(each)), None):
        message.authority.append(zone.get_rrset(cut, "NS"))
        return
    message.flags |= dns.flags.AA
    message.authority.append(zone.get_rrset(zone.origin, "NS"))  # as many servers do
    source = name if any(node.is_subdomain(name) for node in zone.nodes) else dns.name.Name(("*",)) + zone.origin
    if source not in zone.nodes and source != name:
        message.set_rcode(dns.rcode.NXDOMAIN)
        return
    for kind in (type_, dns.rdatatype.CNAME):
        found = zone.get_rdataset(source, kind)
        if found and not message.answer:
            rrset = dns.rrset.from_rdata_list(name, 300, list(found))
            message.answer.append(rrset)


def delegation(hosts: Hosts, above: Sequence[str]) -> Delegation:
    async def server(name: str, address: Address) -> Server:
        replies = [await hosts.ask_at(address, Question("acme.test", type_)) for type_ in ("SOA", "NS", "DNSKEY")]
        return Server(name, address, *replies)

    servers = tuple(asyncio.run(server(name, address)) for name, address in ((FORMER, OLD), (PROMISED, NEW)))
    return Delegation("acme.test", Above("test", tuple(above)), servers)


def judged(
    old: str | None,
    new: str | None = LAUNCHED,
    dropped: Sequence[str] = (),
    file: str | None = None,
    above: Sequence[str] = (FORMER,),
    refused: bool = False,
) -> Finding:
    hosts = Hosts(old, new, refused)  # type: ignore[call-arg]  # its own fields alone
    records = None if file is None else parse(file.encode(), "acme.test", "old.zone")
    seen = delegation(hosts, above)
    found = asyncio.run(look(seen, (PROMISED,), records, (), hosts))
    return judge_carried(found, Before("acme.test", tuple(dropped), records))


def lost(finding: Finding) -> set[str]:
    return set(finding.observed.removeprefix("missing in the new zone: ").split("; "))


ODD = """@ A 203.0.113.9
legacy A 203.0.113.7
shop CNAME shops.shop.example.
_sip._tls SRV 10 5 443 sip.example.
@ TXT "site-verification=abc"
k2._domainkey CNAME dkim2.sender.example.
mail MX 10 mx.old.example.
remote AAAA 2001:db8::7
docs NS ns.docs.example.
@ CAA 0 issue "other-ca.example"
"""


def test_every_record_that_only_the_old_zone_has_holds_the_change_back() -> None:
    found = judged(ODD)
    assert found.status is Status.FAIL
    assert lost(found) == {
        "legacy.acme.test A 203.0.113.7",
        "shop.acme.test CNAME shops.shop.example",
        "_sip._tls.acme.test SRV 10 5 443 sip.example",
        "acme.test TXT site-verification=abc",
        "k2._domainkey.acme.test CNAME dkim2.sender.example",
        "mail.acme.test MX 10 mx.old.example",
        "remote.acme.test AAAA 2001:db8::7",
        "docs.acme.test NS ns.docs.example",
        'acme.test CAA 0 issue "other-ca.example"',
    }
    assert "- {name: legacy, type: A, content: '203.0.113.7'}" in found.evidence
    assert "Do not change the name servers yet." in found.fix


def test_what_is_in_the_new_zone_or_was_dropped_by_name_is_not_missed() -> None:
    more = ODD.replace("203.0.113.9", "198.51.100.9")
    kept = "\n".join(line for line in more.splitlines() if not line.startswith(("@ A", "legacy")))
    assert lost(judged(ODD, f"{LAUNCHED}{kept}\n")) == {"legacy.acme.test A 203.0.113.7"}
    assert judged(ODD, f"{LAUNCHED}{kept}\n", dropped=("legacy",)).status is Status.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@ A 203.0.113.9", LAUNCHED),
        ("www CNAME old-host.example.", LAUNCHED),
        ("@ MX 10 mx.old.example.", LAUNCHED),
        ('@ TXT "v=spf1 include:old.example ~all"', LAUNCHED),
        ('_dmarc TXT "v=DMARC1; p=none"', LAUNCHED),
        ('google._domainkey TXT "k=rsa; p=OLD"', LAUNCHED),
        ("s1._domainkey CNAME s1.old.example.", f"{LAUNCHED}s1._domainkey CNAME s1.new.example."),
        ('pm._domainkey TXT "k=rsa; p=OLD"', f"{LAUNCHED}pm._domainkey CNAME pm.new.example."),
        ('@ CAA 0 iodef "mailto:a@old.example"', LAUNCHED),
        ('@ CAA 0 issue ";"', LAUNCHED),
        ("mail MX 0 .", LAUNCHED),
        ("_imaps._tcp SRV 0 1 993 mail.old.example.", f"{LAUNCHED}_imaps._tcp SRV 0 1 993 mail.new.example."),
        ("docs NS ns.docs.example.", f"{LAUNCHED}docs NS ns.docs.example."),
    ],
)
def test_what_the_launch_gives_a_new_content_is_kept(old: str, new: str) -> None:
    assert judged(f"{old}\n", f"{new}\n").status is Status.PASS


def test_a_domain_that_took_mail_and_takes_none_now_loses_it() -> None:
    assert lost(judged("@ MX 10 mx.old.example.\n", "@ MX 0 .\n")) == {"acme.test MX 10 mx.old.example"}


def test_a_wildcard_is_told_of_once_and_not_by_every_name() -> None:
    assert lost(judged("* A 203.0.113.8\nlegacy A 203.0.113.7\n")) == {
        "*.acme.test A 203.0.113.8",
        "legacy.acme.test A 203.0.113.7",
    }


def test_names_that_nobody_guesses_come_from_the_zone_file() -> None:
    odd = "intranet-7f3a A 203.0.113.70\n"
    assert judged(odd).status is Status.PASS
    assert lost(judged(odd, file=odd)) == {"intranet-7f3a.acme.test A 203.0.113.70"}
    assert judged(odd, f"{LAUNCHED}{odd}", file=odd).status is Status.PASS


@pytest.mark.parametrize("refused", [False, True])
def test_a_zone_that_nobody_could_ask_is_not_known_to_be_empty(refused: bool) -> None:
    found = judged("" if refused else None, refused=refused)
    assert found.status is Status.UNKNOWN
    assert "`old_zone.file`" in found.fix
    assert judged(None, file="").status is Status.PASS
    assert judged(None, file="legacy A 203.0.113.7\n").status is Status.FAIL


def test_a_new_zone_that_does_not_answer_yet_holds_the_change_back() -> None:
    assert judged("www A 203.0.113.9\n", None).status is Status.UNKNOWN


def test_a_zone_that_the_world_cannot_find_has_nothing_to_lose() -> None:
    seen = Delegation("acme.test", Above("test", (FORMER,)), delegation(Hosts("", LAUNCHED), (FORMER,)).servers[1:])  # type: ignore[call-arg]
    found = asyncio.run(look(seen, (PROMISED,), None, (), Hosts("", LAUNCHED)))  # type: ignore[call-arg]
    assert judge_carried(found, Before("acme.test")).status is Status.WARN


def test_records_are_values_that_a_sentence_can_name() -> None:
    assert str(ZoneRecord("www.acme.test", "A", "203.0.113.9")) == "www.acme.test A 203.0.113.9"


def test_a_further_domain_keeps_no_records_so_they_are_dropped_or_it_stays_where_it_is() -> None:
    old = (ZoneRecord("www.acme.example", "A", "203.0.113.7"), ZoneRecord("acme.example", "MX", "10 mx.old.example"))
    seen = Carried("acme.example", (FORMER,), old)
    found = judge_carried(seen, Before("acme.test"))
    assert "- 'www.acme.example A'\n- 'acme.example MX'" in found.evidence
    assert "`records`" not in found.fix
    assert "take the domain out of `other_domains`" in found.fix
    entries = tuple(line.strip("-' ") for line in found.evidence.splitlines())
    assert judge_carried(seen, Before("acme.test", entries)).status is Status.PASS


def test_a_record_that_leads_to_the_root_is_told_as_the_spec_takes_it() -> None:
    seen = Carried("acme.test", (FORMER,), (ZoneRecord("_sip._tcp.acme.test", "SRV", "0 0 0 "),))
    found = judge_carried(seen, Before("acme.test"))
    assert "content: '0 0 0 .'}" in found.evidence
