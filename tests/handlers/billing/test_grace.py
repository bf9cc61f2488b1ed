"""Patience with failed payments is had once: from the first failure until something is paid."""

from __future__ import annotations

from datetime import timedelta


def fail(till, subscription, id_="sub_1", customer="cus_1"):
    till.has(customer, subscription(id_, customer, "pro_monthly", status="past_due"))
    till.hear(customer, metadata={"user_id": "u1"})


def test_a_second_subscription_that_fails_does_not_begin_a_second_period(till, subscription):
    fail(till, subscription)
    end = till.billing().grace_until
    till.clock.move(days=10)
    canceled = subscription("sub_1", "cus_1", "pro_monthly", status="canceled")
    till.has("cus_1", canceled, subscription("sub_2", "cus_1", "pro_monthly", status="past_due"))
    till.hear("cus_1")
    assert (till.plan(), till.billing().grace_until) == ("pro", end)
    till.clock.move(days=5)
    till.hear("cus_1")
    assert till.plan() == "free"


def test_a_trial_pays_nothing_and_begins_no_new_period(till, subscription):
    fail(till, subscription)
    till.clock.move(days=15)
    till.has("cus_1", subscription("sub_2", "cus_1", "pro_monthly", status="trialing"))
    till.hear("cus_1")
    assert till.plan() == "pro"
    till.has("cus_1", subscription("sub_2", "cus_1", "pro_monthly", status="past_due"))
    till.hear("cus_1")
    assert till.plan() == "free"


def test_a_payment_ends_the_count_and_the_next_failure_has_its_own(till, subscription):
    fail(till, subscription)
    till.clock.move(days=15)
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    till.hear("cus_1")
    fail(till, subscription)
    assert (till.plan(), till.billing().grace_until) == ("pro", till.clock() + timedelta(days=14))


def test_while_a_lower_plan_is_paid_the_higher_is_kept_for_the_grace_period_and_no_longer(till, subscription):
    late = subscription("sub_1", "cus_1", "team_monthly", status="past_due")
    till.has("cus_1", late, subscription("sub_2", "cus_1", "basic_monthly"))
    till.hear("cus_1", metadata={"user_id": "u1"})
    assert till.plan() == "team"
    till.clock.move(days=14)
    assert till.plan() == "basic"  # by the clock alone, before any event
    till.hear("cus_1")
    assert (till.plan(), till.billing().status) == ("basic", "active")
