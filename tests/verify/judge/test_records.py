from __future__ import annotations

import dns.message
import dns.rrset
import pytest

from blueprint.finding import Status
from blueprint.mail_authentication import txt_content
from blueprint.records import DnsRecord
from verify.answers.dns import Answer, Outcome, Question, Reply, read
from verify.judge.records import judge_records

TEXT = "v=DKIM1; k=rsa; p=" + "A" * 300


def answer(*data: str, outcome: Outcome = Outcome.ANSWER) -> Answer:
    return Answer(Question("acme.test", "TXT"), outcome, tuple(sorted(data)))


@pytest.mark.parametrize(
    ("given_answer", "status"),
    [
        (answer(TEXT), Status.PASS),
        (answer(TEXT + "A"), Status.FAIL),
        (answer(TEXT, "unexpected"), Status.FAIL),
        (answer(outcome=Outcome.NXDOMAIN), Status.FAIL),
        (answer(outcome=Outcome.FAILED), Status.UNKNOWN),
    ],
)
def test_a_record_has_to_be_exactly_the_promised_one(given_answer: Answer, status: Status) -> None:
    promised = [DnsRecord("acme.test", "TXT", txt_content(TEXT))]
    assert judge_records("acme.test", "TXT", promised, given_answer).status is status


def test_mail_servers_are_compared_with_their_priority() -> None:
    promised = [DnsRecord("acme.test", "MX", "smtp.google.com", priority=1)]
    assert judge_records("acme.test", "MX", promised, answer("1 smtp.google.com")).status is Status.PASS
    assert judge_records("acme.test", "MX", promised, answer("5 smtp.google.com")).status is Status.FAIL


@pytest.mark.parametrize(
    ("given_answer", "status"),
    [
        (answer("127.0.0.1"), Status.PASS),
        (answer(outcome=Outcome.NODATA), Status.FAIL),
        (answer(outcome=Outcome.FAILED), Status.UNKNOWN),
    ],
)
def test_a_proxied_name_has_to_answer_with_an_address(given_answer: Answer, status: Status) -> None:
    promised = [DnsRecord("acme.test", "CNAME", "acme.web.app", proxied=True)]
    assert judge_records("acme.test", "A", promised, given_answer).status is status


@pytest.mark.parametrize(
    ("kind", "written", "answered"),
    [
        ("SRV", "10 60 5060 sip.acme.example.", "10 60 5060 sip.acme.example"),
        ("SRV", "10 60 5060  sip.acme.example", "10 60 5060 sip.acme.example"),
        ("HTTPS", "1 . alpn=h3,h2", '1 . alpn="h3,h2"'),
        ("HTTPS", "1 web.acme.example alpn=h3", '1 web.acme.example. alpn="h3"'),
        ("SVCB", "1 dns.acme.example. alpn=h2 port=8443", '1 dns.acme.example. alpn="h2" port="8443"'),
        ("NAPTR", '100 10 u E2U+sip "" sip.acme.example', '100 10 "u" "E2U+sip" "" sip.acme.example'),
        ("AAAA", "2001:DB8:0::80", "2001:db8::80"),
        ("TLSA", "3 1 1 " + "AB" * 32, "3 1 1 " + "ab" * 32),
        ("SSHFP", "4 2 " + "CD" * 32, "4 2 " + "cd" * 32),
        ("CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
    ],
)
def test_a_record_may_be_written_in_any_way_that_zone_files_allow(kind: str, written: str, answered: str) -> None:
    promised = [DnsRecord("x.acme.test", kind, written)]
    assert judge_records("x.acme.test", kind, promised, answer(answered)).status is Status.PASS
    assert judge_records("x.acme.test", kind, promised, answer(f"{answered}0")).status is Status.FAIL


def referred(name: str) -> Reply:
    message = dns.message.make_response(dns.message.make_query("lab.acme.test", "NS"))
    message.authority.append(dns.rrset.from_text(name, 300, "IN", "NS", "ns1.acme.example."))
    return Reply(Question("lab.acme.test", "NS"), ("127.0.0.1", 53), message)


def test_the_name_servers_of_a_part_given_away_come_as_a_referral() -> None:
    assert read(referred("lab.acme.test.")).data == ("ns1.acme.example",)
    assert read(referred("acme.test.")).outcome is Outcome.NODATA
