"""Which prices are which plan, and what a pause, a refund and a lost dispute do to one: the founder's table. Pure.

The price decides, as `payments.plans` names it by its id or its lookup key (docs.stripe.com/api/prices/object).
Metadata decides nothing: Stripe's customer portal changes a subscription's price and leaves its metadata as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

KEEP, END = "keep", "end"
CHOICES = ("paused", "refunded", "dispute_lost")


@dataclass(frozen=True)
class Price:
    """A price: its id, and the lookup key that the founder gave it, or nothing."""

    id: str
    lookup_key: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the table may call it."""
        return (self.id, self.lookup_key) if self.lookup_key else (self.id,)


@dataclass(frozen=True)
class Plan:
    """One plan: `prices` of subscriptions entitle to it while they are paid, `purchases` of one-time payments for good.

    Both are ids or lookup keys of prices.
    """

    name: str
    prices: tuple[str, ...] = ()
    purchases: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanTable:
    """All plans, the lowest first, and whether each of three things is to `keep` or to `end` what was paid for.

    `paused` is a subscription whose collection is paused, `refunded` a payment that was given back in full,
    `dispute_lost` one that the bank took back. Without plans every price is a plan of its own, called by its lookup
    key or else its id, and none is higher than another.
    """

    plans: tuple[Plan, ...] = ()
    paused: str = KEEP
    refunded: str = END
    dispute_lost: str = END

    @property
    def sells_once(self) -> bool:
        """Whether any plan can be bought by a one-time payment."""
        return any(plan.purchases for plan in self.plans)

    def subscribed(self, prices: Iterable[Price]) -> str:
        """Return the highest plan that the prices of a subscription are for, or nothing when none is in the table."""
        listed = list(prices)
        if not self.plans:
            return next((price.lookup_key or price.id for price in listed), "")
        names = {name for price in listed for name in price.names}
        return self._highest(plan.name for plan in self.plans if names & set(plan.prices))

    def purchased(self, prices: Iterable[Price]) -> str:
        """Return the highest plan that the prices of a one-time payment are for, or nothing."""
        names = {name for price in prices for name in price.names}
        return self._highest(plan.name for plan in self.plans if names & set(plan.purchases))

    def rank(self, plan: str) -> int:
        """Return how high a plan is; higher wins, and -1 is one that the table does not name."""
        return next((rank for rank, each in enumerate(self.plans) if each.name == plan), 0 if not self.plans else -1)

    def _highest(self, plans: Iterable[str]) -> str:
        return max(plans, key=self.rank, default="")


def to_json(table: PlanTable) -> str:
    """Return the table as the environment of a service carries it."""
    return json.dumps(asdict(table), separators=(",", ":"))


def parse(text: str) -> PlanTable:
    """Return the table that `to_json` wrote; raises ValueError naming what is wrong."""
    try:
        content = json.loads(text)
        plans = tuple(_plan(each) for each in content["plans"])
        choices = {name: content[name] for name in CHOICES}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"not a table of plans: {error!r}") from error
    if not set(choices.values()) <= {KEEP, END}:
        raise ValueError(f"not a table of plans: {choices} must each be {KEEP} or {END}")
    return PlanTable(plans, **choices)


def _plan(each: Mapping[str, Any]) -> Plan:
    return Plan(str(each["name"]), tuple(map(str, each["prices"])), tuple(map(str, each["purchases"])))
