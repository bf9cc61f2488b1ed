"""What Stripe knows now about a customer: the truth that events only hint at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from handlers import service_manifest
from handlers.billing import stripe_mode
from handlers.billing.stripe_events import (
    STRIPE_KINDS,
    USER_NAMES,
    Customer,
    Purchase,
    Subscription,
    is_purchase,
    prices,
    reference,
    subscription,
    user_in,
    whole,
)
from handlers.billing.stripe_events import customer as read_customer
from handlers.failures import Unavailable
from handlers.outside import http_client
from handlers.outside.secret_cache import SecretCache

URL = "https://api.stripe.com"
VERSION = "2025-03-31.basil"  # the first version with current_period_end on the items
PAGE = 100
MOST = 500  # of one customer's subscriptions, charges and checkouts
FEW = 10  # invoices of a subscription, the newest first: mostly the first one counts
PERIODS = frozenset({"subscription_create", "subscription_cycle"})  # bills of a period, also for nothing
WORST = ("refunded", "dispute_lost")  # of several payments, the last of these names what became of all
NOT_REFUNDED = frozenset({"failed", "canceled"})  # docs.stripe.com/api/refunds/object, `status`


@dataclass(frozen=True)
class Reversal:
    """One payment that was given or taken back: its charge, its payment intent, and `refunded` or `dispute_lost`.

    A charge from before there were payment intents has none (docs.stripe.com/api/charges/object, `payment_intent`).
    """

    charge: str
    intent: str
    what: str

    @property
    def names(self) -> tuple[str, ...]:
        """What invoices and checkouts call the payment."""
        return tuple(filter(None, (self.charge, self.intent)))


class Provider(Protocol):
    """A payment provider as billing needs it. Every method raises Unavailable when it cannot be asked."""

    def subscriptions(self, customer: str) -> tuple[Subscription, ...] | None:
        """Return all subscriptions of a customer, ended ones too, with what became of their payments.

        None when there is no such customer; one that was deleted has nothing that runs.
        """
        ...

    def all_subscriptions(self) -> Iterator[Subscription]:
        """Yield every subscription of the account, ended ones too; what became of their payments is not looked up."""
        ...

    def subscription_page(self, after: str = "") -> tuple[tuple[Subscription, ...], str]:
        """Return some of all subscriptions, the newest first, and the id to ask for the next with, empty at the end."""
        ...

    def event_page(self, since: int, after: str = "") -> tuple[list[Mapping[str, Any]], str]:
        """Return some of the events since then, the newest first, and the id to ask for the next with, as above."""
        ...

    def events(self, since: int, *, undelivered: bool = False) -> Iterator[Mapping[str, Any]]:
        """Yield the events of our kinds made since then (seconds since the epoch), newest first.

        `undelivered` are those that some endpoint has not taken. They reach back 30 days (docs.stripe.com/api/events).
        """
        ...

    def customer(self, customer: str) -> Customer:
        """Return what is known of a customer; nothing when there is none."""
        ...

    def purchases(self, customer: str) -> tuple[Purchase, ...]:
        """Return the one-time payments that a customer made."""
        ...

    def buyers(self) -> Iterator[str]:
        """Yield the customers of all one-time payments that were made, each as often as it paid."""
        ...

    def charge(self, charge: str) -> Mapping[str, Any] | None:
        """Return a charge as it stands now, or None."""
        ...

    def refunded(self, charge: str) -> int:
        """Return how much of a charge is refunded, in the smallest unit of its currency; failed refunds are not."""
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
            return () if self._is_deleted(customer) else None
        found = [self._subscription(each) for each in islice(self._pages("/v1/subscriptions", query, first), MOST)]
        of = self._reversals(customer) if any(each.invoice for each in found) else {}
        return tuple(replace(each, reversal=self._reversal_of(each, of)) if of else each for each in found)

    def all_subscriptions(self) -> Iterator[Subscription]:
        """See Provider."""
        return map(self._subscription, self._pages("/v1/subscriptions", {"status": "all", "limit": PAGE}))

    def subscription_page(self, after: str = "") -> tuple[tuple[Subscription, ...], str]:
        """See Provider."""
        found, following = self._page("/v1/subscriptions", {"status": "all", "limit": PAGE}, after)
        return tuple(map(self._subscription, found)), following

    def event_page(self, since: int, after: str = "") -> tuple[list[Mapping[str, Any]], str]:
        """See Provider."""
        return self._page("/v1/events", _since(since), after)

    def events(self, since: int, *, undelivered: bool = False) -> Iterator[Mapping[str, Any]]:
        """See Provider."""
        only = {"delivery_success": "false"} if undelivered else {}
        return self._pages("/v1/events", {**_since(since), **only})

    def customer(self, customer: str) -> Customer:
        """See Provider."""
        return read_customer(self._get(f"/v1/customers/{customer}", {}) or {})

    def purchases(self, customer: str) -> tuple[Purchase, ...]:
        """See Provider."""
        query = {"customer": customer, "status": "complete", "limit": PAGE}
        sessions = [each for each in islice(self._pages("/v1/checkout/sessions", query), MOST) if is_purchase(each)]
        of = self._reversals(customer) if sessions else {}
        return tuple(self._purchase(each, of) for each in sessions)

    def buyers(self) -> Iterator[str]:
        """See Provider."""
        sessions = self._pages("/v1/checkout/sessions", {"status": "complete", "limit": PAGE})
        return filter(None, (reference(each.get("customer")) for each in sessions if is_purchase(each)))

    def _subscription(self, thing: Mapping[str, Any]) -> Subscription:
        """Return a subscription with all of its items, of which it shows ten and may have twenty.

        See docs.stripe.com/api/subscriptions/create, `items`, and docs.stripe.com/api/subscription_items/list, `limit`.
        """
        items = thing.get("items")
        if isinstance(items, dict) and items.get("has_more"):
            query = {"subscription": reference(thing.get("id")), "limit": PAGE}
            thing = {**thing, "items": {"data": list(self._pages("/v1/subscription_items", query))}}
        return subscription(thing)

    def _is_deleted(self, customer: str) -> bool:
        """Tell whether a customer was deleted at Stripe, which ends its subscriptions, and is known all the same.

        See docs.stripe.com/api/customers/delete; whether its subscriptions are still listed is not documented.
        """
        return (self._get(f"/v1/customers/{customer}", {}) or {}).get("deleted") is True

    def _purchase(self, session: Mapping[str, Any], reversals: Mapping[str, str]) -> Purchase:
        id_, payment = reference(session.get("id")), reference(session.get("payment_intent"))
        items = list(self._pages(f"/v1/checkout/sessions/{id_}/line_items", {"limit": PAGE}))
        reversal = reversals.get(payment, "")
        return Purchase(id_, reference(session.get("customer")), prices(items), payment, reversal)

    def _reversals(self, customer: str) -> Mapping[str, str]:
        """Return what became of the customer's payments that were given or taken back, by each of their names."""
        charges = islice(self._pages("/v1/charges", {"customer": customer, "limit": PAGE}), MOST)
        looked = (
            Reversal(reference(each.get("id")), reference(each.get("payment_intent")), self._reversal(each))
            for each in charges
        )
        return {name: each.what for each in looked if each.what for name in each.names}

    def _reversal(self, charge: Mapping[str, Any]) -> str:
        """Return what became of one charge. Refunds are summed up: whether one that failed is taken off the charge's
        own amount is not documented, and its `status` is (docs.stripe.com/api/refunds/object).
        """
        id_ = reference(charge.get("id"))
        if whole(charge.get("amount_refunded")) and self.refunded(id_) >= whole(charge.get("amount")):
            return "refunded"
        disputes = self._pages("/v1/disputes", {"charge": id_, "limit": PAGE}) if charge.get("disputed") else iter(())
        return "dispute_lost" if any(each.get("status") == "lost" for each in disputes) else ""

    def _reversal_of(self, each: Subscription, of: Mapping[str, str]) -> str:
        """Return what became of the payments of a subscription's latest paid invoice, nothing unless of all of them.

        An invoice may be paid by several (docs.stripe.com/api/invoice-payment/object).
        """
        invoice = self._paid_invoice(each.id) if each.invoice else ""
        if not invoice:
            return ""
        query = {"invoice": invoice, "status": "paid", "limit": PAGE}
        paid = [_payment(found) for found in self._pages("/v1/invoice_payments", query)]
        ends = {of.get(name, "") for name in paid}
        return "" if "" in ends else max(ends, key=WORST.index, default="")

    def _paid_invoice(self, subscription_id: str) -> str:
        """Return the latest invoice of a subscription that was paid, nothing when none was.

        `latest_invoice` may be a draft for an hour, and open while its payment fails: by that nothing is paid. One over
        nothing that a change of the subscription made is not a payment either.
        """
        query = {"subscription": subscription_id, "status": "paid", "limit": FEW}
        found = self._pages("/v1/invoices", query)
        return next((reference(each.get("id")) for each in found if _is_payment(each)), "")

    def refunded(self, charge: str) -> int:
        """See Provider."""
        refunds = self._pages("/v1/refunds", {"charge": charge, "limit": PAGE})
        return sum(whole(each.get("amount")) for each in refunds if each.get("status") not in NOT_REFUNDED)

    def charge(self, charge: str) -> Mapping[str, Any] | None:
        """See Provider."""
        return self._get(f"/v1/charges/{charge}", {})

    def dispute(self, dispute: str) -> Mapping[str, Any] | None:
        """See Provider."""
        return self._get(f"/v1/disputes/{dispute}", {})

    def everything(self, customer: str) -> Iterator[Mapping[str, Any]]:
        """Yield a customer and what was billed to it, as Stripe has them; nothing when there is none."""
        found = self._get(f"/v1/customers/{customer}", {})
        if found is not None:
            yield found
            query = {"customer": customer, "limit": PAGE}
            yield from self._pages("/v1/subscriptions", {**query, "status": "all"})
            yield from self._pages("/v1/invoices", query)
            yield from self._pages("/v1/charges", query)

    def customers_of(self, user_id: str) -> Iterator[str]:
        """Yield the customers whose metadata names a user, also those that never bought anything.

        Stripe's search takes quotes and backslashes in a value escaped, does not tell capitals, and knows a new
        customer within a minute (docs.stripe.com/search). Raises Unavailable, Refused.
        """
        value = user_id.replace("\\", "\\\\").replace('"', '\\"')
        query = " OR ".join(f'metadata["{name}"]:"{value}"' for name in USER_NAMES)
        page: dict[str, Any] = {"next_page": ""}
        while page.get("next_page") is not None:
            after = {"page": page["next_page"]} if page["next_page"] else {}
            page = self._get("/v1/customers/search", {"query": query, "limit": PAGE, **after}) or {}
            yield from (reference(each.get("id")) for each in page.get("data") or () if user_in(each) == user_id)

    def erase(self, customer: str) -> None:
        """Delete a customer: subscriptions are canceled at once and payment methods go; what is not there is well.

        Invoices and payments stay at Stripe (docs.stripe.com/api/customers/delete). Raises Unavailable, Refused.
        """
        self._ask_for("DELETE", f"/v1/customers/{customer}", {})

    def move_address(self, customer: str, email: str) -> None:
        """Have Stripe's own mail to a customer go to another address, or with an empty one to nobody.

        Raises Unavailable, Refused.
        """
        self._ask_for("POST", f"/v1/customers/{customer}", {}, {"email": email})

    def _pages(
        self, path: str, query: Mapping[str, Any], first: Mapping[str, Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        page = first or self._get(path, query) or {}
        while page.get("data"):
            yield from page["data"]
            if not page["has_more"]:
                return
            page = self._get(path, {**query, "starting_after": page["data"][-1]["id"]}) or {}

    def _page(self, path: str, query: Mapping[str, Any], after: str) -> tuple[list[Mapping[str, Any]], str]:
        page = self._get(path, {**query, **({"starting_after": after} if after else {})}) or {}
        found: list[Mapping[str, Any]] = page.get("data") or []
        return found, str(found[-1]["id"]) if found and page.get("has_more") else ""

    def _get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._ask_for("GET", path, query)

    def _ask_for(
        self, method: str, path: str, query: Mapping[str, Any], form: Mapping[str, str] | None = None
    ) -> dict[str, Any] | None:
        """Return the answer, None where Stripe has no such object. What is asked for here may be asked for again."""
        reply = http_client.with_secret(
            self._secret_cache,
            service_manifest.STRIPE_API_KEY,
            lambda key: self._ask(key, method, path, query, form),
            needs="" if method == "GET" else "the key has to be allowed to write customers",
        )
        if reply.status == 200:
            return reply.body
        if reply.body.get("error", {}).get("code") == "resource_missing":
            return None
        raise http_client.Refused(f"Stripe answered {reply.status} to {path.rpartition('/')[0]}")

    def _ask(
        self, key: str, method: str, path: str, query: Mapping[str, Any], form: Mapping[str, str] | None
    ) -> http_client.Reply:
        of = stripe_mode.of_key(key)
        if of not in ("", self._mode):
            raise Unavailable(
                f"{service_manifest.STRIPE_API_KEY} is a key of {of} mode, and this stack is in {self._mode} mode; "
                "push a key of that mode, or set payments.mode"
            )
        headers = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION}
        return http_client.call("Stripe", method, self._url + path, params=query, headers=headers, form=form)


def _payment(thing: Mapping[str, Any]) -> str:
    """Return the payment intent, or the charge, of an invoice's payment; nothing for one outside of Stripe."""
    payment = thing.get("payment")
    known = payment if isinstance(payment, dict) else {}
    return reference(known.get("payment_intent")) or reference(known.get("charge"))


def _is_payment(invoice: Mapping[str, Any]) -> bool:
    """Tell whether a paid invoice settles a period (docs.stripe.com/api/invoices/object, `billing_reason`)."""
    return whole(invoice.get("total")) > 0 or invoice.get("billing_reason") in PERIODS


def _since(since: int) -> dict[str, Any]:
    """Return the query for the events of our kinds made since then."""
    kinds = {f"types[{number}]": kind for number, kind in enumerate(sorted(STRIPE_KINDS))}
    return {"created[gte]": since, "limit": PAGE, **kinds}
