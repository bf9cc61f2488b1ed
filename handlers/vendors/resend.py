"""Mail through Resend, sent under an idempotency key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from handlers import service_manifest
from handlers.outside import http_client
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache

URL = "https://api.resend.com"
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
        mail: dict[str, Any] = {"from": self._sender, "to": [to], "subject": subject, "text": text}
        if reply_to:
            mail["reply_to"] = reply_to
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
        )
        if reply.status != 200 or "id" not in reply.body:
            raise Refused(f"Resend answered {reply.status} to a mail")
        return str(reply.body["id"])
