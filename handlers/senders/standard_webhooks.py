"""Signatures by Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).

Own code because the official verifier raises a bare ValueError for `webhook-signature: v1`; a stranger's request must
end as 400, and never count as our error.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from handlers.failures import Rejected
from handlers.secret_values import standard_keys
from handlers.senders.stripe_signatures import CODE, MAX_HEADER, TOLERANCE


def verify(headers: tuple[str, str, str], body: bytes, secrets: Sequence[str], now: float) -> int:
    """Return the index of the secret that signed `body`; `now` is in seconds since the epoch.

    `headers` are the values of webhook-id, webhook-timestamp and webhook-signature. Raises Rejected (400) when no
    secret did, or when the signature is older or younger than TOLERANCE seconds.
    """
    id_, timestamp, signatures = headers
    if not id_ or len(id_) + len(signatures) > MAX_HEADER:
        raise Rejected(400, CODE, "webhook-id is missing, or a webhook header is too long")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Rejected(400, CODE, "webhook-timestamp is not a number of seconds")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise Rejected(400, CODE, "webhook-timestamp is too far from the present")
    given = [part.partition(",") for part in signatures.split(" ")]
    genuine = [value.encode("utf-8", "surrogatepass") for version, _, value in given if version == "v1"]
    for index, secret in enumerate(secrets):
        expected = [_signed(id_, timestamp, body, key) for key in standard_keys(secret)]
        # No early exit: how long this takes must not tell how many signatures or characters matched.
        matches = [hmac.compare_digest(each, value) for each in expected for value in genuine]
        if any(matches):
            return index
    raise Rejected(400, CODE, "no signature matches; is this the webhook's current signing secret?")


def sign(id_: str, timestamp: str, body: bytes, secret: str) -> str:
    """Return the v1 signature of a message in base64, without its version."""
    return _signed(id_, timestamp, body, next(iter(standard_keys(secret)), b"")).decode()


def _signed(id_: str, timestamp: str, body: bytes, key: bytes) -> bytes:
    signed = f"{id_}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
