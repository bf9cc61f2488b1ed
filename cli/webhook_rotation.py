"""Rolls the signing secret of Stripe's webhook endpoint while it is in use, without losing a delivery.

Stripe's API cannot roll a secret; it tells one when an endpoint is made. So a second endpoint of the same address is
made and gets no events until every service can know its secret; then both deliver, and the inbox takes each event once.
What the first could not deliver is fetched before it goes. The secret before stays valid until the next rotation.

Services accept the two newest versions. However often a rotation is broken off, the endpoint that delivers must be
signed with one of these; so each endpoint notes the fingerprint of its secret, and the next run finishes what it finds
instead of pushing a third version over the one in use. Two at once would push it all the same; so one holds a lease.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cli import rotation_lease
from cli.stripe_client import once_more, remove_endpoint
from engine.errors import LaunchError
from handlers import sweeps
from handlers.billing.stripe_api import VERSION, Provider
from handlers.billing.stripe_events import STRIPE_KINDS
from handlers.doors.signed_webhooks import FRESH
from handlers.outside.secret_cache import WANTED
from handlers.work.acceptor import Acceptor

PAUSE = FRESH + 2.0  # seconds until a door asks Secret Manager again about a signature that it does not know
PATH = "/webhooks/stripe"
NOTE = "launch_secret"  # the metadata that holds the fingerprint of an endpoint's secret, or UNSETTLED
REPLACES = "launch_replaces"  # the metadata of an endpoint that a rotation made and has not finished with
UNSETTLED = "unsettled"  # made by a rotation that did not get as far as to note the secret, which is lost then
UNKNOWN = "it notes no secret, so whether it fits is not known"
QUIET = ["test_helpers.test_clock.deleted"]  # an endpoint has to take some event; this one a live account never has

Tell = Callable[[str], None]


class Versions(Protocol):
    """The versions of the signing secret in Secret Manager."""

    def enabled(self) -> Sequence[str]:
        """Return the values of the enabled versions, the newest first."""
        ...

    def push(self, value: str) -> None:
        """Add a version."""
        ...

    def disable(self, value: str) -> None:
        """Disable the versions that have this value."""
        ...


@dataclass(frozen=True)
class Rotation:
    """One rotation: `stripe` is Stripe's own client, `versions` keep the secret, `mode` is the stack's at Stripe.

    `pause` is in seconds.
    """

    stripe: Any
    api_host: str
    versions: Versions
    acceptor: Acceptor
    provider: Provider
    tell: Tell
    mode: str
    pause: float = PAUSE

    def run(self) -> None:
        """Roll the secret, or finish the rotation that was broken off.

        Raises LaunchError when there is no endpoint or another rotation is running, and what Stripe's client, the
        stores and the queue raise.
        """
        with rotation_lease.held(self.acceptor):
            self._roll()

    def _roll(self) -> None:
        known = [fingerprint(value) for value in self.versions.enabled()]
        before = self._cleared(known)
        current = next((each for each in before if each.status == "enabled" and not _is_next(each, known)), None)
        made = next((each for each in before if _is_next(each, known)), None)
        if made is None:
            if current is None:
                raise LaunchError(
                    f"Stripe has no enabled webhook endpoint for https://{self.api_host}{PATH}.",
                    cure="Make one: ./launch stripe connect",
                )
            made = self._made_beside(current, known)
        else:
            self.tell(f"endpoint {made.id} is left of a rotation that was broken off; it goes on from there")
        self._switch(current, made)

    def _cleared(self, known: Sequence[str]) -> list[Any]:
        """Return the endpoints without those whose secret nobody has: they were made and never got further."""
        endpoints = self._endpoints()
        lost = [each for each in endpoints if _is_of_none(each, known)]
        if len(lost) == len(endpoints):
            return endpoints  # the only one there is stays, even if no service accepts it: it is what can be repaired
        self._remove(lost)
        return [each for each in endpoints if each not in lost]

    def _made_beside(self, current: Any, known: Sequence[str]) -> Any:
        if _note(current) in known:
            for value in self.versions.enabled()[: known.index(_note(current))]:
                self.versions.disable(value)  # newer than the one in use and no endpoint's: it would push that one out
        wanted = {"url": current.url, "enabled_events": QUIET, "api_version": VERSION, "metadata": {NOTE: UNSETTLED}}
        made = self._hooks().create(params=wanted)
        note = {NOTE: fingerprint(made.secret), REPLACES: current.id}
        self._hooks().update(made.id, params={"disabled": True, "metadata": note})
        self.tell(f"endpoint {made.id} is made beside {current.id}")
        self.versions.push(made.secret)
        return made

    def _switch(self, current: Any | None, made: Any) -> None:
        self.tell(f"the new secret is stored; its endpoint waits {self.pause:.0f} s, until every service can know it")
        time.sleep(self.pause)
        events = list(current.enabled_events) if current else sorted(STRIPE_KINDS)
        self._hooks().update(made.id, params={"disabled": False, "enabled_events": events})
        swept = once_more(lambda: sweeps.stripe_events(self.acceptor, self.provider, self.mode))
        self.tell(f"the new endpoint delivers; {swept.sent} events were fetched that the one before had not delivered")
        self._remove(each for each in self._endpoints() if each.id != made.id)
        self._hooks().update(made.id, params={"metadata": {REPLACES: ""}})

    def _endpoints(self) -> list[Any]:
        return of_host(self.stripe, self.api_host)

    def _remove(self, endpoints: Iterable[Any]) -> None:
        for each in endpoints:
            remove_endpoint(self.stripe, each.id)
            self.tell(f"endpoint {each.id} is gone")

    def _hooks(self) -> Any:
        return self.stripe.v1.webhook_endpoints


def of_host(stripe: Any, api_host: str) -> list[Any]:
    """Return Stripe's endpoints of the stack's address."""
    url = f"https://{api_host}{PATH}"
    listed = stripe.v1.webhook_endpoints.list(params={"limit": 100}).auto_paging_iter()
    return [each for each in listed if each.url == url]


def fingerprint(secret: str) -> str:
    """Return what may be shown of a secret: enough to tell two apart, and nothing to sign with."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def standing(endpoints: Iterable[Any], values: Sequence[str]) -> dict[str, str]:
    """Return of each endpoint that delivers what is wrong between it and the versions, nothing where they fit.

    `values` are the enabled versions', the newest first. Of an endpoint that notes no secret nothing can be said.
    """
    return {
        each.id: "" if is_stored(each, values) else _wrong(each, values)
        for each in endpoints
        if each.status == "enabled" and list(each.enabled_events) != QUIET
    }


