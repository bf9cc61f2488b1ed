"""Stripe's webhook endpoint: registered by the API, and its signing secret stored, so that the three fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from blueprint.outputs import Outputs
from cli import rotation_lease, stripe_client
from cli.secret_manager import SecretManager, VersionsOf
from cli.webhook_rotation import NOTE, UNSETTLED, fingerprint, is_lost, is_stored
from engine.errors import LaunchError
from handlers.billing.stripe_api import VERSION
from handlers.billing.stripe_events import STRIPE_KINDS
from handlers.billing.stripe_mode import LIVE, TEST, of_key
from handlers.service_manifest import STRIPE_API_KEY, STRIPE_SIGNING_SECRET
from handlers.work.acceptor import Acceptor


@dataclass(frozen=True)
class Endpoint:
    """The stack's endpoint at Stripe. `secret` is told by Stripe only when the endpoint was made just now.

    `was_off` says that it was disabled, by a person or by Stripe after days of failures, and delivers again now.
    """

    id: str
    url: str
    secret: str = ""
    was_off: bool = False


def connect(
    outputs: Outputs, vault: SecretManager, database: Callable[[], Acceptor], mode: str, base: str | None = None
) -> Endpoint:
    """Have Stripe deliver the events that the handlers know to the stack, and store the signing secret.

    An endpoint that is there and whose secret is stored is told its events, and switched on. One whose secret was lost
    is made again, because Stripe shows it only once. `database` leads to the stack's when the key has turned out to be
    one, `mode` is the stack's, and `base` the API's address, the real one when None. Raises LaunchError, also while
    another command changes that secret.
    """
    key = vault.text(STRIPE_API_KEY) if vault.secret(STRIPE_API_KEY).enabled else ""
    if not key:
        raise LaunchError(
            f"{STRIPE_API_KEY} has no value yet, and Stripe's API needs it.",
            cure=f"Make a restricted key in Stripe's dashboard and store it: ./launch secrets push {STRIPE_API_KEY}.",
        )
    if of_key(key) not in ("", mode):
        raise LaunchError(
            f"{STRIPE_API_KEY} is a key of {of_key(key)} mode, and this stack is in {mode} mode.",
            "A key sees its own mode alone, so the endpoint would deliver events that are ignored.",
            f"Push a key of {mode} mode, or set payments.mode in the stack's file.",
        )
    with rotation_lease.held(database()):
        has_secret = vault.usable(STRIPE_SIGNING_SECRET)
        stored = VersionsOf(vault, STRIPE_SIGNING_SECRET).enabled() if has_secret else ()
        made = registered(url_of(outputs), key, base, keep=has_secret, stored=stored)
        if made.secret:
            vault.push(STRIPE_SIGNING_SECRET, made.secret.encode())
    return made


def url_of(outputs: Outputs) -> str:
    """Return the address that Stripe delivers to."""
    return f"https://{outputs.api_host}/webhooks/stripe"


def other(mode: str) -> str:
    """Return the mode that a stack of this mode is not in."""
    return TEST if mode == LIVE else LIVE


def registered(url: str, api_key: str, base: str | None, *, keep: bool, stored: Sequence[str] = ()) -> Endpoint:
    """Return the one endpoint for `url`: with `keep` the one that is there, else a new one in its place.

    `stored` are the versions of the signing secret, the newest first, where they are known: an endpoint that signs with
    none of them is not kept.
    """
    import stripe

    client = stripe_client.client(api_key, base)
    endpoints = client.v1.webhook_endpoints
    try:
        known = [each for each in endpoints.list(params={"limit": 100}).auto_paging_iter() if each.url == url]
        kept = _fitting(known, stored) if keep else None
        if kept:
            _require_version(kept)
            was_off = kept.status != "enabled"
            on = {"disabled": False} if was_off else {}
            endpoints.update(kept.id, params={"enabled_events": sorted(STRIPE_KINDS), **on})
            return Endpoint(kept.id, url, was_off=was_off)
        for each in known:
            stripe_client.remove_endpoint(client, each.id)
        wanted: Any = {"url": url, "enabled_events": sorted(STRIPE_KINDS), "api_version": VERSION}
        made = endpoints.create(params={**wanted, "metadata": {NOTE: UNSETTLED}})  # till its secret is known here
        endpoints.update(made.id, params={"metadata": {NOTE: fingerprint(str(made.secret))}})
    except stripe.StripeError as error:
        raise LaunchError(
            "Stripe refused.",
            str(error),
            "Is the key in stripe-api-key right, and may it write webhook endpoints?",
        ) from error
    return Endpoint(made.id, url, str(made.secret))


def _fitting(known: Sequence[Any], stored: Sequence[str]) -> Any | None:
    """Return the endpoint to keep: first one that signs with a stored secret, and first one that delivers.

    One that notes no secret may fit; one whose secret is lost can deliver nothing that a service accepts.
    """
    fit = [each for each in known if not (stored and is_lost(each, stored))]
    return min(fit, key=lambda each: (not is_stored(each, stored), each.status != "enabled"), default=None)


def _require_version(endpoint: Any) -> None:
    """Raise LaunchError for an endpoint whose events have another shape; its version cannot be changed afterwards.

    See docs.stripe.com/api/webhook_endpoints/create: `api_version` is given when an endpoint is made.
    """
    if endpoint.api_version != VERSION:
        raise LaunchError(
            f"Endpoint {endpoint.id} sends events of API version {endpoint.api_version or 'of the account'}.",
            f"The handlers read {VERSION}, and Stripe cannot change the version of an endpoint.",
            f"Replace it while events come in: ./launch secrets rotate {STRIPE_SIGNING_SECRET}.",
        )


def remove_other(url: str, api_key: str, base: str | None) -> tuple[str, ...]:
    """Remove every endpoint for `url` that this key of the other mode sees, and return their ids.

    Raises LaunchError when Stripe refuses.
    """
    import stripe

    client = stripe_client.client(api_key, base)
    endpoints = client.v1.webhook_endpoints
    try:
        found = [each.id for each in endpoints.list(params={"limit": 100}).auto_paging_iter() if each.url == url]
        for each in found:
            stripe_client.remove_endpoint(client, each)
    except stripe.StripeError as error:
        raise LaunchError(
            "Stripe did not remove the endpoint of the other mode.", str(error), "May the key write webhook endpoints?"
        ) from error
    return tuple(found)


def about_other(url: str, mode: str, flag: str) -> str:
    """Return which endpoint of the other mode has to go, where it is seen, and the command with the stack's `flag`.

    A key sees its own mode alone (docs.stripe.com/keys), so the command cannot look for it.
    """
    wrong = other(mode)
    return (
        f"This key sees {mode} mode alone. If {dashboard_of(wrong)} shows an endpoint for {url}, its events are "
        f"ignored: delete it there, or give a key of {wrong} mode to ./launch stripe connect --remove-other{flag}"
    )


def dashboard_of(mode: str) -> str:
    """Return where a person sees the webhook endpoints of a mode."""
    return "https://dashboard.stripe.com/" + ("test/webhooks" if mode == TEST else "webhooks")
