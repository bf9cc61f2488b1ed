"""Which plan a user has: by the prices that are paid for, in the order of the founder's table."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from handlers.billing.payments import PATIENCE
from handlers.billing.plans import PlanTable, parse, to_json
from handlers.billing.stripe_events import Customer
from handlers.billing.stripe_events import subscription as read_subscription
from handlers.outside.firebase_accounts import Account

ADA = "ada@acme.test"


def test_the_price_decides_and_never_the_metadata():
    """The trap: an upgrade in Stripe's portal changes the price and leaves the metadata of the old plan."""
    items = {"data": [{"price": {"id": "price_1", "lookup_key": "team_monthly"}}]}
    read = read_subscription({"id": "sub_1", "status": "active", "items": items, "metadata": {"plan": "basic"}})
    assert [price.lookup_key for price in read.prices] == ["team_monthly"]


def test_an_upgrade_in_the_portal_is_followed(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "basic_monthly"))
    till.checkout("cus_1", "u1", metadata={"plan": "basic"})
    assert till.plan() == "basic"
    till.has("cus_1", subscription("sub_1", "cus_1", "team_monthly"))
    till.hear("cus_1", metadata={"plan": "basic"})
    assert till.plan() == "team"


def test_an_add_on_that_comes_first_does_not_become_the_plan(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "more_storage", "pro_monthly"))
    till.checkout("cus_1", "u1")
    assert till.plan() == "pro"


def test_a_price_may_be_named_by_its_id(till, subscription):
    bought = subscription("sub_1", "cus_1", "")
    till.has("cus_1", type(bought)("sub_1", "cus_1", "active", (type(bought.prices[0])("price_pro"),)))
    till.checkout("cus_1", "u1")
    assert till.plan() == "pro"


def test_an_unknown_price_grants_nothing_and_is_told(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "of_another_product"))
    till.checkout("cus_1", "u1")
    assert (till.plan(), till.billing().status) == ("free", "active")
    assert "payments.plans does not name it: price_of_of_another_product" in till.lines.getvalue()
    assert [(each.kind, each.subject, each.repair) for each in till.differences()] == [("price", "u1", None)]


def test_the_highest_plan_wins_and_not_the_later_end(till, subscription):
    till.has(
        "cus_1",
        subscription("sub_1", "cus_1", "team_monthly", ends=1_000),
        subscription("sub_2", "cus_1", "basic_monthly", ends=9_000),
    )
    till.checkout("cus_1", "u1")
    assert (till.plan(), till.billing().subscription_id) == ("team", "sub_1")


def test_the_highest_of_several_customers_wins_in_any_order(make_till, subscription):
    for order in itertools.permutations(("basic_monthly", "team_monthly", "pro_monthly")):
        till = make_till()
        for number, key in enumerate(order):
            till.has(f"cus_{number}", subscription(f"sub_{number}", f"cus_{number}", key))
            till.checkout(f"cus_{number}", "u1")
        assert till.plan() == "team", order
        assert till.documents.kept["users/u1"]["stripeCustomerId"] == "cus_0"


