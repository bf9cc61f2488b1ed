"""The spec's plans as the handlers read them."""

from __future__ import annotations

from blueprint.spec import Payments
from handlers.billing.plans import Plan, PlanTable


def plan_table(payments: Payments) -> PlanTable:
    """Return the table of plans, and what a pause, a refund and a lost dispute do to one."""
    known = tuple(Plan(each.name, each.prices, each.purchases) for each in payments.plans)
    return PlanTable(known, payments.paused, payments.refunded, payments.dispute_lost)
