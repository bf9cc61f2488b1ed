"""A small project whose accounts answer that all is well, and one fault for each check."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import wire
from wire import NOW, stamp

from triage.online.questions import QUESTIONS

Rows = dict[str, list[dict[str, Any]]]
HANDLED = ("checkout.session.completed", "customer.subscription.deleted")


def ago(**more: float) -> datetime:
    return NOW - timedelta(**more)


def user(uid: str, plan: str = "free", **more: Any) -> dict[str, Any]:
    fields = {"email": f"{uid}@mail.test", "plan": plan, "stripeCustomerId": f"cus_{uid}", **more}
    return {"collection": "users", "id": uid, "createTime": stamp(days=9), "fields": fields}


def document(collection: str, name: str, made: str, **fields: Any) -> dict[str, Any]:
    return {"collection": collection, "id": name, "createTime": made, "fields": fields}


def contact(name: str, uid: str, plan: str = "free", email: str = "") -> dict[str, Any]:
    return {"id": name, "properties": {"email": email or f"{uid}@mail.test", "firebase_uid": uid, "plan": plan}}


def entry(
    service: str, message: str = "", *, status: int = 0, severity: str = "INFO", event: str = "", kind: str = ""
) -> dict[str, Any]:
    """What a service or a function of the first generation wrote, or a request with Google's words for it."""
    if status:
        return wire.request(service, status, message)
    payload = {"message": message, **({"eventId": event} if event else {})}
    return wire.logged(service, kind or "cloud_run_revision", severity=severity, jsonPayload=payload)


def good() -> Rows:
    """Return the answers of a project without a fault."""
    return {
        "auth/users": [{"localId": uid, "email": f"{uid}@mail.test"} for uid in ("ann", "ben")],
        "firestore/documents": [
            user("ann", "pro"),
            user("ben"),
            document("orders", "o1", stamp(days=2), userId="ann", total=5, paymentIntentId="pi_0001"),
            document("orders", "o2", stamp(days=1), userId="ann", total=5, paymentIntentId="pi_0002"),
        ],
        "stripe/events": [
            {"id": "evt_1", "type": "invoice.paid", "created": ago(hours=3).timestamp(), "pending_webhooks": 0}
        ],
        "stripe/webhook_endpoints": [
            {
                "id": "we_1",
                "url": "https://webhook-abcdefghij-ew.a.run.app/stripe",
                "status": "enabled",
                "livemode": True,
                "enabled_events": list(HANDLED),
            }
        ],
        "stripe/subscriptions": [{"id": "sub_1", "customer": "cus_ann", "status": "active", "livemode": True}],
        "stripe/charges": [
            {
                "id": "ch_1",
                "customer": "cus_ann",
                "status": "failed",
                "created": ago(days=3).timestamp(),
                "livemode": True,
            },
            {
                "id": "ch_2",
                "customer": "cus_ann",
                "status": "succeeded",
                "created": ago(days=2).timestamp(),
                "livemode": True,
            },
        ],
        "hubspot/contacts": [contact("1", "ann", "pro"), contact("2", "ben")],
        "hubspot/flows": [{"id": "9", "name": "Welcome", "isEnabled": True}],
        **{name: rows_of(name, pages) for name, pages in wire.bodies().items()},
    }


def rows_of(name: str, pages: list[wire.Body]) -> list[dict[str, Any]]:
    """Return the rows of an answer, as they are recorded."""
    key = next(question.rows for question in QUESTIONS if question.id == name)
    rows = [row for page in pages for row in (page.get(key, ()) if key else [page])]
    return [{"condition": wire.WATCHED["name"], **row} for row in rows] if name == "monitoring/crossings" else rows


Change = Callable[[Rows], object]


def _set(question: str, at: int, **fields: Any) -> Change:
    return lambda rows: rows[question][at].update(fields)


def _add(question: str, *more: dict[str, Any]) -> Change:
    return lambda rows: rows[question].extend(more)


def _only(question: str, *rows_: dict[str, Any]) -> Change:
    return lambda rows: rows.update({question: list(rows_)})


