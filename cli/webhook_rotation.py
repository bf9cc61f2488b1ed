"""Rolls the signing secret of Stripe's webhook endpoint while it is in use, without losing a delivery.

Stripe's API cannot roll a secret; it tells one when an endpoint is made. So a second endpoint of the same address is
made and stays off until every service can know its secret; then both deliver, and the inbox takes each event once. What
the first could not deliver is fetched before it goes. The secret before stays valid until the next rotation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from engine.errors import LaunchError
from handlers import sweeps
from handlers.billing.stripe_api import VERSION, Provider
from handlers.billing.stripe_events import STRIPE_KINDS
from handlers.doors.signed_webhooks import FRESH
from handlers.work.acceptor import Acceptor

PAUSE = FRESH + 2.0  # seconds until a door asks Secret Manager anew for a signature that it does not know
PATH = "/webhooks/stripe"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Rotation:
    """One rotation: `stripe` is Stripe's own client, `push` stores the new secret, `mode` is the stack's at Stripe.

    `pause` is in seconds.
    """

    stripe: Any
    api_host: str
    push: Callable[[bytes], None]
    acceptor: Acceptor
    provider: Provider
    tell: Tell
    mode: str
    pause: float = PAUSE

    def run(self) -> None:
        """Roll the secret; when it is broken off, the next run begins anew and removes what is left of this one.

        Raises LaunchError when there is no endpoint, and what Stripe's client, the store and the queue raise.
        """
        before = self._endpoints()
        current = next((each for each in before if each.status == "enabled"), None)
        if current is None:
            raise LaunchError(
                f"Stripe has no enabled webhook endpoint for https://{self.api_host}{PATH}.",
                cure="Make one in Stripe's dashboard, then: ./launch secrets push stripe-signing-secret",
            )
        made = self._made_like(current)
        self.push(made.secret.encode())
        self.tell(f"the new secret is stored; its endpoint waits {self.pause:.0f} s, until every service can know it")
        time.sleep(self.pause)
        self._hooks().update(made.id, params={"disabled": False})
        swept = sweeps.stripe_events(self.acceptor, self.provider, self.mode)
        self.tell(f"the new endpoint delivers; {swept.sent} events were fetched that the one before had not delivered")
        self._remove(before)

    def _endpoints(self) -> list[Any]:
        url = f"https://{self.api_host}{PATH}"
        return [each for each in self._hooks().list(params={"limit": 100}).data if each.url == url]

    def _made_like(self, current: Any) -> Any:
        wanted = {"url": current.url, "enabled_events": sorted(STRIPE_KINDS), "api_version": VERSION}
        made = self._hooks().create(params=wanted)
        self._hooks().update(made.id, params={"disabled": True})
        self.tell(f"endpoint {made.id} is made beside {current.id}")
        return made

    def _remove(self, endpoints: Iterable[Any]) -> None:
        for each in endpoints:
            self._hooks().delete(each.id)
            self.tell(f"endpoint {each.id} is gone")

    def _hooks(self) -> Any:
        return self.stripe.v1.webhook_endpoints
