"""Who paid has the plan, or a person hears of it: a warning, the count of final failures, and a difference."""

from __future__ import annotations

import json

import pytest

from handlers.billing.payments import PATIENCE
from handlers.billing.stripe_events import Customer
from handlers.billing.stripe_events import customer as read_customer
from handlers.doors.routing import Call
from handlers.doors.scheduler_calls import SweepDoor
from handlers.outside.firebase_accounts import Account
from handlers.work import erasures
from handlers.work.acceptor import Acceptor

ADA = "ada@acme.test"


@pytest.fixture
def known(till, subscription):
    """Ada's verified account, and her customer from before, which has ended."""
    till.accounts.kept["u1"] = Account("u1", ADA, email_verified=True)
    till.stripe.customers["cus_1"] = Customer("", ADA)
    till.has("cus_1", subscription("sub_1", "cus_1", "basic_monthly"))
    till.hear("cus_1")
    assert till.plan() == "basic"
    return till


def test_a_returning_guest_is_linked_when_the_customer_from_before_has_ended(known, subscription):
    known.has("cus_1", subscription("sub_1", "cus_1", "basic_monthly", status="canceled"))
    known.has("cus_2", subscription("sub_2", "cus_2", "pro_monthly"))
    known.stripe.customers["cus_2"] = Customer("", ADA)
    assert known.hear("cus_2") == "done"
    assert known.plan() == "pro"


def test_while_another_customer_runs_a_person_hears_of_the_second(known, subscription):
    """A stranger may have typed the address first, or now: nobody but a person can tell."""
    known.has("cus_2", subscription("sub_2", "cus_2", "pro_monthly"))
    known.stripe.customers["cus_2"] = Customer("", ADA)
    assert known.hear("cus_2", times=PATIENCE) == "dead"
    assert known.final_failures == 1
    assert "customer cus_2 pays for pro, and user u1 has its address" in known.lines.getvalue()
    (found,) = [each for each in known.differences() if each.kind == "customer"]
    assert (found.subject, found.kept, found.repair) == ("cus_2", "no user", None)
    assert "pays for pro" in found.truth


def test_an_account_made_again_takes_over_the_customer_of_the_one_that_is_gone(known):
    del known.accounts.kept["u1"]
    known.accounts.kept["u2"] = Account("u2", ADA, email_verified=True)
    (found,) = [each for each in known.differences() if each.kind == "customer"]
    assert (found.subject, found.repair is None) == ("u2", False)
    assert known.hear("cus_1") == "done"
    assert (known.plan("u2"), known.documents.kept["customers/cus_1"]["userId"]) == ("basic", "u2")
    assert known.documents.kept["users/u1"]["stripeCustomerIds"] == []
    assert not [each for each in known.differences() if each.kind in {"customer", "billing"}]


def test_an_account_whose_address_is_not_verified_takes_nothing_over(known):
    del known.accounts.kept["u1"]
    known.accounts.kept["u2"] = Account("u2", ADA, email_verified=False)
    known.hear("cus_1")
    assert known.documents.kept["customers/cus_1"]["userId"] == "u1"


def test_while_firebase_is_down_a_linked_customer_stays_whose_it_is(known, subscription):
    known.accounts.is_down = True
    known.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    assert known.hear("cus_1") == "done"
    assert known.plan() == "pro"


