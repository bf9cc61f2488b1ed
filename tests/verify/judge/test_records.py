from __future__ import annotations

import pytest

from blueprint.finding import Status
from blueprint.mail_authentication import txt_content
from blueprint.records import DnsRecord
from verify.answers.dns import Answer, Outcome, Question
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
