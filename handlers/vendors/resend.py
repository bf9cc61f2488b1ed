"""Mail through Resend, sent under an idempotency key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from handlers import service_manifest
from handlers.outside import http_client
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache
from handlers.vendors import mail_addresses

URL = "https://api.resend.com"
# Of the refusals with 401 and 403, these are about the key; a domain that is not verified is a 403 too
# (https://resend.com/docs/api-reference/errors, read 2026-11-29).
BAD_KEYS = frozenset({"missing_api_key", "invalid_api_key"})
REPLAY_WINDOW = timedelta(hours=23)  # Resend knows a key for 24 hours


class Resend:
    """The mailer at Resend; `url` is where its API is, `sender` the address that mail comes from."""

    replay_window = REPLAY_WINDOW

    def __init__(self, secret_cache: SecretCache, sender: str, url: str = URL) -> None:
        self._secret_cache = secret_cache
        self._sender = sender
        self._url = url

    def send(self, to: str, subject: str, text: str, key: str, reply_to: str = "") -> str:
        """See Mailer: the same id within `replay_window` when `key` was seen before."""
        name, address = mail_addresses.named(self._sender)
        mail: dict[str, Any] = {
            "from": f"{name} <{address}>" if name else address,
            "to": [mail_addresses.deliverable(to, "receiver")],
            "subject": mail_addresses.one_line(subject, "Subject"),
            "text": text,
        }
        if answers := mail_addresses.answerable(reply_to):
            mail["reply_to"] = answers
        reply = http_client.with_secret(
            self._secret_cache,
            service_manifest.RESEND_KEY,
            lambda token: http_client.call(
                "Resend",
                "POST",
                f"{self._url}/emails",
                json=mail,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
            ),
            bad_key=lambda reply: reply.body.get("name") in BAD_KEYS,
        )
        if reply.status != 200 or "id" not in reply.body:
            raise Refused(f"Resend refuses a mail: {http_client.told(reply)}")
        return str(reply.body["id"])
