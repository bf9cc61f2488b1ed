"""The payment provider as an ASGI application."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from localcloud.saas import request_history
from localcloud.saas.stripe.calls import Calls, not_found
from localcloud.saas.stripe.cards import Cards
from localcloud.saas.stripe.catalog import Catalog
from localcloud.saas.stripe.checkout import Checkout
from localcloud.saas.stripe.corrections import Corrections
from localcloud.saas.stripe.events import EventList
from localcloud.saas.stripe.ledger import SERVICE, Ledger
from localcloud.saas.stripe.payments import Payments
from localcloud.saas.stripe.portal import Portal
from localcloud.saas.stripe.search import Search
from localcloud.saas.stripe.subscription_items import SubscriptionItems
from localcloud.saas.stripe.subscriptions import Subscriptions
from localcloud.saas.stripe.test_helpers import TestHelpers


def app(ledger: Ledger, wake: Callable[[], None], clock: Callable[[], float] = time.time) -> Any:
    """Return the application; `wake` is called when there may be something to deliver, `clock` is in seconds."""
    calls, payments = Calls(ledger.world, wake, clock), Payments(ledger)
    subscriptions = Subscriptions(ledger, payments)
    operations = [
        *Search(ledger).operations(),  # before the paths that take an id
        *Catalog(ledger).operations(),
        *subscriptions.operations(),
        *SubscriptionItems(ledger, subscriptions).operations(),
        *payments.operations(),
        *Cards(ledger, subscriptions).operations(),
        *Corrections(ledger).operations(),
        *Portal(ledger, subscriptions).operations(),
        *Checkout(ledger, subscriptions, payments).operations(),
        *EventList(ledger).operations(),
        *TestHelpers(ledger, subscriptions).operations(),
    ]
    rest = Route("/{path:path}", not_found, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    routes = [request_history.route(ledger.world, SERVICE), calls.keys(), *map(calls.route, operations), rest]
    return request_history.RequestHistory(Starlette(routes=routes), ledger.world, SERVICE)
