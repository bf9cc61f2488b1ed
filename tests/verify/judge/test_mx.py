from __future__ import annotations

import asyncio
from typing import Any

import pytest

from verify.answers.dns import Answer, Outcome, Question
from verify.judge.mx import hosts, judge_hosts, judge_mx, judge_reverse
from verify.mail.aliases import follow

ZONE = {
    ("mx.test", "A"): ("192.0.2.1",),
    ("six.test", "AAAA"): ("2001:db8::1",),
    ("alias.test", "CNAME"): ("mx.test",),
    ("alias.test", "A"): ("192.0.2.1",),
    ("nowhere.test", "TXT"): ("no address here",),
    ("app.acme.test", "A"): ("192.0.2.9",),
    ("two.test", "A"): ("192.0.2.7", "192.0.2.8"),
}


def mx(*data: str, outcome: Outcome = Outcome.ANSWER) -> Answer:
    return Answer(Question("acme.test", "MX"), outcome, data, "timed out" if outcome is Outcome.FAILED else "")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (mx("1 mx.test", "5 six.test"), "pass"),
        (mx("0 "), "pass"),  # a null MX: the root without its dot
        (mx("10 "), "fail"),
        (mx("0 ", "1 mx.test"), "fail"),
        (mx(outcome=Outcome.NODATA), "warn"),
        (mx(outcome=Outcome.FAILED), "unknown"),
    ],
)
def test_a_domain_says_where_its_mail_goes_or_that_it_takes_none(answer: Answer, status: str) -> None:
    assert judge_mx("acme.test", answer).status == status


def judged(asking: Any, *names: str, broken: tuple[str, ...] = ()) -> tuple[str, ...]:
    async def found() -> dict[str, Any]:
        ask = asking(ZONE, broken)
        both = {type_: await follow(names, type_, ask) for type_ in ("A", "AAAA")}
        return {name: {type_: each[name] for type_, each in both.items()} for name in names}

    statuses = {f.id: str(f.status) for f in judge_hosts("acme.test", asyncio.run(found()), {"app.acme.test"})}
    return statuses["mail.mx.alias"], statuses["mail.mx.address"]


@pytest.mark.parametrize(
    ("names", "alias", "address"),
    [
        (("mx.test", "six.test"), "pass", "pass"),
        (("alias.test",), "fail", "pass"),
        (("mx.test", "nowhere.test"), "pass", "fail"),
        (("none.test",), "pass", "fail"),
        (("192.0.2.1",), "pass", "fail"),
        (("app.acme.test",), "pass", "fail"),
    ],
)
def test_every_mail_host_has_an_address_and_is_no_alias(
    asking: Any, names: tuple[str, ...], alias: str, address: str
) -> None:
    assert judged(asking, *names) == (alias, address)


def test_a_host_that_could_not_be_asked_is_unknown_unless_another_is_bad(asking: Any) -> None:
    assert judged(asking, "mx.test", "dark.test", broken=("dark.test",)) == ("unknown", "unknown")
    assert judged(asking, "none.test", "dark.test", broken=("dark.test",))[1] == "fail"


def test_a_domain_without_mail_hosts_has_none_to_judge() -> None:
    assert hosts(mx("0 ")) == ()
    assert judge_hosts("acme.test", {}, ()) == []


@pytest.mark.parametrize(
    ("names", "back", "status"),
    [
        (("mx.acme.test",), ("192.0.2.7",), "pass"),
        (("mx.acme.test",), ("192.0.2.8",), "fail"),
        ((), None, "fail"),
    ],
)
def test_our_own_mail_host_has_a_name_that_leads_back(
    names: tuple[str, ...], back: tuple[str, ...] | None, status: str
) -> None:
    reverse = Answer(Question("7.2.0.192.in-addr.arpa", "PTR"), Outcome.ANSWER if names else Outcome.NXDOMAIN, names)
    answers = [] if back is None else [Answer(Question("mx.acme.test", "A"), Outcome.ANSWER, back)]
    assert judge_reverse("192.0.2.7", reverse, answers).status == status


def test_a_reverse_name_that_does_not_answer_is_unknown() -> None:
    silent = Answer(Question("7.2.0.192.in-addr.arpa", "PTR"), Outcome.FAILED, detail="timed out")
    assert judge_reverse("192.0.2.7", silent, []).status == "unknown"
