"""Stripe's webhook endpoint: registered by the API, and its signing secret stored, so that the three fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blueprint.outputs import Outputs
from cli.secret_manager import SecretManager
from engine.errors import LaunchError
from handlers.billing.stripe_api import VERSION
from handlers.billing.stripe_events import STRIPE_KINDS
from handlers.service_manifest import STRIPE_API_KEY, STRIPE_SIGNING_SECRET


@dataclass(frozen=True)
class Endpoint:
    """The stack's endpoint at Stripe. `secret` is told by Stripe only when the endpoint was made just now."""

    id: str
    url: str
    secret: str = ""


def connect(outputs: Outputs, vault: SecretManager, base: str | None = None) -> Endpoint:
    """Have Stripe deliver the events that the handlers know to the stack, and store the signing secret.

    An endpoint that is there and whose secret is stored is only told its events. One whose secret was lost is made
    anew, because Stripe tells it once. `base` is the API's address, the real one when None. Raises LaunchError.
    """
    key = vault.read(STRIPE_API_KEY).decode() if vault.secret(STRIPE_API_KEY).enabled else ""
    if not key:
        raise LaunchError(
            f"{STRIPE_API_KEY} has no value yet, and Stripe asks for it.",
            cure=f"Make a restricted key in Stripe's dashboard and store it: ./launch secrets push {STRIPE_API_KEY}.",
        )
    url = f"https://{outputs.api_host}/webhooks/stripe"
    has_secret = vault.secret(STRIPE_SIGNING_SECRET).enabled > 0
    made = registered(url, key, base, keep=has_secret)
    if made.secret:
        vault.push(STRIPE_SIGNING_SECRET, made.secret.encode())
    return made


def registered(url: str, api_key: str, base: str | None, *, keep: bool) -> Endpoint:
    """Return the one endpoint for `url`: with `keep` the one that is there, else a new one in its place."""
    import stripe

    addresses: dict[str, Any] = {"base_addresses": {"api": base}} if base else {}
    client: Any = stripe.StripeClient(api_key, **addresses)
    endpoints = client.v1.webhook_endpoints
    try:
        known = [each for each in endpoints.list(params={"limit": 100}).auto_paging_iter() if each.url == url]
        if known and keep:
            endpoints.update(known[0].id, params={"enabled_events": sorted(STRIPE_KINDS)})
            return Endpoint(known[0].id, url)
        for each in known:
            endpoints.delete(each.id)
        made = endpoints.create(params={"url": url, "enabled_events": sorted(STRIPE_KINDS), "api_version": VERSION})
    except stripe.StripeError as error:
        raise LaunchError(
            "Stripe did not do it.",
            str(error),
            "Is the key in stripe-api-key right, and may it write webhook endpoints?",
        ) from error
    return Endpoint(made.id, url, str(made.secret))
