"""Stripe's webhook signature (docs.stripe.com/webhooks, "Verify webhook signatures manually").

Own code because the official verifier raises TypeError on a non-ASCII signature and accepts any future timestamp; a
stranger's request must end as 400, and never count as our error.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from handlers.failures import Rejected
from handlers.words import Code

TOLERANCE = 300  # seconds, either way; Stripe's own default
CODE = Code.BAD_SIGNATURE
MAX_HEADER = 4_096  # characters; a genuine header with two rolled secrets has under 300


def verify(header: str, body: bytes, secrets: Sequence[str], now: float) -> int:
    """Return the index of the secret that signed `body`; `now` is in seconds since the epoch.

    Raises Rejected (400) when no secret did, or when the signature is older or younger than TOLERANCE.
    """
    timestamp, signatures = _parse(header)
    if abs(now - timestamp) > TOLERANCE:
        raise Rejected(400, CODE, "the signature's timestamp is too far from the present")
    for index, secret in enumerate(secrets):
        expected = sign(body, secret, timestamp)
        # No early exit: how long this takes must not tell how many signatures or digits matched.
        matches = [hmac.compare_digest(expected.encode(), signature) for signature in signatures]
        if secret and any(matches):  # an empty key signs for anybody
            return index
    raise Rejected(400, CODE, "no signature matches; is this the endpoint's current signing secret?")


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """Return the v1 signature of `body` in lower-case hexadecimal digits."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def header(body: bytes, secret: str, timestamp: int) -> str:
    """Return the Stripe-Signature header with which Stripe sends `body` at a moment (seconds since the epoch)."""
    return f"t={timestamp},v1={sign(body, secret, timestamp)}"


def _parse(header: str) -> tuple[int, list[bytes]]:
    if len(header) > MAX_HEADER:
        raise Rejected(400, CODE, "the Stripe-Signature header is too long")
    items = [item.strip().partition("=") for item in header.split(",")]
    timestamps = [value for key, _, value in items if key == "t"]
    signatures = [value.encode("utf-8", "surrogatepass") for key, _, value in items if key == "v1"]
    if len(timestamps) != 1 or not signatures:
        raise Rejected(400, CODE, "the Stripe-Signature header must hold one t and at least one v1")
    digits = timestamps[0]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise Rejected(400, CODE, "the timestamp in Stripe-Signature is not a number of seconds")
    return int(digits), signatures
