"""A webhook's handler as the checks see it: its text without comments, and all that it reaches in its file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STRIPE = re.compile(r"(?i)stripe|constructEvent|construct_event")
STRIPE_TYPE = re.compile(
    r"['\"](checkout\.session|customer\.subscription|invoice|payment_intent|charge|customer|setup_intent"
    r"|payment_method|subscription_schedule|payout|account|transfer)\.[a-z_.]+['\"]"
)
HOOKISH = re.compile(
    r"(?i)web_?hook|stripe_?(event|hook|callback)|(^|[/_-])hooks?([/_-]|$)|\bipn\b|payment_?(callback|notif)"
    r"|(revenuecat|hubspot|zendesk|paypal|paystack|razorpay|shopify|sendgrid|intercom|calendly|lemon\w*"
    r"|paddle)_?-?(event|callback|notif|handler|sync)"
)
VERIFIES = re.compile(
    r"(?i)constructEvent|construct_event|verify\w*|timingSafeEqual|compare_digest|createHmac|hmac\.|svix"
    r"|standardwebhooks|validate\w*(signature|webhook|event|request|hmac)|signature\w*valid|isValid\w*"
    r"|unwrap\(|check\w*signature|safe_?equal|\bcrypto\.subtle|authorization|authenticate|x-webhook-secret|x-api-key"
    r"|(secret|token)\w*\s*[!=]==?|[!=]==?\s*\w*(\.\w+)*(secret|token)\b|secret\.value\(\)"
)
WORKS = re.compile(
    r"\.(set|update|add|create|commit|runTransaction|run_transaction|insert|save|upsert|delete|setCustomUserClaims"
    r"|set_custom_user_claims|publish|publishMessage|createTask|sendMail|send)\s*\(|\b(?:axios|requests|httpx"
    r"|got)\.(?:post|put|patch)\(|\bfetch\(|\b(grant|activate|fulfil|update|create|save|process|handle|provision"
    r"|enable|upgrade|credit|sync|cancel|record)\w*\s*\("
)
STORES = re.compile(
    r"\.(set|update|add|create|commit|runTransaction|run_transaction|insert|upsert|save|setCustomUserClaims"
    r"|set_custom_user_claims)\s*\(|\b(axios|requests|httpx|got|http)\.(post|put|patch)\(|\bfetch\(|\baxios\("
)


@dataclass(frozen=True)
class Attempt:
    """A `try` with one of its handlers: both texts, the handler's place in the handler's text."""

    work: str
    caught: str
    place: int


@dataclass(frozen=True)
class Handler:
    """A function that answers a vendor's webhook.

    `text` is its source with comments blanked (same length), `start` the first line, `reach` the text of it and of what
    it calls in the same file, `given` the whole call that registers it, `file` the whole file without comments.
    """

    name: str
    path: str
    start: int
    text: str
    reach: str
    given: str
    file: str
    attempts: tuple[Attempt, ...] = ()
    branches: tuple[tuple[str, str, str, int], ...] = ()  # condition, then, else, place
    events: tuple[tuple[str, int], ...] = ()
    python: bool = False

    def line(self, place: int) -> int:
        """Return the line of the file for a place in the text."""
        return self.start + self.text.count("\n", 0, max(place, 0))

    @property
    def is_stripe(self) -> bool:
        """Whether the deliveries come from Stripe."""
        return bool(STRIPE.search(self.reach + self.given + self.name) or STRIPE_TYPE.search(self.reach))

    @property
    def is_firebase(self) -> bool:
        """Whether it runs in Cloud Functions for Firebase, which parses bodies beforehand."""
        return re.search(r"firebase-functions|firebase_functions|functions-framework", self.file) is not None


def is_webhook(name: str, given: str, text: str) -> bool:
    """Return whether a request handler answers a vendor's webhook: by its name or route, or by what it reads."""
    if re.search(r"(?i)onCall\b|verifyIdToken|verify_id_token", given[:400] + text):
        return False
    if re.search(r"(?i)constructEvent|construct_event|stripe-signature", text) or STRIPE_TYPE.search(text):
        return True
    reads = re.search(
        r"\b(req|request|ctx|c|r)\s*\.\s*(body|rawBody|json|text|get_json|data|get_data|form|req)\b"
        r"|\bevent\s*\.\s*(body|rawBody|req|node)\b|JSON\.parse",  # `event.data` is what a helper is handed
        text,
    )
    return (
        bool(reads)
        and HOOKISH.search(f"{name} {given[:120]}") is not None
        and not re.search(r"(?i)test|dev|create\w*webhook|register|webhook_?(url|endpoint)s?\.(create|list)", name)
    )


def blanked(text: str, *, python: bool = False) -> str:
    """Return source with its comments replaced by blanks, line breaks kept, strings left as they are."""
    if python:
        pattern = r"(\"\"\"(?:.|\n)*?\"\"\"|'''(?:.|\n)*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|(#[^\n]*)"
    else:
        pattern = r"(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(//[^\n]*|/\*(?:.|\n)*?\*/)"
    return re.sub(pattern, lambda found: found[1] or re.sub(r"[^\n]", " ", found[2]), text)


@cache
def stripe_events() -> frozenset[str]:
    """Return the types of events that Stripe sends."""
    lines = Path(__file__).with_name("stripe_events.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