SLOW = wire.series("DOUBLE", {"doubleValue": 4200.5}, {"hours": 1})["points"]
FLAPS = [wire.opened(hours, 5) for hours in (2, 3, 4, 5)]
FAULTS: Mapping[str, Change] = {
    "online.stripe.undelivered": _set("stripe/events", 0, pending_webhooks=1),
    "online.stripe.endpoint-disabled": _add(
        "stripe/webhook_endpoints",
        {
            "id": "we_2",
            "url": "https://api.acme.test/old",
            "status": "disabled",
            "livemode": True,
            "enabled_events": ["*"],
        },
    ),
    "online.stripe.endpoint-mode": _set("stripe/webhook_endpoints", 0, livemode=False),
    "online.stripe.not-subscribed": _set("stripe/webhook_endpoints", 0, enabled_events=list(HANDLED[:1])),
    "online.stripe.not-handled": _set("stripe/webhook_endpoints", 0, enabled_events=[*HANDLED, "charge.refunded"]),
    "online.stripe.failed": _set("stripe/charges", 1, status="failed"),
    "online.stripe.refund": lambda rows: (
        rows["stripe/charges"][1].update(refunded=True),
        rows["stripe/subscriptions"].clear(),
    ),
    "online.stripe.state": _set("stripe/subscriptions", 0, status="canceled"),
    "online.user.no-record": lambda rows: rows["firestore/documents"].pop(1),
    "online.user.orphan": _add("firestore/documents", user("gone")),
    "online.crm.duplicate": _add("hubspot/contacts", contact("3", "", email="Ben+x@Mail.test")),
    "online.crm.missing": _add("auth/users", {"localId": "ann2", "email": "ann2@mail.test"}),
    "online.crm.stale": _set("hubspot/contacts", 0, properties=contact("1", "ann", "free")["properties"]),
    "online.crm.automation": _set("hubspot/flows", 0, isEnabled=False),
    "online.helpdesk.forwarding": _set("zendesk/recipient_addresses", 0, forwarding_status="failed"),
    "online.helpdesk.notice": _set(
        "zendesk/triggers", 0, actions=[{"field": "notification_user", "value": ["requester_id", "Got it", ""]}]
    ),
    "online.helpdesk.automation": _set("zendesk/automations", 0, active=False),
    "online.helpdesk.suspended": _add(
        "zendesk/suspended_tickets", wire.suspended(5, "Received from unknown mail server", 17)
    ),
    "online.data.no-user": _add("firestore/documents", document("tickets", "t1", stamp(days=1), text="hello")),
    "online.data.double": _add(
        "firestore/documents", document("orders", "o3", stamp(days=1), userId="ann", total=5, paymentIntentId="pi_0002")
    ),
    "online.log.no-service": _set("stripe/webhook_endpoints", 0, url="https://payments-zyxwvutsrq-ew.a.run.app/stripe"),
    "online.log.silent": lambda rows: rows["logging/entries"].pop(),
    "online.log.refused": _add("logging/entries", entry("webhook", "The request was not authenticated.", status=403)),
    "online.log.denied": _add(
        "logging/entries", entry("webhook", "7 PERMISSION_DENIED: no access", severity="WARNING")
    ),
    "online.log.errors": _add("logging/entries", wire.ended("oldSync", ": 'timeout'")),
    "online.log.retried": _add("logging/entries", *[entry("webhook", "no", severity="ERROR", event="evt_9")] * 2),
    "online.log.duplicate": _add("logging/entries", entry("webhook", "processed", event="evt_1")),
    "online.iam.broad": _add(
        "iam/policy", {"role": "roles/editor", "members": ["serviceAccount:api@acme.iam.gserviceaccount.com"]}
    ),
    "online.iam.public": _add("iam/policy", {"role": "roles/datastore.user", "members": ["allUsers"]}),
    "online.iam.owners": _set("iam/policy", 0, members=[f"user:{name}@mail.test" for name in "abcd"]),
    "online.iam.old-key": _set("iam/keys", 0, validAfterTime=stamp(days=400)),
    "online.iam.default-account": _set(
        "functions/functions", 1, serviceConfig={"serviceAccountEmail": "acme@appspot.gserviceaccount.com"}
    ),
    "online.alert.none": _set("monitoring/policies", 0, enabled=False),
    "online.alert.no-channel": _set("monitoring/policies", 0, notificationChannels=[]),
    "online.alert.flapping": _only("monitoring/alerts", *FLAPS),
    "online.alert.silent": _only("monitoring/alerts"),
    "online.uptime.none": _only("monitoring/uptime"),
    "online.uptime.unwatched": lambda rows: rows["monitoring/policies"][0]["conditions"].pop(),
    "online.release.slow": _set("monitoring/latencies", 0, points=SLOW),
    "online.config.minimum": _only("remoteconfig/template", {"version": {"versionNumber": "1"}}),
    "online.config.locked-out": _set(
        "remoteconfig/template", 0, parameters={"min_version": {"conditionalValues": {"ios": {"value": "2.0.0"}}}}
    ),
}
# What one fault cannot help showing too.
ALSO: Mapping[str, frozenset[str]] = {
    "online.crm.missing": frozenset({"online.user.no-record"}),
    "online.log.retried": frozenset({"online.log.errors"}),
    "online.alert.none": frozenset(),
}


def with_fault(name: str) -> Rows:
    """Return the answers of the project with the fault that a check is for."""
    rows = copy.deepcopy(good())
    FAULTS[name](rows)
    return rows


def write(folder: Path, rows: Rows) -> Path:
    """Write answers as --record does."""
    for question, found in rows.items():
        file = folder / f"{question}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"rows": found}))
    return folder
