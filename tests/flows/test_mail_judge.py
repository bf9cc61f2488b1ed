"""What turns the criterion red that mail arrives, and what leaves it open."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from blueprint.finding import Status
from flows.accept import mail
from flows.accept.mail import Awaited, Observation, judge
from flows.mailbox import Arrived
from flows.mailbox_account import HOST, Account

TICKET = "tkt_1"
TEAM, USER = "qa+team@acme.test", "qa+flow-accept-mail-1@acme.test"
REQUEST = Arrived("INBOX", 7, False, TEAM, f"Support request: s [{TICKET}]", f"{mail.MESSAGE}\n", "", {"dmarc": "pass"})
REPLY = replace(REQUEST, uid=8, to=USER, subject=f"Re: s [{TICKET}]", text=mail.REPLY, results={})
AWAITED = (Awaited("the request to the team", TEAM, mail.MESSAGE), Awaited("the reply to the user", USER, mail.REPLY))
ALL = Observation(TICKET, AWAITED, (REQUEST, REPLY), 4.0)


def test_what_came_once_where_people_read_it_is_well() -> None:
    found = judge(ALL)
    assert (found.status, found.fix) == (Status.PASS, "")
    assert found.observed == "after 4 s the request to the team came, the reply to the user came"
    assert mail.MESSAGE not in found.evidence


@pytest.mark.parametrize(
    ("arrived", "said"),
    [
        ((), "the request to the team came 0 times"),
        ((REQUEST,), "the reply to the user came 0 times"),
        ((REQUEST, REQUEST, REPLY), "the request to the team came 2 times"),
        ((replace(REQUEST, to="else@acme.test"), REPLY), "the request to the team came 0 times"),
        ((replace(REQUEST, text="Does mail arrive? ?"), REPLY), "the request to the team came 0 times"),
        ((replace(REQUEST, subject="another"), REPLY), "the request to the team came 0 times"),
        ((REQUEST, replace(REPLY, is_junk=True)), "1 of them in the junk"),
        ((REQUEST, replace(REPLY, results={"dmarc": "fail", "dkim": "pass"})), "the mailbox's server says dmarc=fail"),
        ((REQUEST, replace(REPLY, results={"spf": "softfail"})), "the mailbox's server says spf=softfail"),
    ],
)
def test_what_did_not_come_or_not_as_it_should_is_not_accepted(arrived: tuple[Arrived, ...], said: str) -> None:
    found = judge(replace(ALL, arrived=arrived))
    assert found.status is Status.FAIL
    assert said in found.observed
    assert "./launch verify" in found.fix


@pytest.mark.parametrize(
    "results",
    [{}, {"dmarc": "pass", "spf": "fail"}, {"spf": "fail", "dkim": "pass"}, {"spf": "none", "dkim": "neutral"}],
)
def test_one_proof_of_the_sender_is_enough_and_none_told_is_none(results: dict[str, str]) -> None:
    assert judge(replace(ALL, arrived=(REQUEST, replace(REPLY, results=results)))).status is Status.PASS


def test_nothing_awaited_is_nothing_accepted() -> None:
    assert judge(replace(ALL, awaited=())).status is Status.FAIL


def on(**stage: Any) -> Any:
    return SimpleNamespace(stage=SimpleNamespace(**{"works_by_mail": False, "team": TEAM, "mailbox": None, **stage}))


def test_without_a_mailbox_it_is_unknown_and_says_how_to_name_one() -> None:
    found = mail.play(on())
    assert found.status is Status.UNKNOWN
    assert HOST in found.fix


def test_a_team_that_reads_elsewhere_is_told_which_address_to_give_it() -> None:
    account = Account("imap.acme.test", 993, "qa@acme.test", "secret of the mailbox", "qa+*@acme.test")
    found = mail.play(on(team="team@acme.example", mailbox=account))
    assert found.status is Status.UNKNOWN
    assert "set support.receiver of this stack to qa+team@acme.test" in found.observed


def test_a_mailbox_that_is_not_there_is_unknown_and_its_password_in_no_word() -> None:
    account = Account("127.0.0.1", 9, "qa@acme.test", "secret of the mailbox", "qa+*@acme.test")
    found = mail.play(on(mailbox=account))
    assert found.status is Status.UNKNOWN
    assert "no IMAP over TLS at 127.0.0.1:9" in found.observed
    assert "secret of the mailbox" not in repr(found)
