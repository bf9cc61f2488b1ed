"""Stripe's own client as the commands use it: one answer of 5xx, or one lost connection, ends no command.

By itself it repeats nothing (`max_network_retries` is 0); with retries it waits half a second and more, and gives each
POST an idempotency key that its repetitions share (docs.stripe.com/error-low-level).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from handlers.failures import Unavailable

RETRIES = 2
PAUSE = 0.5  # seconds before a question is asked again

T = TypeVar("T")


def client(api_key: str, base: str | None) -> Any:
    """Return Stripe's client; `base` is the API's address, the real one when None."""
    import stripe

    addresses: dict[str, Any] = {"base_addresses": {"api": base}} if base else {}
    return stripe.StripeClient(api_key, max_network_retries=RETRIES, **addresses)


def remove_endpoint(stripe_client: Any, endpoint: str) -> None:
    """Remove a webhook endpoint; one that is gone is what was wanted, such as after an answer that was lost."""
    import stripe

    try:
        stripe_client.v1.webhook_endpoints.delete(endpoint)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


def once_more(ask: Callable[[], T], pause: float = PAUSE) -> T:
    """Return what `ask` returns, asked a second time when it raises Unavailable; it must be harmless to repeat."""
    try:
        return ask()
    except Unavailable:
        time.sleep(pause)
        return ask()
