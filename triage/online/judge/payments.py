"""Stripe: what was not delivered, not asked for, not followed up, and what differs from the user records."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from triage.model import Hit, Sure
from triage.online.answers import Answers, Row, listed, number, text
from triage.online.judge.records import by_customer, hit, ids, is_free, moment, plan_of, users

LATE = timedelta(hours=1)  # Stripe tries for up to three days; what waits for an hour has failed at least once
GOOD = frozenset({"active", "trialing", "past_due"})  # past_due: the grace time is the app's choice
OVER = frozenset({"canceled", "unpaid", "incomplete_expired"})


def judge(answers: Answers, handled: Collection[str], now: datetime) -> Iterator[Hit]:
    """Yield what is wrong at the payment provider; `handled` are the event types that the app's code handles."""
    yield from _undelivered(answers, now)
    if answers.has("stripe/webhook_endpoints"):
        yield from _endpoints(answers, handled)
    records = users(answers)
    if records is not None:
        known = by_customer(records)
        yield from _states(answers, known)
        yield from _refunds(answers, known)
    yield from _failed(answers, now)


def _undelivered(answers: Answers, now: datetime) -> Iterator[Hit]:
    late = [
        row
        for row in answers.of("stripe/events")
        if (number(row.get("pending_webhooks")) or 0) > 0 and (made := moment(row.get("created"))) and now - made > LATE
    ]
    if late:
        types = ", ".join(sorted({str(row.get("type")) for row in late})[:4])
        words = f"{len(late)} events have not been delivered for more than an hour ({types})."
        yield hit("online.stripe.undelivered", "Stripe events", words, ids(late))


def _endpoints(answers: Answers, handled: Collection[str]) -> Iterator[Hit]:
    endpoints = answers.of("stripe/webhook_endpoints")
    for row in endpoints:
        if row.get("status") == "disabled":
            words = f"The endpoint {row.get('url')} is disabled, so that nothing is sent to it."
            yield hit("online.stripe.endpoint-disabled", str(row.get("url")), words, [str(row.get("id"))])
    live = [row for row in endpoints if row.get("livemode") and row.get("status") != "disabled"]
    sells = any(row.get("livemode") for row in (*answers.of("stripe/charges"), *answers.of("stripe/subscriptions")))
    if sells and not live:
        words = f"The account takes real payments, and none of its {len(endpoints)} endpoints gets live events."
        yield hit("online.stripe.endpoint-mode", "Stripe endpoints", words, ids(endpoints))
    yield from _types(endpoints, handled)


def _types(endpoints: Collection[Row], handled: Collection[str]) -> Iterator[Hit]:
    asked = {str(one) for row in endpoints if row.get("status") != "disabled" for one in listed(row, "enabled_events")}
    if not handled or not asked:
        return
    missing = sorted(one for one in handled if one not in asked and "*" not in asked)
    if missing:
        words = f"The code handles {', '.join(missing[:6])}, but no endpoint subscribes to it."
        yield hit("online.stripe.not-subscribed", "Stripe endpoints", words, missing)
    unhandled = sorted(one for one in asked if one != "*" and one not in handled)
    if unhandled:
        words = f"{', '.join(unhandled[:6])} is sent, and nothing in the code handles it."
        yield hit("online.stripe.not-handled", "Stripe endpoints", words, unhandled, Sure.LIKELY)


Known = Mapping[str, tuple[str, Mapping[str, Any]]]


def _best(answers: Answers) -> dict[str, str]:
    """Return the best state among each customer's subscriptions."""
    best: dict[str, str] = {}
    for row in answers.of("stripe/subscriptions"):
        customer, state = text(row, "customer"), str(row.get("status"))
        if state in GOOD or customer not in best:
            best[customer] = state
    return best


def _states(answers: Answers, known: Known) -> Iterator[Hit]:
    owed, unpaid = [], []
    for customer, state in _best(answers).items():
        uid, fields = known.get(customer, ("", {}))
        plan = plan_of(fields)
        if plan is None:
            continue
        if state in {"active", "trialing"} and is_free(plan):
            owed.append(f"{uid} ({state}, record says {plan})")
        if state in OVER and not is_free(plan):
            unpaid.append(f"{uid} ({state}, record says {plan})")
    if owed:
        words = f"{len(owed)} users pay for a subscription that their record does not know."
        yield hit("online.stripe.state", "paid and not served", words, owed)
    if unpaid:
        words = f"{len(unpaid)} users keep a plan whose subscription has ended."
        yield hit("online.stripe.state", "served and not paid", words, unpaid)


def _failed(answers: Answers, now: datetime) -> Iterator[Hit]:
    """Yield the failed charges after which nothing came: no other charge that went through, no end of the plan."""
    charges = answers.of("stripe/charges")
    paid = [(text(row, "customer"), moment(row.get("created"))) for row in charges if row.get("status") == "succeeded"]
    ended = {text(row, "customer") for row in answers.of("stripe/subscriptions") if text(row, "status") in OVER}
    open_ = []
    for row in charges:
        made, customer = moment(row.get("created")), text(row, "customer")
        if row.get("status") != "failed" or not customer or made is None or now - made < LATE:
            continue
        later = any(who == customer and when and when > made for who, when in paid)
        if not later and customer not in ended:
            open_.append(str(row.get("id")))
    if open_:
        words = f"{len(open_)} charges failed, and neither another payment nor an end of the plan followed."
        yield hit("online.stripe.failed", "Stripe charges", words, open_)


def _refunds(answers: Answers, known: Known) -> Iterator[Hit]:
    active = {text(row, "customer") for row in answers.of("stripe/subscriptions") if text(row, "status") in GOOD}
    kept = []
    for row in answers.of("stripe/charges"):
        customer = text(row, "customer")
        uid, fields = known.get(customer, ("", {}))
        plan = plan_of(fields)
        if row.get("refunded") and plan is not None and not is_free(plan) and customer not in active:
            kept.append(f"{uid} ({row.get('id')})")
    if kept:
        words = f"{len(kept)} users got their money back and kept their plan."
        yield hit("online.stripe.refund", "Stripe refunds", words, kept)
