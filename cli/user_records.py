"""What a stack keeps of one user: where it lies in Firestore, and where it lies at others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cli.workflow import Workflow
from handlers.work import budgets, users

OF_A_QUERY = 30  # values that Firestore compares at once


@dataclass(frozen=True)
class Elsewhere:
    """Where else something of the user is kept, its ids there, and what has to be done about it by a person."""

    where: str
    ids: tuple[str, ...]
    step: str


def references(flow: Workflow, user_id: str) -> Iterator[Any]:
    """Yield the references of every document that is about a user, those below others included."""
    client = flow.client
    yield from _below(client.document(users.path(user_id)))
    yield client.document(budgets.path(user_id))
    for ticket in _whose(flow, "tickets", user_id):
        yield from _below(ticket)
        yield client.document(f"drafts/{ticket.id}")
    yield from _whose(flow, "customers", user_id)
    events = _whose(flow, "inbox", user_id)
    for start in range(0, len(events), OF_A_QUERY):
        ids = [event.id for event in events[start : start + OF_A_QUERY]]
        found = flow.query(partial(_effects_of, ids))
        yield from (each.reference for each in found)
    yield from events


def elsewhere(flow: Workflow, user_id: str) -> list[Elsewhere]:
    """Return what others keep of a user, as our records say it."""
    record = flow.get(users.path(user_id)) or {}
    tickets = flow.query(lambda client: _where(client.collection("tickets"), "userId", "==", user_id))
    threads = tuple(str(each.get("helpdeskId")) for each in tickets if each.get("helpdeskId"))
    customers = tuple(each.id for each in _whose(flow, "customers", user_id))
    contact = tuple(filter(None, (str(record.get("crmContactId") or ""),)))
    known = (
        Elsewhere("CRM", contact, "delete the contact there; HubSpot calls it a GDPR delete"),
        Elsewhere("helpdesk", threads, "delete the tickets there and redact what they say"),
        Elsewhere("Stripe", customers, "keep: invoices are kept as long as tax law says; then delete the customer"),
    )
    return [each for each in known if each.ids]


def _below(reference: Any) -> Iterator[Any]:
    for collection in reference.collections(retry=None, timeout=20):
        for child in collection.list_documents(retry=None, timeout=20):
            yield from _below(child)
    yield reference


def _whose(flow: Workflow, collection: str, user_id: str) -> list[Any]:
    found = flow.query(lambda client: _where(client.collection(collection), "userId", "==", user_id))
    return [each.reference for each in found]


def _effects_of(event_ids: list[str], client: Any) -> Any:
    return _where(client.collection("outbox"), "eventId", "in", event_ids)


def _where(collection: Any, field: str, operator: str, value: Any) -> Any:
    from google.cloud.firestore_v1.base_query import FieldFilter

    return collection.where(filter=FieldFilter(field, operator, value))
