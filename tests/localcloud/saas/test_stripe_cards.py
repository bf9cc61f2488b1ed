"""Test cards, as a staging stack is played with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.world import World
from localcloud.saas.stripe.calls import Call
from localcloud.saas.stripe.cards import Cards
from localcloud.saas.stripe.errors import StripeError
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.payments import Payments
from localcloud.saas.stripe.subscriptions import Subscriptions


class Account:
    """An account with one customer and one subscription, asked without a server."""

    def __init__(self, world: World) -> None:
        self.ledger = Ledger(world, lambda: 1_700_000_000.0)
        payments = Payments(self.ledger)
        self.subscriptions = Subscriptions(self.ledger, payments)
        self.cards = Cards(self.ledger, self.subscriptions)
        self.customer = self.ledger.new("customer", "cus", {"metadata": {}})["id"]
        price = self.ledger.new("price", "price", {"unit_amount": 900, "currency": "eur"})["id"]
        items = [{"price": price}]
        self.subscription = self.subscriptions._create(Call({}, {"customer": self.customer, "items": items}))["id"]

    def card(self, name: str) -> str:
        return str(self.cards._attach(Call({"id": name}, {"customer": self.customer}))["id"])

    def renewed(self, card: str) -> dict[str, Any]:
        wanted = {"default_payment_method": card, "billing_cycle_anchor": "now", "proration_behavior": "none"}
        return self.subscriptions._update(Call({"id": self.subscription}, wanted))

    def events(self) -> list[str]:
        return [each["type"] for each in self.ledger.newest_first("event")]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    world = World(tmp_path / "world.db")
    yield Account(world)
    world.close()


def test_a_card_that_is_declined_makes_the_new_period_past_due_until_another_pays(account: Account) -> None:
    found = account.renewed(account.card("pm_card_chargeCustomerFail"))
    assert found["status"] == "past_due"
    assert account.events()[:2] == ["customer.subscription.updated", "invoice.payment_failed"]
    open_invoice = found["latest_invoice"]
    with pytest.raises(StripeError, match="declined"):
        account.cards._pay(Call({"id": open_invoice}, {"payment_method": account.card("pm_card_chargeCustomerFail")}))
    paid = account.cards._pay(Call({"id": open_invoice}, {"payment_method": account.card("pm_card_visa")}))
    assert paid["status"] == "paid"
    assert account.ledger.need("subscription", account.subscription)["status"] == "active"
    assert "invoice.paid" in account.events()[:2]
    with pytest.raises(StripeError, match="already paid"):
        account.cards._pay(Call({"id": open_invoice}, {}))


def test_a_good_card_pays_the_new_period(account: Account) -> None:
    assert account.renewed(account.card("pm_card_visa"))["status"] == "active"


def test_a_card_that_is_no_test_card_is_not_there(account: Account) -> None:
    with pytest.raises(StripeError, match="No such PaymentMethod"):
        account.card("pm_card_of_somebody")
