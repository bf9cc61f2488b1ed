"""Delegations as a small internet of name servers that are asked by their addresses, IPv4 and IPv6."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from verify.answers.delegation import Delegation
from verify.answers.dns import Answer, Outcome, Question, Reply, read
from verify.judge.delegation import judge_content, judge_glue, judge_lost, judge_nameservers, judge_redundancy
from verify.observe.asker import Asker
from verify.observe.delegation import look
from verify.reach import Address, Reach

SOA = "acme.test. 3600 IN SOA ns1.acme.test. host.acme.test. 7 10000 2400 604800 1800"
NS = "acme.test. 3600 IN NS ns1.acme.test.\nacme.test. 3600 IN NS ns2.acme.test."
FIRST, SECOND, SIX = "192.0.2.1", "198.51.100.2", "2001:db8::2"
ADDRESSES = f"ns1.acme.test. 60 IN A {FIRST}\nns2.acme.test. 60 IN A {SECOND}"
CHILD = f"{SOA}\n{NS}\n{ADDRESSES}"
TOP, OTHER_TOP = "203.0.113.1", "203.0.113.2"
RESOLVER = ("127.0.0.1", 53)
ABOVE = f"""test. 60 IN NS a.nic.test.
test. 60 IN NS b.nic.test.
a.nic.test. 60 IN A {TOP}
b.nic.test. 60 IN A {OTHER_TOP}"""
RESOLVED = f"{CHILD}\n{ABOVE}"


@dataclass
class Internet(Asker):
    """An asker that nothing is sent by: each server answers from its records, refers, fails or is not there."""

    zones: Mapping[str, str]
    referrals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
    no_route: frozenset[str] = frozenset()

    @property
    def resolvers(self) -> tuple[Address, ...]:
        return (RESOLVER,)

    async def ask(self, name: str, type_: str) -> Answer:
        return read((await self.replies(Question(name, type_)))[-1])

    async def replies(self, question: Question) -> list[Reply]:
        return [await self.ask_at(RESOLVER, question)]

    async def ask_at(self, server: Address, question: Question) -> Reply:
        host = server[0]
        if host in self.no_route:
            return Reply(question, server, error="no route", routed=False)
        if host not in self.zones and host not in self.referrals:
            return Reply(question, server, error="no answer within 5 s")
        message = dns.message.make_response(dns.message.make_query(question.name, question.type))
        if host == RESOLVER[0] and any(
            question.name == name or question.name.endswith(f".{name}") for name in self.dead
        ):
            message.set_rcode(dns.rcode.SERVFAIL)
        elif host in self.referrals and question.type == "NS" and question.name.endswith("acme.test"):
            authority, additional = self.referrals[host]
            message.authority, message.additional = sets(authority), sets(additional)
        else:
            self._answer(message, question, sets(self.zones.get(host, "")))
            if host in self.referrals:
                message.set_rcode(dns.rcode.NOERROR)
        return Reply(question, server, message)

    def _answer(self, message: dns.message.Message, question: Question, records: list[dns.rrset.RRset]) -> None:
        message.flags |= dns.flags.AA
        name = dns.name.from_text(question.name)
        own = [each for each in records if each.name == name]
        wanted = (dns.rdatatype.from_text(question.type), dns.rdatatype.CNAME)
        message.answer = [each for each in own if each.rdtype in wanted]
        if not any(each.name.is_subdomain(name) for each in records):
            message.set_rcode(dns.rcode.NXDOMAIN)


def sets(text: str) -> list[dns.rrset.RRset]:
    found: dict[tuple[str, str], dns.rrset.RRset] = {}
    for line in filter(None, text.splitlines()):
        name, ttl, class_, type_, data = line.split(None, 4)
        one = dns.rrset.from_text(name, int(ttl), class_, type_, data)
        found.setdefault((name, type_), one).union_update(one)
    return list(found.values())


def seen(internet: Internet, domain: str = "acme.test", promised: Iterable[str] = ()) -> Delegation:
    return asyncio.run(look(domain, promised, internet, Reach()))


GLUE = (NS, ADDRESSES)
HEALTHY: Mapping[str, str] = {RESOLVER[0]: RESOLVED, FIRST: CHILD, SECOND: CHILD}


def internet(
    zones: Mapping[str, str] = HEALTHY,
    top: tuple[str, str] = GLUE,
    other: tuple[str, str] = GLUE,
    dead: Iterable[str] = (),
    no_route: Iterable[str] = (),
) -> Internet:
    return Internet(zones, {TOP: top, OTHER_TOP: other}, frozenset(dead), frozenset(no_route))


def test_a_healthy_zone_is_seen_from_above_with_its_glue() -> None:
    found = seen(internet())
    assert (found.zone, found.above.zone, found.above.nameservers) == (
        "acme.test",
        "test",
        ("ns1.acme.test", "ns2.acme.test"),
    )
    assert [server.address[0] for server in found.servers] == [FIRST, SECOND]
    judged = [judge_nameservers(found, ()), judge_glue(found), judge_redundancy(found)]
    assert [str(one.status) for one in judged] == ["pass", "pass", "pass"]


def test_a_host_belongs_to_the_zone_above_it() -> None:
    zones = {**HEALTHY, RESOLVER[0]: f"{RESOLVED}\nshop.acme.test. 60 IN A 192.0.2.80"}
    assert seen(internet(zones), "shop.acme.test").zone == "acme.test"


def test_an_alias_to_the_apex_of_another_zone_is_no_zone_itself() -> None:
    zones = {**HEALTHY, RESOLVER[0]: f"{RESOLVED}\nwww.acme.test. 60 IN CNAME other.test."}

    class Following(Internet):
        async def ask_at(self, server: Address, question: Question) -> Reply:
            reply = await super().ask_at(server, question)
            if reply.message and question == Question("www.acme.test", "NS"):
                reply.message.answer += sets("other.test. 60 IN NS ns1.other.test.")
            return reply

    assert seen(Following(zones, {TOP: GLUE, OTHER_TOP: GLUE}), "www.acme.test").zone == "acme.test"


@pytest.mark.parametrize("domain", ["acme.test", "shop.acme.test", "a.b.acme.test"])
def test_a_zone_whose_servers_are_dead_is_never_judged_by_the_zone_above(domain: str) -> None:
    found = seen(internet({RESOLVER[0]: RESOLVED}, dead=["acme.test"]), domain)
    assert (found.zone, found.above.zone) == ("acme.test", "test")
    assert len(found.servers) == 2  # by their glue: nobody else knows where they are
    assert judge_nameservers(found, ()).status == "unknown"


def test_a_zone_that_only_the_resolver_cannot_reach_is_judged_by_its_own_servers() -> None:
    found = seen(internet(dead=["acme.test"]))
    assert judge_nameservers(found, ()).status == "pass"


def test_where_nobody_above_delegates_a_name_without_an_answer_it_lies_in_no_known_zone() -> None:
    found = seen(internet({RESOLVER[0]: ABOVE}, top=("", ""), other=("", ""), dead=["acme.test"]))
    assert (found.zone, "SERVFAIL" in found.error) == ("", True)


def test_a_promised_domain_is_its_own_zone_before_anybody_delegates_it() -> None:
    zones = {**HEALTHY, RESOLVER[0]: f"{ABOVE}\n{ADDRESSES}"}
    found = seen(internet(zones, ("", ""), ("", "")), promised=("ns1.acme.test", "ns2.acme.test"))
    assert found.zone == "acme.test"
    promised = judge_nameservers(found, ("ns1.acme.test", "ns2.acme.test"))
    assert promised.status == "fail"
    assert "within 28 days" in promised.fix


FEWER = f"ns1.acme.test. 60 IN A {FIRST}"
WRONG = ADDRESSES.replace(SECOND, "198.51.100.9")
MORE = f"{CHILD}\nns2.acme.test. 60 IN AAAA {SIX}"


@pytest.mark.parametrize(
    ("additional", "child", "status", "words"),
    [
        (ADDRESSES, CHILD, "pass", FIRST),
        (WRONG, CHILD, "fail", "198.51.100.9 in the zone above, at 198.51.100.2 in ns1.acme.test (192.0.2.1)"),
        (FEWER, CHILD, "fail", "ns2.acme.test has no address in the zone above"),
        (f"{ADDRESSES}\nns2.acme.test. 60 IN AAAA {SIX}", CHILD, "fail", SIX),
        (ADDRESSES, MORE, "warn", f"lacks addresses: ns2.acme.test: {SIX}"),
        (ADDRESSES, f"{SOA}\n{NS}", "fail", "no address in ns1.acme.test"),
    ],
)
def test_glue_has_to_be_what_the_zone_itself_says(additional: str, child: str, status: str, words: str) -> None:
    zones = {RESOLVER[0]: RESOLVED, FIRST: child, SECOND: child, "198.51.100.9": child}
    finding = judge_glue(seen(internet(zones, (NS, additional), (NS, additional))))
    assert (str(finding.status), words in finding.observed) == (status, True), finding.observed


def test_glue_of_a_name_in_another_zone_is_compared_with_the_dns() -> None:
    elsewhere = "acme.test. 60 IN NS ns.other.test."
    zones = {
        RESOLVER[0]: f"{SOA}\n{elsewhere}\n{ABOVE}\nns.other.test. 60 IN A {FIRST}",
        FIRST: f"{SOA}\n{elsewhere}",
    }
    for address, status in ((FIRST, "pass"), (SECOND, "fail")):
        referral = (elsewhere, f"ns.other.test. 60 IN A {address}")
        assert judge_glue(seen(internet(zones, referral, referral))).status == status
    assert seen(internet(zones, (elsewhere, ""), (elsewhere, ""))).glue == ()  # it needs none


def test_a_server_at_an_address_that_only_the_glue_names_is_asked_too() -> None:
    found = seen(internet({**HEALTHY, "198.51.100.9": CHILD}, (NS, WRONG), (NS, WRONG)))
    assert {server.address[0] for server in found.by_name["ns2.acme.test"]} == {SECOND, "198.51.100.9"}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (("acme.test. 60 IN NS ns1.acme.test.", FEWER), "203.0.113.2 names ns1.acme.test"),
        (("", ""), "203.0.113.2 names none"),
        ((NS, WRONG), "hands out glue"),
    ],
)
def test_servers_of_the_zone_above_that_differ_are_told(other: tuple[str, str], words: str) -> None:
    finding = judge_nameservers(seen(internet(other=other)), ())
    assert (finding.status, words in finding.observed) == ("fail", True), finding.observed


def test_a_ds_record_at_one_server_of_the_zone_above_alone_is_told() -> None:
    zones = {**HEALTHY, TOP: f"acme.test. 60 IN DS 1 13 2 {'AB' * 32}", OTHER_TOP: NS}
    finding = judge_nameservers(seen(internet(zones)), ())
    assert (finding.status, "203.0.113.2 holds DS none" in finding.observed) == ("fail", True), finding.observed


def test_one_silent_server_of_the_zone_above_hides_nothing() -> None:
    quiet = Internet(HEALTHY, {OTHER_TOP: GLUE})
    assert judge_nameservers(seen(quiet), ()).status == "pass"


def hosted(*lines: str) -> Internet:
    """The zone on name servers with these address records."""
    own = "\n".join(lines)
    child = f"{SOA}\n{NS}\n{own}"
    zones = dict.fromkeys((FIRST, SECOND, SIX, "2001:db8::1"), child)
    return internet({**zones, RESOLVER[0]: f"{child}\n{ABOVE}"}, (NS, own), (NS, own))


def a(number: int, address: str) -> str:
    return f"ns{number}.acme.test. 60 IN {'AAAA' if ':' in address else 'A'} {address}"


@pytest.mark.parametrize(
    ("lines", "status", "words"),
    [
        ([a(1, FIRST), a(2, SECOND)], "pass", "2 name servers on 2 machines"),
        ([a(1, FIRST), a(1, "2001:db8::1"), a(2, SECOND), a(2, SIX)], "pass", "2 machines"),
        ([a(1, FIRST), a(1, SIX), a(2, FIRST), a(2, SIX)], "warn", "2 name servers on 1 machines"),
        ([a(1, FIRST), a(1, SIX), a(2, SIX)], "warn", "on 1 machines"),
        ([a(1, FIRST), a(2, SIX)], "warn", "1 of them reachable by IPv4"),
        ([a(1, "2001:db8::1"), a(2, SIX)], "warn", "0 of them reachable by IPv4"),
        ([a(1, FIRST), a(2, FIRST)], "warn", "on 1 machines"),
    ],
)
def test_machines_are_counted_and_not_addresses(lines: list[str], status: str, words: str) -> None:
    finding = judge_redundancy(seen(hosted(*lines)))
    assert (str(finding.status), words in finding.observed) == (status, True), finding.observed


def test_a_server_by_ipv6_alone_is_unknown_where_there_is_no_ipv6_and_never_left_out() -> None:
    one = hosted(a(1, FIRST), a(2, SIX))
    one.no_route = frozenset({SIX})
    found = seen(one)
    (lost,) = found.lost
    finding = judge_lost(found.zone, lost)
    assert (finding.status, "2001:db8::2 alone" in finding.observed) == ("unknown", True)
    both = hosted(a(1, FIRST), a(2, SECOND), a(2, SIX))
    both.no_route = frozenset({SIX})
    assert seen(both).lost == ()


def contents(*answers: Answer) -> str:
    return str(judge_content("acme.test", {f"ns{place}": [answer] for place, answer in enumerate(answers)}).status)


def test_servers_that_hold_different_records_under_one_serial_are_told() -> None:
    question = Question("acme.test", "TXT")
    one, other = (Answer(question, Outcome.ANSWER, (text,)) for text in ("v=spf1 -all", "v=spf1 ~all"))
    none, missing = (Answer(question, outcome) for outcome in (Outcome.NODATA, Outcome.NXDOMAIN))
    silent = Answer(question, Outcome.FAILED, detail="timed out")
    alias = Answer(question, Outcome.NODATA, aliases=("a.test",))
    assert [contents(one, one), contents(one, other), contents(one, none), contents(none, missing)] == [
        "pass",
        "fail",
        "fail",
        "pass",
    ]
    assert [contents(one, silent), contents(one, other, silent), contents(alias, none)] == ["unknown", "fail", "fail"]
    addresses = (Answer(Question("acme.test", "A"), Outcome.ANSWER, (address,)) for address in (FIRST, SECOND))
    assert contents(*addresses) == "pass"  # the nearest of several places answers
