"""Has the rehearsal's mailer send a message, and fetches it from where it arrived: real SMTP, signed by a real key."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

from verify.answers.message import Arrived
from verify.reach import Address

LIMIT = 5.0  # seconds until the message has to have arrived
PAUSE = 0.1  # seconds between two looks
TEXT = "Sent by a verification, to see how mail of this domain arrives.\n"


def send_and_fetch(mailer: Address, sender: str, recipient: str, timeout: float) -> Arrived:
    """Return the message that `sender` sent `recipient`, which nobody else writes to; never raises for the network."""
    url = f"http://{mailer[0]}:{mailer[1]}"
    wanted = {"from": sender, "to": [recipient], "subject": "Verification", "text": TEXT}
    try:
        with requests.Session() as session:
            session.trust_env = False
            key = session.post(f"{url}/_rehearsal/keys", json={"ours": True}, timeout=timeout).json()["key"]
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": recipient}
            sent = session.post(f"{url}/emails", json=wanted, headers=headers, timeout=timeout)
            if sent.status_code != 200:
                return Arrived(error=f"the mailer answered {sent.status_code}: {sent.text[:300]}")
            return _awaited(session, f"{url}/_rehearsal/mail", recipient, timeout)
    except (requests.RequestException, OSError, ValueError, KeyError) as error:
        return Arrived(error=f"{mailer[0]} port {mailer[1]}: {error}")


def _awaited(session: requests.Session, url: str, recipient: str, timeout: float) -> Arrived:
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        mails = session.get(url, params={"to": recipient}, timeout=timeout).json()["mails"]
        if mails:
            return _read(mails[-1])
        time.sleep(PAUSE)
    return Arrived(error=f"the mailer took the message, and it did not arrive within {LIMIT:g} s")


def _read(mail: Mapping[str, Any]) -> Arrived:
    raw = str(mail["raw"]).encode("utf-8", "surrogateescape")
    return Arrived(str(mail["client"]), str(mail["helo"]), str(mail["sender"]), raw)
