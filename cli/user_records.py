"""What a stack keeps of one user: where it lies in Firestore, and where it lies at others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cli.workflow import Workflow
from handlers.billing import custom_claims
from handlers.work import budgets, erasures, users

OF_A_QUERY = 30  # values that Firestore compares at once
CRM, HELPDESK, STRIPE = "CRM", "helpdesk", "Stripe"
STEPS = {
    CRM: "delete the contact there; HubSpot calls it a GDPR delete",
    HELPDESK: "delete there what the user wrote: mails and tickets that name this id",
    STRIPE: "delete the customer there; invoices are kept as long as tax law says",
}
"""What a person has to do where it is not done here."""


@dataclass(frozen=True)
class Elsewhere:
    """Where else something of the user is kept, and the ids of it."""

    where: str
    ids: tuple[str, ...]


def references(flow: Workflow, user_id: str, customers: Sequence[str] = ()) -> Iterator[Any]:
    """Yield the references of every document that is about a user, those below others included.

    `customers` are theirs at Stripe, beside those that are still linked. The user's record comes last: it says which of
    them may be a stranger's.
    """
    client, strangers = flow.client, typed_customers(flow, user_id)
    yield client.document(budgets.path(user_id))
    yield client.document(custom_claims.revocation_path(user_id))
    for ticket in _whose(flow, "tickets", user_id):
        yield from _below(ticket)
        yield client.document(f"drafts/{ticket.id}")
    linked = _whose(flow, "customers", user_id)
    yield from _any_of(flow, "charges", "customer", sorted({*customers, *({each.id for each in linked} - strangers)}))
    yield from linked
    events = {each.path: each for each in (*_whose(flow, "inbox", user_id), *_about(flow, user_id))}
    yield from _any_of(flow, "outbox", "eventId", [each.id for each in events.values()])
    yield from events.values()
    yield from _below(client.document(users.path(user_id)))


def typed_customers(flow: Workflow, user_id: str) -> frozenset[str]:
    """Return the customers at Stripe which only a buyer's text named beside the user's own: a stranger's, perhaps."""
    return frozenset((flow.get(users.path(user_id)) or {}).get("stripeTypedCustomerIds") or ())


def elsewhere(flow: Workflow, user_id: str) -> list[Elsewhere]:
    """Return what others keep of a user, as our records say it, and what an erasure has left there."""
    record = flow.get(users.path(user_id)) or {}
    strangers = typed_customers(flow, user_id)
    left = erasures.left_of(flow.get(erasures.path(user_id)))
    known = {
        CRM: tuple(filter(None, (str(record.get("crmContactId") or ""),))),
        HELPDESK: tuple(each.id for each in _whose(flow, "tickets", user_id)),
        STRIPE: tuple(each.id for each in _whose(flow, "customers", user_id) if each.id not in strangers),
    }
    found = {where: tuple(dict.fromkeys((*ids, *left.get(where, ())))) for where, ids in known.items()}
    return [Elsewhere(where, ids) for where, ids in found.items() if ids]


def _below(reference: Any) -> Iterator[Any]:
    for collection in reference.collections(retry=None, timeout=20):
        for child in collection.list_documents(retry=None, timeout=20):
            yield from _below(child)
    yield reference


def _whose(flow: Workflow, collection: str, user_id: str) -> list[Any]:
    found = flow.query(lambda client: _where(client.collection(collection), "userId", "==", user_id))
    return [each.reference for each in found]


def _about(flow: Workflow, user_id: str) -> list[Any]:
    """Return the events of vendors that led to something of the user's: their bodies are kept as they came."""
    found = flow.query(lambda client: _where(client.collection("inbox"), "about", "array_contains", user_id))
    return [each.reference for each in found]


def _any_of(flow: Workflow, collection: str, field: str, values: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(values), OF_A_QUERY):
        found = flow.query(partial(_in, collection, field, values[start : start + OF_A_QUERY]))
        yield from (each.reference for each in found)


def _in(collection: str, field: str, values: Sequence[str], client: Any) -> Any:
    return _where(client.collection(collection), field, "in", list(values))


def _where(collection: Any, field: str, operator: str, value: Any) -> Any:
    from google.cloud.firestore_v1.base_query import FieldFilter

    return collection.where(filter=FieldFilter(field, operator, value))
