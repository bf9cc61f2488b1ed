"""The spec's plans: in order, each with its prices, each price in one place."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from blueprint.spec import Payments
from handlers.billing.plans import Plan, PlanTable
from infra.payment_plans import plan_table

BASIC = {"name": "basic", "prices": ["basic_monthly", "price_1Abc"]}
PRO = {"name": "pro", "prices": ["pro_monthly"], "purchases": ["pro_for_good"]}


def test_plans_keep_their_order_and_the_choices_have_safe_defaults():
    payments = Payments.model_validate({"plans": [BASIC, PRO]})
    assert plan_table(payments) == PlanTable(
        (Plan("basic", ("basic_monthly", "price_1Abc")), Plan("pro", ("pro_monthly",), ("pro_for_good",))),
        paused="keep",
        refunded="end",
        dispute_lost="end",
    )
    assert payments.mode == "live"


def test_a_spec_without_plans_is_a_spec():
    assert plan_table(Payments()) == PlanTable()


@pytest.mark.parametrize(
    ("plans", "words"),
    [
        ([BASIC, BASIC], "plans has basic twice"),
        ([BASIC, {"name": "pro", "prices": ["basic_monthly"]}], "plans has basic_monthly twice"),
        ([{"name": "pro", "prices": ["x"], "purchases": ["x"]}], "plans has x twice"),
        ([{"name": "pro"}], "plan pro has no price"),
        ([{"name": "free", "prices": ["x"]}], "free is for nobody"),
        ([{"name": "Pro Plan", "prices": ["x"]}], "a plan's name"),
        ([{"name": "pro", "prices": ["a price"]}], "a price at Stripe"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_in_words(plans, words):
    with pytest.raises(ValidationError, match=words):
        Payments.model_validate({"plans": plans})


@pytest.mark.parametrize("field", [{"mode": "sandbox"}, {"paused": "ask"}, {"refunded": True}])
def test_a_choice_that_there_is_not_is_refused(field):
    with pytest.raises(ValidationError):
        Payments.model_validate(field)
