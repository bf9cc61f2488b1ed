"""Delivers the helpdesk's webhooks: signed, over TLS through the edge.

Zendesk tries again at most five times after a time-out, a 429 or a 503, and three times after a 409; every other answer
is final (developer.zendesk.com/documentation/webhooks, "Monitoring"). So an event can get lost, and receivers have to
look for themselves. The rehearsal shortens the pauses.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from localcloud.base.network import Endpoint
from localcloud.base.ports import LOOPBACK
from localcloud.saas.helpdesk_webhooks import ACCOUNT, Hooks, Waiting
from localcloud.saas.object_store import StoredObject

TIMEOUT = 12.0  # seconds for one attempt
RETRIES = {"timeout": 5, "429": 5, "503": 5, "409": 3}
PAUSE = 0.5  # seconds after the first failure, doubled at each further one
AT_ONCE = 8
KIND = "helpdesk delivery"


class Posting:
    """Carries the waiting deliveries out; `route` says where a host name is served."""

    def __init__(self, hooks: Hooks, route: Callable[[str], Endpoint | None], tls: ssl.SSLContext) -> None:
        self._hooks = hooks
        self._route = route
        self._tls = tls

    async def run(self, awake: asyncio.Event) -> None:
        """Deliver until cancelled; `awake` is set when there is something new."""
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT, trust_env=False, limits=limits) as client:
            while True:
                awake.clear()
                found = await asyncio.to_thread(self._hooks.due, AT_ONCE)
                await asyncio.gather(*(self._deliver(client, each) for each in found))
                pause = await asyncio.to_thread(self._hooks.until_next)
                try:
                    await asyncio.wait_for(awake.wait(), pause)
                except TimeoutError:
                    continue

    async def _deliver(self, client: httpx.AsyncClient, waiting: Waiting) -> None:
        hook = await asyncio.to_thread(self._hooks.get, waiting.webhook)
        outcome = await self._post(client, hook, waiting.body.encode()) if hook else "the webhook is gone"
        await asyncio.to_thread(self._conclude, waiting, outcome)

    def _conclude(self, waiting: Waiting, outcome: str) -> None:
        self._hooks.world.record(KIND, waiting.webhook, attempt=waiting.attempts + 1, outcome=outcome)
        if outcome.isdecimal() and 200 <= int(outcome) < 300:
            self._hooks.settle(waiting, "done", outcome)
        elif waiting.attempts < RETRIES.get(outcome, 0):
            self._hooks.settle(waiting, "waiting", outcome, PAUSE * 2**waiting.attempts)
        else:
            self._hooks.settle(waiting, "failed", outcome)

    async def _post(self, client: httpx.AsyncClient, hook: StoredObject, body: bytes) -> str:
        """Return the HTTP status of one attempt, or why there is none."""
        url = httpx.URL(hook["endpoint"])
        timestamp = datetime.fromtimestamp(self._hooks.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": url.netloc.decode(),
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": str(ACCOUNT),
            "X-Zendesk-Webhook-Id": hook["id"],
            "X-Zendesk-Webhook-Signature": signature(timestamp, body, hook["secret"]),
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        }
        target = await asyncio.to_thread(self._served_at, url)
        if target is None:
            return f"the rehearsal has no way to {url.host} over TLS"
        try:
            answer = await client.post(target, content=body, headers=headers, extensions={"sni_hostname": url.host})
        except httpx.TimeoutException:
            return "timeout"
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return str(answer.status_code)

    def _served_at(self, url: httpx.URL) -> httpx.URL | None:
        if url.scheme == "http" and url.host == LOOPBACK:
            return url
        found = self._route(url.host)
        return url.copy_with(host=found.host, port=found.port) if found and found.tls else None


def signature(timestamp: str, body: bytes, secret: str) -> str:
    """Return the `X-Zendesk-Webhook-Signature` of a body."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
