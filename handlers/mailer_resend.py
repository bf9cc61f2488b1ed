"""Mail through Resend, sent under an idempotency key."""

from __future__ import annotations

from datetime import timedelta

from handlers import roles, web
from handlers.secrets import Vault
from handlers.web import Refused

URL = "https://api.resend.com"
REPLAY_WINDOW = timedelta(hours=23)  # Resend knows a key for 24 hours


class Resend:
    """The mailer at Resend; `url` is where its API is, `sender` the address that mail comes from."""

    def __init__(self, vault: Vault, sender: str, url: str = URL) -> None:
        self._vault = vault
        self._sender = sender
        self._url = url

    def send(self, to: str, subject: str, text: str, key: str) -> str:
        """Send one plain-text mail and return its id; the same within REPLAY_WINDOW when `key` was seen before.

        Raises Unavailable when it may work later, Refused when Resend will never take it.
        """
        mail = {"from": self._sender, "to": [to], "subject": subject, "text": text}
        reply = web.with_secret(
            self._vault,
            roles.RESEND_KEY,
            lambda token: web.call(
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
