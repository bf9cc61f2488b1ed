"""Zendesk's webhook signature (developer.zendesk.com/documentation/webhooks/verifying).

Zendesk ships no verifier. Its timestamp is a time in ISO 8601, and there is nothing between it and the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.failures import Rejected
from handlers.senders.stripe_signatures import CODE, MAX_HEADER, TOLERANCE

TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")


def verify(timestamp: str, signature: str, body: bytes, secrets: Sequence[str], now: float) -> int:
    """Return the index of the secret that signed `body`; `now` is in seconds since the epoch.

    Raises Rejected (400) when no secret did, or when the signature is older or younger than TOLERANCE seconds.
    """
    if abs(now - _seconds(timestamp)) > TOLERANCE:
        raise Rejected(400, CODE, "the signature's timestamp is too far from the present")
    if len(signature) > MAX_HEADER:
        raise Rejected(400, CODE, "the X-Zendesk-Webhook-Signature header is too long")
    given = signature.encode("utf-8", "surrogatepass")
    for index, secret in enumerate(secrets):
        matches = hmac.compare_digest(sign(timestamp, body, secret).encode(), given)
        if secret and matches:  # an empty key signs for anybody
            return index
    raise Rejected(400, CODE, "the signature does not match; is this the webhook's current signing secret?")


def sign(timestamp: str, body: bytes, secret: str) -> str:
    """Return the signature of `body` in base64."""
    return base64.b64encode(hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()).decode()


def _seconds(timestamp: str) -> float:
    if not TIMESTAMP.fullmatch(timestamp):
        raise Rejected(400, CODE, "the timestamp of the signature is not a time as Zendesk writes it")
    try:
        return datetime.fromisoformat(timestamp[:19]).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Rejected(400, CODE, "the timestamp of the signature is not a valid time") from error