def test_what_a_buyer_writes_may_raise_the_plan_and_never_lower_it_nor_replace_the_customer(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    till.checkout("cus_1", "u1")
    till.has("cus_2", subscription("sub_2", "cus_2", "basic_monthly"))
    till.checkout("cus_2", "u1")
    assert (till.plan(), till.documents.kept["users/u1"]["stripeCustomerId"]) == ("pro", "cus_1")
    till.has("cus_2", subscription("sub_2", "cus_2", "team_monthly"))
    till.hear("cus_2")
    assert (till.plan(), till.documents.kept["users/u1"]["stripeCustomerId"]) == ("team", "cus_1")


def test_a_strangers_failed_payment_does_not_use_up_the_users_patience(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    till.checkout("cus_1", "u1")
    till.has("cus_2", subscription("sub_2", "cus_2", "basic_monthly", status="past_due"))
    till.checkout("cus_2", "u1")
    till.clock.move(days=30)
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", status="past_due"))
    till.hear("cus_1")
    assert (till.plan(), till.billing().grace_until) == ("pro", till.clock() + timedelta(days=14))


@pytest.mark.parametrize("kind", ["customer.subscription.updated", "invoice.payment_failed", "charge.refunded"])
def test_a_strangers_customer_stays_one_however_often_it_is_heard_of(till, subscription, kind):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    till.hear("cus_1", metadata={"user_id": "u1"})
    till.has("cus_2", subscription("sub_2", "cus_2", "basic_monthly"))
    till.checkout("cus_2", "u1")
    till.has("cus_2", subscription("sub_2", "cus_2", "basic_monthly", status="past_due"))
    till.stripe.charges["ch_2"] = {"id": "ch_2", "customer": "cus_2", "amount": 1}
    till.hear("cus_2", kind, id="ch_2", object="charge")
    assert till.documents.kept["users/u1"]["stripeTypedCustomerIds"] == ["cus_2"]
    till.clock.move(days=30)
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", status="past_due"))
    till.hear("cus_1")
    assert (till.plan(), till.billing().grace_until) == ("pro", till.clock() + timedelta(days=14))


def test_a_strangers_customer_is_the_users_own_when_metadata_name_them(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    till.hear("cus_1", metadata={"user_id": "u1"})
    till.has("cus_2", subscription("sub_2", "cus_2", "basic_monthly"))
    till.checkout("cus_2", "u1")
    till.hear("cus_2", metadata={"user_id": "u2"})
    assert till.documents.kept["users/u1"]["stripeTypedCustomerIds"] == ["cus_2"]
    till.hear("cus_2", metadata={"user_id": "u1"})
    assert till.documents.kept["users/u1"]["stripeTypedCustomerIds"] == []


def test_a_customer_that_metadata_names_replaces_one_of_which_nothing_runs(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", status="canceled"))
    till.checkout("cus_1", "u1")
    till.has("cus_2", subscription("sub_2", "cus_2", "pro_monthly"))
    till.hear("cus_2", metadata={"user_id": "u1"})
    assert till.documents.kept["users/u1"]["stripeCustomerId"] == "cus_2"


@pytest.fixture
def typed_first(till, subscription):
    """A stranger typed the id of a user who had no customer, and pays for a lower plan from an address of their own."""
    till.accounts.kept["u1"] = Account("u1", ADA, email_verified=True)
    till.stripe.customers["cus_1"] = Customer("", "stranger@else.test")
    till.has("cus_1", subscription("sub_1", "cus_1", "basic_monthly"))
    till.checkout("cus_1", "u1")
    assert (till.plan(), till.documents.kept["users/u1"]["stripeCustomerId"]) == ("basic", "cus_1")
    return till


@pytest.mark.parametrize("proof", ["event", "customer", "address", "checkout"])
@pytest.mark.parametrize("plan", ["team", "basic"])
@pytest.mark.parametrize("strangers", ["active", "past_due"])
def test_who_typed_the_id_first_is_in_nobodys_way(typed_first, subscription, proof, plan, strangers):
    till = typed_first
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", status=strangers))
    till.hear("cus_1")
    till.has("cus_2", subscription("sub_2", "cus_2", f"{plan}_monthly"))
    till.stripe.customers["cus_2"] = Customer("u1" if proof == "customer" else "", ADA)
    said = {"metadata": {"user_id": "u1"}} if proof == "event" else {}
    ended = till.checkout("cus_2", "u1") if proof == "checkout" else till.hear("cus_2", **said)
    assert ended == "done"
    kept = till.documents.kept["users/u1"]
    assert (kept["stripeCustomerId"], kept["stripeTypedCustomerIds"]) == ("cus_2", ["cus_1"])
    assert till.plan() == ("team" if plan == "team" else "pro" if strangers == "active" else "basic")
    till.clock.move(days=30)  # the user's own payment fails: their patience begins now, whatever the stranger owes
    till.has("cus_2", subscription("sub_2", "cus_2", f"{plan}_monthly", status="past_due"))
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", status="past_due"))
    till.hear("cus_1")
    assert (till.plan(), till.billing().grace_until) == (plan, till.clock() + timedelta(days=14))


def test_what_names_the_first_customer_later_proves_it_and_nobody_replaces_it_then(typed_first, subscription):
    till = typed_first
    till.hear("cus_1", metadata={"user_id": "u1"})
    till.has("cus_2", subscription("sub_2", "cus_2", "pro_monthly"))
    till.hear("cus_2", metadata={"user_id": "u1"})
    kept = till.documents.kept["users/u1"]
    assert (kept["stripeCustomerId"], kept["stripeTypedCustomerIds"], till.plan()) == ("cus_1", [], "pro")


def test_a_payment_link_of_ones_own_keeps_the_customer_from_who_types_the_address_later(till, subscription):
    """The address that the first customer has at Stripe is the user's verified one: both agree, so it is theirs."""
    till.accounts.kept["u1"] = Account("u1", ADA, email_verified=True)
    till.stripe.customers["cus_1"] = till.stripe.customers["cus_2"] = Customer("", ADA)
    for number, plan in ((1, "basic"), (2, "team")):
        till.has(f"cus_{number}", subscription(f"sub_{number}", f"cus_{number}", f"{plan}_monthly"))
    till.checkout("cus_1", "u1")
    assert till.hear("cus_2", times=PATIENCE) == "dead"
    assert till.checkout("cus_2", "u1") == "done"  # the id is typed as well: it may raise the plan
    kept = till.documents.kept["users/u1"]
    assert (kept["stripeCustomerId"], kept["stripeTypedCustomerIds"], till.plan()) == ("cus_1", ["cus_2"], "team")


def test_a_proof_that_comes_late_about_the_first_customer_is_looked_at(typed_first):
    """Events that waited are done without a look, but not those that prove what only a buyer's text said."""
    assert typed_first.documents.kept["customers/cus_1"]["isTyped"]


@pytest.mark.parametrize(
    ("choice", "more"),
    [
        ("paused", {"is_paused": True}),
        ("refunded", {"reversal": "refunded"}),
        ("dispute_lost", {"reversal": "dispute_lost"}),
    ],
)
def test_a_pause_a_refund_and_a_lost_dispute_do_what_the_founder_chose(till, subscription, choice, more):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", **more))
    till.choose(**{choice: "keep"})
    till.checkout("cus_1", "u1")
    assert till.plan() == "pro"
    till.choose(**{choice: "end"})
    till.hear("cus_1")
    assert till.plan() == "free"
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))  # the refund failed, the pause is over
    till.hear("cus_1")
    assert till.plan() == "pro"


def test_without_a_choice_a_pause_keeps_the_plan_and_a_refund_and_a_lost_dispute_end_it():
    assert (PlanTable().paused, PlanTable().refunded, PlanTable().dispute_lost) == ("keep", "end", "end")


def test_what_was_refunded_is_no_reason_to_end_what_else_is_paid(till, subscription):
    till.has(
        "cus_1",
        subscription("sub_1", "cus_1", "team_monthly", reversal="refunded"),
        subscription("sub_2", "cus_1", "basic_monthly"),
    )
    till.checkout("cus_1", "u1")
    assert till.plan() == "basic"


def test_a_one_time_purchase_entitles_until_it_is_refunded(till, purchase):
    till.bought("cus_1", purchase("cs_1", "cus_1", "pro_for_good"))
    till.checkout("cus_1", "u1", mode="payment", payment_status="paid")
    assert (till.plan(), till.billing().subscription_id) == ("pro", "cs_1")
    till.bought("cus_1", purchase("cs_1", "cus_1", "pro_for_good", reversal="refunded"))
    till.hear("cus_1", "charge.refunded", id="ch_1")
    assert till.plan() == "pro"  # Stripe does not know the charge: nothing is believed
    till.stripe.charges["ch_1"] = {"id": "ch_1", "customer": "cus_1", "amount": 900, "amount_refunded": 900}
    till.hear("cus_1", "charge.refunded", id="ch_1")
    assert till.plan() == "free"


def test_a_subscriptions_price_bought_once_and_a_purchase_of_another_thing_grant_nothing(till, purchase):
    till.bought("cus_1", purchase("cs_1", "cus_1", "pro_monthly"), purchase("cs_2", "cus_1", "a_mug"))
    till.checkout("cus_1", "u1", mode="payment", payment_status="paid")
    assert till.plan() == "free"


def test_without_a_table_every_price_is_a_plan_of_its_own(till, subscription):
    till.terms = type(till.terms)("founder@acme.test")
    till.has("cus_1", subscription("sub_1", "cus_1", "of_any_product"))
    till.checkout("cus_1", "u1", metadata={"plan": "basic"})
    assert till.plan() == "of_any_product"


def test_a_table_comes_through_the_environment_as_it_was(till):
    assert parse(to_json(till.terms.table)) == till.terms.table


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"plans":[],"paused":"sometimes","refunded":"end","dispute_lost":"end"}']
)
def test_a_table_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="not a table of plans"):
        parse(text)
