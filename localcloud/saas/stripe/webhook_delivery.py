"""Delivers events to webhook endpoints: signed, over TLS through the edge, again and again until acknowledged.

Stripe itself repeats for up to three days, at growing distances from minutes to hours. The rehearsal keeps the three
days and shortens the distances, so that recovery can be watched.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from localcloud.base.network import Endpoint
from localcloud.base.ports import LOOPBACK
from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.ledger import Ledger

FIRST_PAUSE = 1.0  # seconds after the first failure, doubled at each further one
LONGEST_PAUSE = 300.0
GIVE_UP_AFTER = 3 * 86_400.0
TIMEOUT = 15.0  # seconds for one attempt
AT_ONCE = 16
KIND = "delivery"
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"

Route = Callable[[str], Endpoint | None]


@dataclass(frozen=True)
class Due:
    """One delivery whose time has come. `first` is when the event was made, in seconds since the epoch."""

    event: str
    endpoint: str
    attempts: int
    first: float


class UnreachableError(Exception):
    """An endpoint's name leads nowhere in the rehearsal."""


class WebhookDelivery:
    """Carries the world's waiting deliveries out; `route` says where a host name is served."""

    def __init__(
        self, ledger: Ledger, route: Route, tls: ssl.SSLContext, clock: Callable[[], float] = time.time
    ) -> None:
        self._ledger = ledger
        self._route = route
        self._tls = tls
        self._clock = clock
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._flying: set[tuple[str, str]] = set()

    def wake(self) -> None:
        """Look for new deliveries now; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver until cancelled. What was waiting when a process was killed is delivered by the next."""
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT, trust_env=False, limits=limits)
        async with client, asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                for due in await asyncio.to_thread(self._due):
                    if len(self._flying) < AT_ONCE:
                        self._flying.add((due.event, due.endpoint))
                        group.create_task(self._deliver(client, due))
                await self._rest()

    async def _rest(self) -> None:
        pause = await asyncio.to_thread(self._until_next)
        try:
            await asyncio.wait_for(self._wake.wait(), pause)
        except TimeoutError:
            return

    async def _deliver(self, client: httpx.AsyncClient, due: Due) -> None:
        try:
            await self._attempt(client, due)
        finally:
            self._flying.discard((due.event, due.endpoint))
            self._wake.set()

    def _due(self) -> list[Due]:
        rows = self._ledger.world.connection.execute(
            "SELECT event, endpoint, attempts, first FROM stripe_deliveries WHERE state = 'waiting' AND due <= ? "
            "ORDER BY due LIMIT ?",
            (self._clock(), 4 * AT_ONCE),
        )
        return [Due(*row) for row in rows if (row[0], row[1]) not in self._flying]

    def _until_next(self) -> float | None:
        """Return the seconds until the next delivery is due, or None when none is waiting that is not on its way."""
        rows = self._ledger.world.connection.execute(
            "SELECT event, endpoint, due FROM stripe_deliveries WHERE state = 'waiting' ORDER BY due LIMIT ?",
            (4 * AT_ONCE,),
        )
        waiting = [row[2] for row in rows if (row[0], row[1]) not in self._flying]
        if not waiting or len(self._flying) >= AT_ONCE:
            return None
        return max(0.0, float(waiting[0]) - self._clock())

    async def _attempt(self, client: httpx.AsyncClient, due: Due) -> None:
        found = await asyncio.to_thread(self._wanted, due)
        if found is None:
            await asyncio.to_thread(self._settle, due, "dropped", "the endpoint is gone or disabled")
            return
        event, endpoint = found
        outcome = await self._post(client, endpoint, json.dumps(event, indent=2, ensure_ascii=False).encode())
        await asyncio.to_thread(self._conclude, due, event["type"], endpoint["url"], outcome)

    def _wanted(self, due: Due) -> tuple[StoredObject, StoredObject] | None:
        event, endpoint = self._ledger.get("event", due.event), self._ledger.get("webhook_endpoint", due.endpoint)
        return (event, endpoint) if event and endpoint and endpoint["status"] == "enabled" else None

    def _conclude(self, due: Due, type_: str, url: str, outcome: str) -> None:
        self._ledger.world.record(KIND, due.event, endpoint=url, type=type_, attempt=due.attempts + 1, outcome=outcome)
        if outcome.isdecimal() and 200 <= int(outcome) < 300:
            self._settle(due, "done", outcome)
        else:
            is_over = self._clock() - due.first > GIVE_UP_AFTER
            self._settle(due, "failed" if is_over else "waiting", outcome)

    def _settle(self, due: Due, state: str, outcome: str) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(due.attempts, 20))
        self._ledger.world.connection.execute(
            "UPDATE stripe_deliveries SET state = ?, attempts = attempts + 1, due = ?, status = ? "
            "WHERE event = ? AND endpoint = ?",
            (state, self._clock() + pause, outcome, due.event, due.endpoint),
        )

    async def _post(self, client: httpx.AsyncClient, endpoint: StoredObject, body: bytes) -> str:
        """Return the HTTP status of one attempt, or why there is none."""
        url = httpx.URL(endpoint["url"])
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": url.netloc.decode(),
            "Stripe-Signature": signature(body, endpoint["secret"], int(self._clock())),
            "User-Agent": USER_AGENT,
        }
        try:
            # The name is what the certificate is verified for, whatever address it is served at.
            answer = await client.post(
                await asyncio.to_thread(self._served_at, url),
                content=body,
                headers=headers,
                extensions={"sni_hostname": url.host},
            )
        except (httpx.HTTPError, UnreachableError) as error:
            return f"{type(error).__name__}: {error}"
        return str(answer.status_code)

    def _served_at(self, url: httpx.URL) -> httpx.URL:
        if url.scheme == "http" and url.host == LOOPBACK:
            return url
        found = self._route(url.host)
        if found is None or not found.tls:
            raise UnreachableError(f"the rehearsal has no way to {url.host} over TLS")
        return url.copy_with(host=found.host, port=found.port)


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """Return the `Stripe-Signature` header for a body (docs.stripe.com/webhooks)."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
