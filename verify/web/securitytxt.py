"""security.txt (RFC 9116): where to report a weakness."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

PATH = "/.well-known/security.txt"
ONCE = ("expires", "preferred-languages")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]+(\S.*)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII)
_SIGNED, _SIGNATURE = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"


class SecurityTxtError(ValueError):
    """The file breaks RFC 9116; the message says where."""


@dataclass(frozen=True)
class SecurityTxt:
    """Contacts (URIs), when the file expires, and the addresses that it says it is for (all when none)."""

    contacts: tuple[str, ...]
    expires: datetime
    canonical: tuple[str, ...] = ()


def parse_security_txt(text: str) -> SecurityTxt:
    """Return the file's fields; raises SecurityTxtError for what section 2.5 forbids, and nothing else."""
    fields = _fields(text)
    for name in ONCE:
        if len(fields.get(name, ())) > 1:
            raise SecurityTxtError(f"{name.capitalize()} comes twice")
    for name in ("contact", "canonical"):
        for value in fields.get(name, ()):
            _check_uri(name.capitalize(), value)
    if not fields.get("contact"):
        raise SecurityTxtError("Contact is missing (section 2.5.3)")
    if not fields.get("expires"):
        raise SecurityTxtError("Expires is missing (section 2.5.5)")
    return SecurityTxt(tuple(fields["contact"]), _moment(fields["expires"][0]), tuple(fields.get("canonical", ())))


def _fields(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for line in _lines(text):
        found = _FIELD.fullmatch(line)
        if found is None:
            raise SecurityTxtError(f"{line[:60]!r} is not of the form Name: value")
        fields.setdefault(found[1].lower(), []).append(found[2].strip())
    return fields


def _lines(text: str) -> list[str]:
    """Return the lines that hold fields: without comments, and without the armour of a signature (section 2.3)."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if text.startswith(_SIGNED):
        text = text.partition("\n\n")[2].partition(_SIGNATURE)[0]
    return [line.rstrip() for line in text.split("\n") if line.strip() and not line.startswith("#")]


def _check_uri(name: str, value: str) -> None:
    if not _URI.fullmatch(value):
        raise SecurityTxtError(f"{name} has to be a URI such as mailto:security@example.com; it is {value[:60]!r}")
    if value.lower().startswith("http:"):
        raise SecurityTxtError(f"{name} is a web address without https")


def _moment(text: str) -> datetime:
    """Return a date and time of RFC 3339 section 5.6."""
    wrong = f"Expires has to look like 2030-12-31T23:00:00Z; it is {text[:60]!r}"
    if not _MOMENT.fullmatch(text):
        raise SecurityTxtError(wrong)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:  # such as the 31st of February
        raise SecurityTxtError(wrong) from error
