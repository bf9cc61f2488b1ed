"""Gives the rehearsal's secrets their values: those that the vendors' stand-ins issue, and others that are made up."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from blueprint.outputs import Outputs
from cli.secret_manager import SecretManager
from cli.stripe_webhooks import registered
from engine.errors import LaunchError
from handlers.service_manifest import (
    HELPDESK_SIGNING_SECRET,
    HUBSPOT_TOKEN,
    RESEND_KEY,
    STRIPE_API_KEY,
    STRIPE_SIGNING_SECRET,
    ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET,
    ZENDESK_SIGNING_SECRET,
)
from handlers.support.helpdesk_events import ZENDESK_KINDS, ZENDESK_PREFIX
from localcloud.base.ports import Ports

if TYPE_CHECKING:
    import requests

# The stand-in that issues a key; it takes no other one from then on.
ISSUED_BY = {STRIPE_API_KEY: "stripe", HUBSPOT_TOKEN: "crm", RESEND_KEY: "mailer"}
CLIENT = {ZENDESK_CLIENT_ID: "client_id", ZENDESK_CLIENT_SECRET: "client_secret"}
HANDED_OUT = (STRIPE_SIGNING_SECRET, ZENDESK_SIGNING_SECRET)
SUBSCRIPTIONS = [ZENDESK_PREFIX + kind for kind in sorted(ZENDESK_KINDS)]
TIMEOUT = 10.0  # seconds for one call

Tell = Callable[[str], None]


def fill(outputs: Outputs, vault: SecretManager, ports: Ports, tell: Tell) -> None:
    """Push a value for every secret that has none; raises LaunchError when Secret Manager or a vendor refuses.

    `ports` say where the vendors' stand-ins listen.
    """
    empty = [name for name in outputs.secrets if not vault.usable(name)]
    if set(CLIENT) & set(empty):
        _push_client(empty, vault, ports, tell)
        empty = [name for name in empty if name not in CLIENT]
    for name in sorted(empty, key=lambda name: name in HANDED_OUT):  # webhooks are made with the API's keys
        tell(f"{name} gets its first value")
        vault.push(name, _value(name, outputs, vault, ports).encode())


def _value(name: str, outputs: Outputs, vault: SecretManager, ports: Ports) -> str:
    if name == STRIPE_SIGNING_SECRET:
        url, key = f"https://{outputs.api_host}/webhooks/stripe", vault.read(STRIPE_API_KEY).decode()
        return registered(url, key, f"http://{ports.address('stripe')}", keep=False).secret
    if name == ZENDESK_SIGNING_SECRET:
        client = (vault.read(ZENDESK_CLIENT_ID).decode(), vault.read(ZENDESK_CLIENT_SECRET).decode())
        return register_webhook(outputs, client, ports.address("helpdesk"))
    if name == HELPDESK_SIGNING_SECRET:
        return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    if name in ISSUED_BY:
        return issued(ports.address(ISSUED_BY[name]))["key"]
    return f"rehearsal_{secrets.token_urlsafe(24)}"


def issued(address: str, **wanted: Any) -> Mapping[str, str]:
    """Return what a vendor's stand-in shows of a key that it makes now, as a person sees it in the vendor's console.

    Raises LaunchError when it makes none.
    """
    import requests

    with requests.Session() as session:
        session.trust_env = False
        return _json(session.post(f"http://{address}/_rehearsal/keys", json=wanted, timeout=TIMEOUT))


def _push_client(empty: Collection[str], vault: SecretManager, ports: Ports, tell: Tell) -> None:
    """Have the helpdesk make an OAuth client, or a new secret for the one that is known, and push what is new of it."""
    known = {} if ZENDESK_CLIENT_ID in empty else {"client_id": vault.read(ZENDESK_CLIENT_ID).decode().strip()}
    client = issued(ports.address("helpdesk"), **known)
    for name, field in CLIENT.items():
        if name in empty or not known:
            tell(f"{name} gets its first value")
            vault.push(name, client[field].encode())


def register_webhook(outputs: Outputs, client: tuple[str, str], helpdesk_address: str) -> str:
    """Make the webhook as a founder does in Zendesk's Admin Center, and return its signing secret.

    `client` is an OAuth client's id and secret. One that is there already is kept: its secret is shown again.
    """
    import requests

    root, endpoint = f"http://{helpdesk_address}/api/v2/webhooks", f"https://{outputs.api_host}/webhooks/zendesk"
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {_token(session, client, helpdesk_address)}"
        known = _json(session.get(root, timeout=TIMEOUT))["webhooks"]
        found = next((each["id"] for each in known if each["endpoint"] == endpoint), None)
        if found is None:
            wanted = {"name": "Launch", "endpoint": endpoint, "status": "active", "subscriptions": SUBSCRIPTIONS}
            made = session.post(
                root, json={"webhook": {**wanted, "http_method": "POST", "request_format": "json"}}, timeout=TIMEOUT
            )
            found = _json(made)["webhook"]["id"]
        return str(_json(session.get(f"{root}/{found}/signing_secret", timeout=TIMEOUT))["signing_secret"]["secret"])


def _token(session: requests.Session, client: tuple[str, str], helpdesk_address: str) -> str:
    wanted = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
    scope = "webhooks:read webhooks:write"
    made = session.post(f"http://{helpdesk_address}/oauth/tokens", json={**wanted, "scope": scope}, timeout=TIMEOUT)
    return str(_json(made)["access_token"])


def _json(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise LaunchError(
            f"A vendor's stand-in refused {answer.request.path_url}.",
            f"It answered {answer.status_code}: {answer.text}",
        )
    found: dict[str, Any] = answer.json()
    return found
