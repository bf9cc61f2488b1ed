"""The founder's terms of payment, as the launch spec says them under `payments`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from handlers.billing.plans import PlanTable
from handlers.billing.stripe_mode import LIVE


@dataclass(frozen=True)
class PaymentTerms:
    """How long a plan is kept after a failed payment, and after how long each reminder is sent.

    `founder` is the address that is told of every change, `mode` the one of Stripe's modes that this stack is in, and
    `table` says which price is which plan.
    """

    founder: str
    grace: timedelta = timedelta(days=14)
    reminders: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=7), timedelta(days=12))
    mode: str = LIVE
    table: PlanTable = field(default_factory=PlanTable)
