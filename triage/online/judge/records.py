"""User records among the samples of Firestore, and what of them says who somebody is and what was paid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from triage.model import Hit, Sure
from triage.online.answers import Answers, Row, inside

USERS = ("users", "profiles", "accounts", "members", "userProfiles", "user_profiles", "Users")
PLAN = re.compile(r"(?i)^_?(plan|tier|subscription_?(plan|tier|type)|plan_?(id|type|name))$")
STATE = re.compile(r"(?i)^(is_?(premium|pro|paid|subscribed)|premium|subscription_?(status|active)|paid|status)$")
CUSTOMER = re.compile(r"(?i)^(stripe_?)?customer_?(id)?$|^stripe_?id$")
FREE = re.compile(
    r"(?i)^(|free|none|basic|false|inactive|canceled|cancelled|expired|past_?due|unpaid|no|0|null|trial\w*)$"
)
SHOWN = 5  # names in one finding


def users(answers: Answers) -> dict[str, Mapping[str, Any]] | None:
    """Return the fields of the user records by user id, None when no collection of users was sampled."""
    names = {str(row.get("collection")) for row in answers.of("firestore/documents")}
    chosen = next((name for name in USERS if name in names), None)
    if chosen is None:
        return None
    return {
        str(row.get("id")): inside(row, "fields")
        for row in answers.of("firestore/documents")
        if row.get("collection") == chosen
    }


def plan_of(fields: Mapping[str, Any]) -> str | None:
    """Return the plan that a record names, `free` or `paid` where it only says whether, None when it says nothing."""
    for key, value in fields.items():
        if PLAN.search(key) and isinstance(value, str):
            return value
    for key, value in fields.items():
        if STATE.search(key) and isinstance(value, str | bool):
            return "free" if FREE.search(str(value)) else "paid"
    return None


def is_free(plan: str) -> bool:
    """Return whether a plan gives nothing that is paid for."""
    return FREE.search(plan) is not None


def by_customer(records: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return (user id, fields) by the id of the customer at the payment provider."""
    found = {}
    for uid, fields in records.items():
        for key, value in fields.items():
            if CUSTOMER.search(key) and isinstance(value, str) and value:
                found[value] = (uid, fields)
    return found


def moment(value: object) -> datetime | None:
    """Return an RFC 3339 text, seconds or milliseconds since 1970 as a time, None when it is none of them."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        made = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(value)))
        return made if made.tzinfo else made.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def hit(check: str, subject: str, observed: str, evidence: Sequence[str] = (), sure: Sure = Sure.CERTAIN) -> Hit:
    """Return a finding about an account; the evidence is a few of the ids that show it."""
    more = f" and {len(evidence) - SHOWN} more" if len(evidence) > SHOWN else ""
    return Hit(check, 0, subject, observed, ", ".join(evidence[:SHOWN]) + more, sure)


def ids(rows: Sequence[Row], key: str = "id") -> list[str]:
    """Return the ids of some rows."""
    return [str(row.get(key, "")) for row in rows]
