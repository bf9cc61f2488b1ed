"""Gives the rehearsal's secrets their values: made up here, except the one that Stripe hands out with an endpoint."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from blueprint.outputs import Outputs
from cli.vault import Vault
from handlers.roles import STRIPE_API_KEY, STRIPE_SIGNING_SECRET, ZENDESK_TOKEN
from handlers.stripe_events import KINDS

# What a vendor's key looks like, where the stand-in is as particular as the vendor.
PREFIXES = {STRIPE_API_KEY: "rk_test_", ZENDESK_TOKEN: "rehearsal@agents.invalid/token:"}

Tell = Callable[[str], None]


def fill(outputs: Outputs, vault: Vault, stripe_address: str, tell: Tell) -> None:
    """Push a value for every secret that has none; raises LaunchError when Secret Manager or Stripe refuses.

    `stripe_address` is HOST:PORT of the Stripe stand-in.
    """
    empty = [name for name in outputs.secrets if not vault.secret(name).enabled]
    for name in sorted(empty, key=lambda name: name == STRIPE_SIGNING_SECRET):  # the endpoint is made with the API key
        tell(f"{name} gets its first value")
        vault.push(name, _value(name, outputs, vault, stripe_address).encode())


def _value(name: str, outputs: Outputs, vault: Vault, stripe_address: str) -> str:
    if name == STRIPE_SIGNING_SECRET:
        return register_endpoint(outputs, vault.read(STRIPE_API_KEY).decode(), stripe_address)
    return PREFIXES.get(name, "rehearsal_") + secrets.token_urlsafe(24)


def register_endpoint(outputs: Outputs, api_key: str, stripe_address: str) -> str:
    """Register the webhook endpoint as a founder does in Stripe's dashboard, and return its signing secret.

    Stripe tells the secret once, when the endpoint is made: an endpoint whose secret was lost is made anew.
    """
    import stripe

    client: Any = stripe.StripeClient(api_key, base_addresses={"api": f"http://{stripe_address}"})
    url = f"https://{outputs.api_host}/webhooks/stripe"
    for endpoint in client.v1.webhook_endpoints.list(params={"limit": 100}).data:
        if endpoint.url == url:
            client.v1.webhook_endpoints.delete(endpoint.id)
    made = client.v1.webhook_endpoints.create(params={"url": url, "enabled_events": sorted(KINDS)})
    return str(made.secret)
