"""Contacts in HubSpot, found by a unique property of our own: its search lags, so nothing is ever searched for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import service_manifest
from handlers.outside import http_client
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache

URL = "https://api.hubapi.com"
USER_ID = "launch_user_id"
UPSERT = "/crm/v3/objects/contacts/batch/upsert"
PROPERTIES = "/crm/v3/properties/contacts"
OWN_PROPERTIES: Mapping[str, str] = {
    USER_ID: "Launch user id",
    "launch_plan": "Launch plan",
    "launch_billing_status": "Launch billing status",
}


class HubSpot:
    """The CRM at HubSpot; `url` is where its API is."""

    def __init__(self, secret_cache: SecretCache, url: str = URL) -> None:
        self._secret_cache = secret_cache
        self._url = url

    def upsert(self, user_id: str, properties: Mapping[str, str]) -> str:
        """Create or update the user's contact and return its id; repeating it is harmless.

        Raises Unavailable when it may work later, Refused when HubSpot will never take it.
        """
        contact = {"idProperty": USER_ID, "id": user_id, "properties": {**properties, USER_ID: user_id}}
        reply = self._post(UPSERT, {"inputs": [contact]})
        if reply.status == 400 and _lacks_property(reply.body):
            self._create_properties()
            reply = self._post(UPSERT, {"inputs": [contact]})
        return _contact_id(reply)

    def _create_properties(self) -> None:
        for name, label in OWN_PROPERTIES.items():
            wanted = {
                "name": name,
                "label": label,
                "type": "string",
                "fieldType": "text",
                "groupName": "contactinformation",
                "hasUniqueValue": name == USER_ID,
            }
            reply = self._post(PROPERTIES, wanted)
            if reply.status not in {200, 201, 409}:  # 409: it is there
                raise Refused(f"HubSpot answered {reply.status} to the creation of property {name}")

    def _post(self, path: str, body: Any) -> http_client.Reply:
        return http_client.with_secret(
            self._secret_cache,
            service_manifest.HUBSPOT_TOKEN,
            lambda token: http_client.call(
                "HubSpot",
                "POST",
                self._url + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                final=frozenset({409}),
            ),
        )


def _contact_id(reply: http_client.Reply) -> str:
    """Return the id of the one contact asked for. A 207 is read per item: some of a batch may have failed."""
    results = reply.body.get("results") or []
    if reply.status in {200, 201, 207} and results:
        return str(results[0]["id"])
    errors = reply.body.get("errors") or [reply.body]
    category = errors[0].get("category", "no category")
    raise Refused(f"HubSpot answered {reply.status} ({category}) to the upsert")


def _lacks_property(body: Mapping[str, Any]) -> bool:
    return "PROPERTY_DOESNT_EXIST" in str(body) or USER_ID in str(body.get("message", ""))
