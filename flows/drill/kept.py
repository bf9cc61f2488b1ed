"""Injuries to what is kept: plans, tickets, secrets, and the time at which something came."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.drill.injuries import Drilled, waiting_longer
from handlers.outside import google_clients
from handlers.service_manifest import STRIPE_SIGNING_SECRET

LONG_AGO = timedelta(days=2)  # a ticket that is still untouched has waited for more than a day
OVERDUE = timedelta(minutes=30)  # far less than after which an event is given up


@contextmanager
def foreign_event(drilled: Drilled) -> Iterator[None]:
    """Deliver a signed event of live mode, as an endpoint does that was set up for the wrong one."""
    drilled.settled(drilled.deliver(1, "live", is_live=True))
    yield


@contextmanager
def wrong_plan(drilled: Drilled) -> Iterator[None]:
    """Give a buyer another plan than Stripe says.

    The comparison of the night finds and repairs it; `lost_ticket`, which has to come after this, runs it.
    """
    store = drilled.rehearsed.scene.stage.documents()
    user = drilled.rehearsed.scene.stage.user_id("drill0")
    store.document(f"users/{user}").update({"billing.plan": "stolen", "billing.subscribedPlan": "stolen"})
    store.close()
    yield


@contextmanager
def lost_ticket(drilled: Drilled) -> Iterator[None]:
    """Keep a request for help that the helpdesk never got, and run the comparison of the night."""
    with _ticket(drilled, "lost", state="resolved", helpdeskId=""):
        drilled.sweep("night")
        yield


@contextmanager
def unanswered_ticket(drilled: Drilled) -> Iterator[None]:
    """Keep a request for help that nobody has touched for two days; the sweep of each hour counts it."""
    with _ticket(drilled, "unanswered", state="new", helpdeskId="drill"):
        drilled.sweep("hour")
        yield


def counted_again(drilled: Drilled) -> None:
    """Make the call of the next hour's sweep."""
    drilled.sweep("hour")


@contextmanager
def overdue_work(drilled: Drilled) -> Iterator[None]:
    """Have the deliveries that `stuck_queue` holds up be half an hour old, and the sweep of each minute see them."""
    become_overdue(drilled)
    yield


def become_overdue(drilled: Drilled) -> None:
    """Move the time of arrival of everything that is held up."""
    if not drilled.ids:
        waiting_longer(drilled)
    store = drilled.rehearsed.scene.stage.documents()
    for id_ in drilled.ids:
        store.document(f"inbox/{id_}").update({"receivedAt": datetime.now(UTC) - OVERDUE})
    store.close()


@contextmanager
def rotated_secret(drilled: Drilled) -> Iterator[None]:
    """Store a new signing secret while Stripe goes on signing with the one before, which is used once."""
    stage, new = drilled.rehearsed.scene.stage, f"whsec_{secrets.token_hex(16)}"
    with google_clients.secret_manager(stage.environ) as manager:
        parent = f"projects/{stage.project}/secrets/{STRIPE_SIGNING_SECRET}"
        made = manager.add_secret_version(parent=parent, payload={"data": new.encode()})
        try:
            drilled.deliver_until_taken("new", new)
            used_again(drilled)
            yield
        finally:
            # The newest version has to be one that can be read, so the secret that Stripe signs with comes back as it.
            manager.disable_secret_version(name=made.name)
            manager.add_secret_version(parent=parent, payload={"data": drilled.secret.encode()})


def used_again(drilled: Drilled) -> None:
    """Have Stripe deliver once more with the previous secret."""
    drilled.settled(drilled.deliver(1, "old"))


@contextmanager
def _ticket(drilled: Drilled, name: str, **said: str) -> Iterator[None]:
    store = drilled.rehearsed.scene.stage.documents()
    reference = store.document(f"tickets/drill-{name}-{drilled.rehearsed.scene.stage.run}")
    reference.set(_ticket_fields(said))
    try:
        yield
    finally:
        reference.delete()
        store.close()


def _ticket_fields(said: Mapping[str, str]) -> dict[str, Any]:
    then = datetime.now(UTC) - LONG_AGO
    return {"userId": "", "subject": "drill", "rev": 0, "createdAt": then, "updatedAt": then, **said}
