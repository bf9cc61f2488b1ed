"""Contacts in HubSpot, found by a unique property of our own: its search lags, so nothing is ever searched for.

Paths carry HubSpot's dated version: /crm/v1 to /v3 are unsupported from September 2027, /v4 from 2027-03-30
(https://developers.hubspot.com/docs/developer-tooling/platform/versioning, read 2026-11-29). Since `/2026-09` the rules
of the account, such as required properties, apply to writes by API too and are told by a 400
(https://developers.hubspot.com/changelog/crm-api-write-validation-enforcement, read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from handlers import service_manifest
from handlers.outside import http_client
from handlers.outside.http_client import Refused, Reply
from handlers.outside.secret_cache import SecretCache
from handlers.vendors import hubspot_refusals

URL = "https://api.hubapi.com"
VERSION = "2026-09"
USER_ID = "launch_user_id"
EMAIL = "email"
CONTACTS = f"/crm/objects/{VERSION}/contacts"
UPSERT = f"{CONTACTS}/batch/upsert"
ERASE = f"{CONTACTS}/gdpr-delete"
PROPERTIES = f"/crm/properties/{VERSION}/contacts"
AT_ONCE = 50  # properties that are asked for in one address
SCOPES = ("crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.write")
"""What the service key has to be allowed, as each call's page in HubSpot's API reference names it."""
OWN_PROPERTIES: Mapping[str, str] = {
    USER_ID: "Launch user id",
    "launch_plan": "Launch plan",
    "launch_billing_status": "Launch billing status",
    "launch_account": "Launch account",
}


class HubSpot:
    """The CRM at HubSpot; `url` is where its API is."""

    def __init__(self, secret_cache: SecretCache, url: str = URL) -> None:
        self._secret_cache = secret_cache
        self._url = url

    def upsert(self, user_id: str, properties: Mapping[str, str], *, is_verified: bool = False) -> str:
        """See Crm: a contact that has the address already is adopted when it is verified, else left alone."""
        reply = self._upserted(user_id, properties)
        if hubspot_refusals.lacks_property(reply):
            self._create_properties()
            reply = self._upserted(user_id, properties)
        known = hubspot_refusals.existing_contact(reply)
        if known and is_verified and self._adopted(known, user_id, properties):
            return known
        if properties.get(EMAIL) and (known or hubspot_refusals.dislikes(reply, EMAIL)):
            rest = {name: value for name, value in properties.items() if name != EMAIL}
            reply = self._upserted(user_id, rest)
        return _contact_id(reply)

    def contact_of(self, user_id: str) -> str:
        """Return the id of the contact that is the user's own, or nothing; raises Unavailable."""
        reply = self._call("GET", f"{CONTACTS}/{quote(user_id, safe='')}?idProperty={USER_ID}")
        return str(reply.body.get("id", "")) if reply.status == 200 else ""

    def read(self, contact: str) -> Mapping[str, Any]:
        """Return all properties of a contact, nothing when there is none; raises Unavailable, Refused."""
        listed = self._call("GET", PROPERTIES)
        names = [str(each["name"]) for each in listed.body.get("results") or ()]
        if listed.status != 200:
            raise Refused(f"HubSpot answered {listed.status} to the question for its properties")
        found: dict[str, Any] = {}
        for start in range(0, len(names), AT_ONCE):
            wanted = ",".join(names[start : start + AT_ONCE])
            reply = self._call("GET", f"{CONTACTS}/{quote(contact, safe='')}?properties={wanted}")
            if reply.status not in {200, 404}:
                raise Refused(f"HubSpot answered {reply.status} to the question for a contact")
            has = reply.body.get("properties") or {}
            found |= {name: value for name, value in has.items() if value not in (None, "")}
        return found

    def erase(self, contact: str) -> None:
        """Delete a contact for good, with what belongs to it; one that is not there is no mistake.

        HubSpot calls it a GDPR-compliant delete, which an account has to allow in its privacy settings
        (https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/contacts/gdpr/gdpr-delete-contact, read
        2026-11-29). Raises Unavailable when it may work later, Refused when HubSpot will not do it.
        """
        reply = self._call("POST", ERASE, {"objectId": contact})
        if reply.status not in {200, 204, 404}:
            raise Refused(f"HubSpot answered {reply.status} to the GDPR delete: {http_client.told(reply)}")

    def _upserted(self, user_id: str, properties: Mapping[str, str]) -> Reply:
        contact = {"idProperty": USER_ID, "id": user_id, "properties": {**properties, USER_ID: user_id}}
        return self._call("POST", UPSERT, {"inputs": [contact]})

    def _adopted(self, contact: str, user_id: str, properties: Mapping[str, str]) -> bool:
        """Make a contact that somebody else made the user's own; False when it is another user's, or the user has one.

        Two contacts of one person are merged by a person, at HubSpot.
        """
        path = f"{CONTACTS}/{contact}"
        holder = (self._call("GET", f"{path}?properties={USER_ID}").body.get("properties") or {}).get(USER_ID)
        if holder and holder != user_id:
            return False
        return self._call("PATCH", path, {"properties": {**properties, USER_ID: user_id}}).status == 200

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
            reply = self._call("POST", PROPERTIES, wanted)
            if reply.status not in {200, 201, 409}:  # 409: it is there
                raise Refused(f"HubSpot answered {reply.status} to the creation of property {name}")

    def _call(self, method: str, path: str, body: Any = None) -> Reply:
        return http_client.with_secret(
            self._secret_cache,
            service_manifest.HUBSPOT_TOKEN,
            lambda token: http_client.call(
                "HubSpot",
                method,
                self._url + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                final=frozenset({409}),
            ),
            needs=f"the service key needs the scopes {', '.join(SCOPES)}",
        )


def _contact_id(reply: Reply) -> str:
    """Return the id of the one contact asked for. A 207 is read per item: some of a batch may have failed."""
    results = reply.body.get("results") or []
    if reply.status in {200, 201, 207} and results:
        return str(results[0]["id"])
    raise Refused(f"HubSpot answered {reply.status} to the upsert: {hubspot_refusals.in_words(reply)}")
