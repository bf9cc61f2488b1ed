"""Takes secrets and personal data out of answers, so that the same person still is the same person in all of them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from triage.secrets.names import is_secret_name
from triage.secrets.search import search

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d ()/-]{7,16}\d(?![\w.:-])")
ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
PERSONAL = re.compile(
    r"(?i)^(first_?name|last_?name|full_?name|given_?name|family_?name|display_?name|nick_?name|phone(_?number)?|mobile"
    r"|street|line[12]|address(_?line\w*)?|postal_?code|zip|city|birth\w*|dob|iban|last4|fingerprint|ip(_?address)?"
    r"|remote_?ip|caller_?ip|photo_?url|password_?hash|salt|cardholder\w*|billing_details|shipping|content|description"
    r"|message|body|subject|comment|notes?|bio|receipt_url|hosted_invoice_url|invoice_pdf|client_secret|secret"
    r"|user_?agent|cause|author)$"
)
STAYS = re.compile(r"\.gserviceaccount\.com$|\.zendesk\.com$")  # programs and helpdesks are nobody's data
OF_A_PERSON = frozenset({"email", "phone", "address", "phoneNumber"})  # what stands beside a name that is a person's
FREE = frozenset({"fields", "properties", "metadata", "customAttributes"})  # whose content an app or a person chose
WORD = re.compile(r"[\w.:/+-]{1,64}")  # an id, a state, a time; all else in them is text that somebody wrote


class Mask:
    """Replaces values by ones made from them with a key that is made for one recording and then forgotten."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row with nothing in it that is secret or about a person."""
        return self._map(row, free=False)

    def _map(self, row: Mapping[str, Any], *, free: bool) -> dict[str, Any]:
        person = free or bool(OF_A_PERSON & row.keys())
        return {name: self._value(name, value, person=person, free=free) for name, value in row.items()}

    def _value(self, name: str, value: Any, *, person: bool, free: bool) -> Any:
        if isinstance(value, Mapping):
            return "masked" if PERSONAL.search(name) else self._map(value, free=free or name in FREE)
        if isinstance(value, list):
            return [self._value(name, one, person=person, free=free) for one in value]
        if not isinstance(value, str) or not value or (STAYS.search(value) and EMAIL.fullmatch(value)):
            return value
        named = PERSONAL.search(name) and not self._is_harmless(name, value)
        if is_secret_name(name) or named or (person and name.lower().endswith("name")):
            return f"masked-{self._print(value)}"
        masked = self.text(value)
        return f"masked-{self._print(value)}" if free and masked == value and not WORD.fullmatch(value) else masked

    def _is_harmless(self, name: str, value: str) -> bool:
        """Return whether a name or a message may stay: it is what people called an alert, not a person."""
        return name in {"description", "message", "displayName"} and not EMAIL.search(value) and len(value) < 200

    def text(self, value: str) -> str:
        """Return a text with addresses, numbers and secrets in it replaced."""
        for secret in reversed(search(value.encode("utf-8", "surrogateescape"), assigned=True)):
            value = value.replace(secret.value.decode("utf-8", "replace"), f"masked-{self._print(value)}")
        value = EMAIL.sub(lambda match: self._email(match[0]), value)
        value = ADDRESS.sub("192.0.2.1", value)  # RFC 5737: for documentation
        return PHONE.sub("+10005550100", value) if not re.search(r"\d{4}-\d\d-\d\d", value) else value

    def _email(self, address: str) -> str:
        """Return another address: equal for equal people, in capitals where the real one is, its +tag kept as one."""
        if STAYS.search(address):
            return address
        local, _, _ = address.partition("@")
        base, plus, _ = local.partition("+")
        plain = re.sub(r"\+[^@]*(?=@)", "", address.strip().lower())
        made = f"person-{self._print(plain)}{'+tag' if plus else ''}@masked.invalid"
        return made.upper() if base.isupper() else made

    def _print(self, value: str) -> str:
        return hmac.new(self._key, value.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:10]