def test_a_payment_of_nobody_is_told(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    assert till.hear("cus_1", times=PATIENCE - 1) == "failed"
    assert till.hear("cus_1", times=PATIENCE) == "dead"
    assert till.final_failures == 1
    assert [(each.kind, each.subject) for each in till.differences()] == [("customer", "cus_1")]


def test_another_products_customer_on_the_same_account_is_nobodys_concern(till, subscription):
    till.has("cus_1", subscription("sub_1", "cus_1", "of_another_product"))
    assert till.hear("cus_1", times=PATIENCE) == "ignored"
    assert (till.final_failures, till.differences()) == (0, [])


@pytest.mark.parametrize("kind", ["completed", "async_payment_succeeded"])
@pytest.mark.parametrize("status", ["paid", "no_payment_required"])
def test_a_paid_checkout_without_a_customer_is_told(till, kind, status):
    """A coupon of 100 % pays as well."""
    assert till.hear("", f"checkout.session.{kind}", mode="payment", payment_status=status) == "dead"
    assert till.final_failures == 1


@pytest.mark.parametrize(("mode", "status"), [("payment", "unpaid"), ("setup", "no_payment_required")])
def test_a_checkout_without_a_customer_that_buys_nothing_is_nobodys_concern(till, mode, status):
    assert till.hear("", "checkout.session.completed", mode=mode, payment_status=status) == "ignored"
    assert till.final_failures == 0


def bought_once(till, purchase, number=1):
    """Have somebody buy a plan for good as a guest, whom Stripe makes a customer of; return how the event ended."""
    customer, paid = f"cus_{number}", {"mode": "payment", "payment_status": "paid"}
    till.bought(customer, purchase(f"cs_{number}", customer, "pro_for_good"))
    del till.stripe.truth[customer]  # of no subscription at all, so that no list of them names the customer
    subscriptions = till.stripe.subscriptions
    till.stripe.subscriptions = lambda one: () if one == customer else subscriptions(one)
    listed = {"id": f"evt_{number}", "type": "checkout.session.completed", "livemode": True}
    till.stripe.listed.append({**listed, "data": {"object": {"customer": customer, **paid}}})
    return till.hear(customer, "checkout.session.completed", times=PATIENCE, **paid)


def found_at_night(till):
    """Return of which customers a night tells a person or links them, as its log lines say."""
    acceptor = Acceptor(till.documents, till.queue, till.clock, till.log)
    door = SweepDoor(acceptor, till.stripe, till.accounts, till.terms, till.log)
    till.clock.move(days=1)
    till.lines.truncate(0)
    door(Call({}, {"name": "night"}))
    said = [json.loads(line) for line in till.lines.getvalue().strip("\0").splitlines()]
    return [(each["subject"], each["truth"]) for each in said if each.get("kind") == "customer"]


def test_a_one_time_payment_of_nobody_is_told_and_seen_as_a_difference(till, purchase):
    assert bought_once(till, purchase) == "dead"
    assert till.final_failures == 1
    (found,) = till.differences()
    assert (found.kind, found.subject, found.repair) == ("customer", "cus_1", None)
    assert found.truth == "customer cus_1 with 1 purchase pays for pro"
    found_at_night(till)  # the first night walks over everything, and asks for no events
    assert found_at_night(till) == [("cus_1", "customer cus_1 with 1 purchase pays for pro")]


def test_a_one_time_payment_goes_to_who_proves_the_address_later(till, purchase):
    bought_once(till, purchase)
    till.stripe.customers["cus_1"] = Customer("", ADA)
    till.accounts.kept["u1"] = Account("u1", ADA, email_verified=True)
    (found,) = [each for each in till.differences() if each.kind == "customer"]
    assert (found.subject, found.repair.event.user_id) == ("u1", "u1")
    assert till.hear("cus_1") == "done"
    assert till.plan() == "pro"
    assert not [each for each in till.differences() if each.kind == "customer"]


def test_an_account_made_again_takes_over_what_was_bought_once(till, purchase):
    till.accounts.kept["u1"] = Account("u1", ADA, email_verified=True)
    till.stripe.customers["cus_1"] = Customer("", ADA)
    bought_once(till, purchase)
    assert till.plan() == "pro"
    till.accounts.kept = {"u2": Account("u2", ADA, email_verified=True)}
    assert found_at_night(till) == [("u2", "customer cus_1 with 1 purchase")]


def test_customers_of_stripes_firebase_extension_are_known(till, subscription):
    till.stripe.customers["cus_1"] = read_customer({"id": "cus_1", "metadata": {"firebaseUID": "u9"}})
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    assert till.hear("cus_1") == "done"
    assert till.plan("u9") == "pro"


def test_what_the_founders_server_wrote_wins_over_the_extension_and_over_a_buyer(till, subscription):
    read = read_customer({"metadata": {"firebaseUID": "u9", "user_id": "u1"}})
    till.stripe.customers["cus_1"] = read
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    till.checkout("cus_1", "u7")
    assert (till.plan("u1"), till.plan("u7")) == ("pro", "free")


@pytest.mark.parametrize(("status", "state", "failures"), [("active", "dead", 1), ("canceled", "ignored", 0)])
def test_a_payment_for_a_user_who_was_erased_is_told_and_makes_nothing_of_them(
    till, subscription, status, state, failures
):
    """A checkout that was open during the erasure ends after it, with a customer that nobody has heard of."""
    till.documents.transact(lambda _: (None, [erasures.tombstone("u1", till.clock())]))
    till.has("cus_9", subscription("sub_9", "cus_9", "pro_monthly", status=status))
    assert till.hear("cus_9", metadata={"user_id": "u1"}) == state
    assert till.final_failures == failures
    assert "users/u1" not in till.documents.kept
    till.stripe.customers["cus_9"] = Customer("u1", "")
    found = [(each.subject, each.repair) for each in till.differences() if each.kind == "customer"]
    assert found == [("cus_9", None)] * failures


@pytest.mark.parametrize("named_by", ["a buyer's text", "the extension's metadata"])
def test_a_payment_in_the_name_of_an_account_that_there_is_not_is_seen_as_a_difference(till, subscription, named_by):
    """A payment link with a wrong id, or the extension's customer of an account that was deleted long ago."""
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly"))
    if named_by == "a buyer's text":
        till.checkout("cus_1", "nobody")
    else:
        till.stripe.customers["cus_1"] = Customer("nobody", "")
        till.hear("cus_1")
    (difference,) = till.differences()
    assert (difference.kind, difference.subject, difference.kept) == ("deleted", "nobody", "pays for pro")
    assert difference.truth.startswith("there is no such account: set user_id in the metadata")
    till.accounts.kept["u1"] = Account("u1", ADA, email_verified=True, claims={"plan": "free"})
    till.stripe.customers["cus_1"] = Customer("u1", "")
    assert ("customer", "u1") in {(each.kind, each.subject) for each in till.differences()}
