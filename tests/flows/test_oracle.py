"""What the oracle of the proofs reads out of the mail sink."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from blueprint.spec import load
from engine.home import PROJECT
from flows.proofs import oracle
from flows.proofs.crowd import PAIRS, PLANS, Member

TICKET = "tkt_0123456789abcdef01234567"


def kept(text: str, cte: str, id_: str = "<1@rehearsal.invalid>") -> dict[str, str]:
    message = EmailMessage(SMTP)
    message["To"], message["Subject"], message["Message-ID"] = "team@acme.test", "Support request", id_
    message.set_content(text, cte=cte)
    return {"subject": "Support request", "raw": message.as_bytes().decode()}


@pytest.mark.parametrize("cte", ["8bit", "quoted-printable", "base64"])
def test_a_long_line_is_read_whole_whatever_encoding_the_mail_travelled_in(cte: str) -> None:
    text = f"It broke 🦜 and so on and on and on and on and on and on and on, ticket {TICKET}.\n"
    assert f"ticket {TICKET}." in oracle.words_of(kept(text, cte))


def test_two_sendings_of_one_mail_are_the_same_and_two_mails_are_not() -> None:
    first, again = kept("a\n", "8bit"), kept("a\n", "base64", "<2@rehearsal.invalid>")
    assert oracle.words_of(first) == oracle.words_of(again) != oracle.words_of(kept("b\n", "8bit"))


@pytest.mark.parametrize(
    ("bought", "customers", "plan", "changes"),
    [
        ((), (), "", 0),
        ((PLANS[0], PLANS[2]), ("c1", "c1"), PLANS[2], 2),
        ((PLANS[2], PLANS[0]), ("c1", "c1"), PLANS[2], 1),
        ((PLANS[2], PLANS[0]), ("c1", "c2"), PLANS[2], 2),
        ((PLANS[1], PLANS[0]), ("c1", "c1"), PLANS[1], 1),
    ],
)
def test_the_highest_plan_is_promised_and_as_many_changes_as_lead_to_it(bought, customers, plan, changes) -> None:
    member = Member(None, bought=bought, subscriptions=[{"customer": each} for each in customers])  # type: ignore[arg-type]
    assert (member.plan, member.changes) == (plan, changes)


def test_the_crowd_buys_the_plans_of_the_rehearsals_spec_in_every_order() -> None:
    spec = load(PROJECT / "Pulumi.local.yaml")
    assert tuple(each.name for each in spec.payments.plans) == PLANS
    assert {plan for pair in PAIRS for plan in pair} == set(PLANS)
    assert all((second, first) in PAIRS for first, second in PAIRS)
