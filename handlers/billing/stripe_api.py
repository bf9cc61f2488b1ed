"""What Stripe knows now about a customer: the truth that events only hint at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Protocol

from handlers import service_manifest
from handlers.billing import stripe_mode
from handlers.billing.stripe_events import STRIPE_KINDS, Customer, Subscription, subscription
from handlers.billing.stripe_events import customer as read_customer
from handlers.failures import Unavailable
from handlers.outside import http_client
from handlers.outside.secret_cache import SecretCache

URL = "https://api.stripe.com"
VERSION = "2025-03-31.basil"  # the first version with current_period_end on the items
PAGE = 100
MAX_PAGES = 5


class Provider(Protocol):
    """A payment provider as billing needs it. Every method raises Unavailable when it cannot be asked."""

    def subscriptions(self, customer: str) -> tuple[Subscription, ...] | None:
        """Return all subscriptions of a customer, ended ones too; None when there is no such customer."""
        ...

    def all_subscriptions(self) -> Iterator[Subscription]:
        """Yield every subscription of the account, ended ones too."""
        ...

    def events(self, since: int, *, undelivered: bool = False) -> Iterator[Mapping[str, Any]]:
        """Yield the events of our kinds made since then (seconds since the epoch), newest first.

        `undelivered` are those that some endpoint has not taken. They reach back 30 days (docs.stripe.com/api/events).
        """
        ...

    def customer(self, customer: str) -> Customer:
        """Return what is known of a customer; nothing when there is none."""
        ...

    def charge(self, charge: str) -> Mapping[str, Any] | None:
        """Return a charge as it stands now, or None."""
        ...

    def dispute(self, dispute: str) -> Mapping[str, Any] | None:
        """Return a dispute as it stands now, or None."""
        ...


class Stripe:
    """The Provider at Stripe. A key of another mode than `mode` is not used; `url` is where the API is."""

    def __init__(self, secret_cache: SecretCache, mode: str, url: str = URL) -> None:
        self._secret_cache = secret_cache
        self._mode = mode
        self._url = url

    def subscriptions(self, customer: str) -> tuple[Subscription, ...] | None:
        """See Provider."""
        # status=all, else the list leaves canceled subscriptions out.
        query: dict[str, Any] = {"customer": customer, "status": "all", "limit": PAGE}
        first = self._get("/v1/subscriptions", query)
        if first is None:
            return None
        found = islice(self._pages("/v1/subscriptions", query, first), PAGE * MAX_PAGES)
        return tuple(subscription(each) for each in found)

    def all_subscriptions(self) -> Iterator[Subscription]:
        """See Provider."""
        return map(subscription, self._pages("/v1/subscriptions", {"status": "all", "limit": PAGE}))

    def events(self, since: int, *, undelivered: bool = False) -> Iterator[Mapping[str, Any]]:
        """See Provider."""
        kinds = {f"types[{number}]": kind for number, kind in enumerate(sorted(STRIPE_KINDS))}
        only = {"delivery_success": "false"} if undelivered else {}
        return self._pages("/v1/events", {"created[gte]": since, "limit": PAGE, **kinds, **only})

    def customer(self, customer: str) -> Customer:
        """See Provider."""
        return read_customer(self._get(f"/v1/customers/{customer}", {}) or {})

    def charge(self, charge: str) -> Mapping[str, Any] | None:
        """See Provider."""
        return self._get(f"/v1/charges/{charge}", {})

    def dispute(self, dispute: str) -> Mapping[str, Any] | None:
        """See Provider."""
        return self._get(f"/v1/disputes/{dispute}", {})

    def _pages(
        self, path: str, query: Mapping[str, Any], first: Mapping[str, Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        page = first or self._get(path, query) or {}
        while page.get("data"):
            yield from page["data"]
            if not page["has_more"]:
                return
            page = self._get(path, {**query, "starting_after": page["data"][-1]["id"]}) or {}

    def _get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any] | None:
        reply = http_client.with_secret(
            self._secret_cache,
            service_manifest.STRIPE_API_KEY,
            lambda key: self._ask(key, path, query),
        )
        if reply.status == 200:
            return reply.body
        if reply.body.get("error", {}).get("code") == "resource_missing":
            return None
        raise http_client.Refused(f"Stripe answered {reply.status} to {path.rpartition('/')[0]}")

    def _ask(self, key: str, path: str, query: Mapping[str, Any]) -> http_client.Reply:
        of = stripe_mode.of_key(key)
        if of not in ("", self._mode):
            raise Unavailable(
                f"{service_manifest.STRIPE_API_KEY} is a key of {of} mode, and this stack is in {self._mode} mode; "
                "push a key of that mode, or set payments.mode"
            )
        headers = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION}
        return http_client.call("Stripe", "GET", self._url + path, params=query, headers=headers)