def is_stored(endpoint: Any, values: Sequence[str]) -> bool:
    """Tell whether an endpoint signs with a version that services accept; `values` are as in `standing`."""
    return _note(endpoint) in [fingerprint(value) for value in values[:WANTED]]


def is_lost(endpoint: Any, values: Sequence[str]) -> bool:
    """Tell whether an endpoint notes a secret that is none of the enabled versions, so that nobody has it."""
    return _is_of_none(endpoint, [fingerprint(value) for value in values])


def _is_of_none(endpoint: Any, known: Sequence[str]) -> bool:
    return bool(_note(endpoint)) and _note(endpoint) not in known


def _wrong(endpoint: Any, values: Sequence[str]) -> str:
    if not _note(endpoint):
        return UNKNOWN
    if _note(endpoint) in [fingerprint(value) for value in values]:
        return f"it signs with a version that is older than the {WANTED} that services accept"
    return "it signs with a secret that is not stored"


def _is_next(endpoint: Any, known: Sequence[str]) -> bool:
    """Tell whether an endpoint signs with the newest version, and was made by a rotation to replace another."""
    return bool(known) and _note(endpoint) == known[0] and REPLACES in _metadata(endpoint)


def _note(endpoint: Any) -> str:
    return str(_metadata(endpoint).get(NOTE, ""))


def _metadata(endpoint: Any) -> Mapping[str, Any]:
    found = getattr(endpoint, "metadata", None)
    return found.to_dict() if found else {}
