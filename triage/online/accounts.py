"""The user's own accounts: their addresses, what the environment says of credentials, how documents are sampled."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from triage.online.answers import RefusedError, Row
from triage.online.judge.records import USERS
from triage.online.live import Live, times

SAMPLE, ALL_USERS = 300, 30_000  # documents of one collection
MOST_COLLECTIONS = 30
TIMEOUT = 30.0  # seconds
COMMON = ("orders", "payments", "subscriptions", "tickets", "invoices", "bookings", "purchases")
SCOPE = "https://www.googleapis.com/auth/cloud-platform"  # accounts:batchGet knows no narrower one for reading
CONTACTS = (
    "email,firebase_uid,firebaseuid,uid,user_id,userid,app_user_id,plan,tier,subscription_status,subscription_plan"
)
KEYS: Mapping[str, tuple[str, ...]] = {
    "stripe": ("STRIPE_API_KEY", "STRIPE_SECRET_KEY"),
    "hubspot": ("HUBSPOT_ACCESS_TOKEN", "HUBSPOT_TOKEN"),
    "zendesk": ("ZENDESK_OAUTH_TOKEN", "ZENDESK_API_TOKEN"),
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def live(environ: Mapping[str, str], project: str, collections: Collection[str], now: datetime) -> Live:
    """Return a source that asks the accounts which the environment gives credentials for.

    `TRIAGE_STRIPE_URL` and the like replace a vendor's address. Raises RefusedError for one that is neither HTTPS nor
    on this machine.
    """
    fill = {"project": project, "contact_properties": CONTACTS, **times(now)}
    credentials = _Credentials(environ, project)
    return Live(
        httpx.Client(timeout=TIMEOUT, follow_redirects=False),
        bases(environ),
        credentials.headers,
        fill,
        lambda: list(_documents(environ, project, collections, credentials)),
    )


def bases(environ: Mapping[str, str]) -> dict[str, str]:
    """Return vendors' addresses by service, where the environment names one."""
    found = {
        name.removeprefix("TRIAGE_").removesuffix("_URL").lower(): value
        for name, value in environ.items()
        if name.startswith("TRIAGE_") and name.endswith("_URL") and value
    }
    emulator = environ.get("FIREBASE_AUTH_EMULATOR_HOST")
    if emulator:
        found.setdefault("auth", f"http://{emulator}/identitytoolkit.googleapis.com")
    if environ.get("ZENDESK_SUBDOMAIN"):
        found.setdefault("zendesk", f"https://{environ['ZENDESK_SUBDOMAIN']}.zendesk.com")
    for service, address in found.items():
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise RefusedError(f"the address of {service} is {address}; credentials go out over https only")
    return found


class _Credentials:
    def __init__(self, environ: Mapping[str, str], project: str) -> None:
        self._environ, self._project = environ, project
        self._google: Any = None

    def headers(self, service: str) -> Mapping[str, str]:
        """Return the headers that prove who asks; raises RefusedError when the environment holds nothing for it."""
        if service == "auth" and self._environ.get("FIREBASE_AUTH_EMULATOR_HOST"):
            return {"Authorization": "Bearer owner"}  # what the emulators of Firebase take for an administrator
        if service not in KEYS:
            return self._of_google()
        token = next((self._environ[name] for name in KEYS[service] if self._environ.get(name)), "")
        if not token:
            raise RefusedError(f"no credentials: set {' or '.join(KEYS[service])}")
        if service == "zendesk" and not self._environ.get("ZENDESK_OAUTH_TOKEN"):
            who = f"{self._environ.get('ZENDESK_EMAIL', '')}/token:{token}"
            return {"Authorization": f"Basic {base64.b64encode(who.encode()).decode()}"}
        return {"Authorization": f"Bearer {token}"}

    def _of_google(self) -> Mapping[str, str]:
        token = self._environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
        if token:
            return {"Authorization": f"Bearer {token}", "X-Goog-User-Project": self._project}
        credentials = self.google()
        return {"Authorization": f"Bearer {credentials.token}", "X-Goog-User-Project": self._project}

    def google(self) -> Any:
        """Return Google's application default credentials, fresh; raises RefusedError when there are none."""
        from google.auth import default, exceptions
        from google.auth.transport.requests import Request

        try:
            if self._google is None:
                self._google, _ = default(scopes=[SCOPE])
            if not self._google.valid:
                self._google.refresh(Request())
        except exceptions.GoogleAuthError as error:
            words = "set GOOGLE_OAUTH_ACCESS_TOKEN, or run gcloud auth application-default login"
            raise RefusedError(f"no credentials for Google: {words}") from error
        return self._google


def _documents(
    environ: Mapping[str, str], project: str, collections: Collection[str], credentials: _Credentials
) -> Iterator[Row]:
    """Yield samples of the collections that the app writes and of the common ones, all user records among them."""
    from google.api_core.exceptions import GoogleAPIError

    if not project:
        raise RefusedError("the project is not known; name it with --project")
    client = _client(environ, project, credentials)
    names = list(dict.fromkeys([*USERS, *collections, *COMMON]))[:MOST_COLLECTIONS]
    try:
        for name in names:
            limit = ALL_USERS if name in USERS else SAMPLE
            found = client.collection(name).limit(limit).get(retry=None, timeout=TIMEOUT)
            for document in found:
                row = {"collection": name, "id": document.id, "createTime": plain(document.create_time)}
                row["fields"] = plain(document.to_dict() or {})
                yield row | ({"sampled": True} if len(found) == limit else {})
    except GoogleAPIError as error:
        raise RefusedError(f"Firestore answered: {str(error)[:160]}") from error
    finally:
        client.close()


def _client(environ: Mapping[str, str], project: str, credentials: _Credentials) -> Any:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import firestore
    from google.oauth2.credentials import Credentials

    token = environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
    if environ.get("FIRESTORE_EMULATOR_HOST"):
        return firestore.Client(project=project, credentials=AnonymousCredentials())
    return firestore.Client(project=project, credentials=Credentials(token) if token else credentials.google())


def plain(value: Any) -> Any:
    """Return a value of Firestore as plain JSON: times as RFC 3339, references as paths, bytes as their length."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(getattr(value, "path", value))
