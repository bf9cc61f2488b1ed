"""TLS-RPT records, by which a domain asks for reports on TLS: RFC 8460 section 3."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_VERSION = re.compile(r"v=TLSRPTv1[ \t]*(?:;|\Z)")
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"
_URI = r"[\x21-\x2b\x2d-\x3a\x3c-\x7e]+"  # no comma and no semicolon; an equals sign may well be part of an address
_REPORTS = re.compile(rf"rua={_URI}(?:[ \t]*,(?:[ \t]*{_URI})?)*")
_EXTENSION = re.compile(rf"(?!rua=){_NAME}=[\x21-\x3a\x3c\x3e-\x7e]+")


class TlsRptError(ValueError):
    """The text is no TLS-RPT record; the message names the bad part."""


def is_tls_rpt(text: str) -> bool:
    """Return whether a TXT record is one of TLS-RPT; the others are discarded."""
    return _VERSION.match(text) is not None


def parse(text: str) -> tuple[str, ...]:
    """Return the addresses that reports go to; raises TlsRptError."""
    if not is_tls_rpt(text):
        raise TlsRptError("the record does not begin v=TLSRPTv1; (RFC 8460 section 3)")
    fields = [part.strip(" \t") for part in text.split(";")[1:] if part.strip(" \t")]
    wrong = [field for field in fields if not _REPORTS.fullmatch(field) and not _EXTENSION.fullmatch(field)]
    if wrong:
        raise TlsRptError(f"{wrong[0]!r} is not of the form name=value (RFC 8460 section 3)")
    value = dict(field.partition("=")[::2] for field in fields).get("rua", "")
    addresses = tuple(part.strip(" \t") for part in value.split(",") if part.strip(" \t"))
    unusable = [address for address in addresses if not _is_address(address)]
    if unusable or not addresses:
        named = unusable[0] if unusable else "nothing"
        raise TlsRptError(f"rua names {named}; it has to name mailto: or https: addresses (RFC 8460 section 3)")
    return addresses


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    name, _, domain = parts.path.rpartition("@")
    return bool(parts.hostname) if parts.scheme == "https" else parts.scheme == "mailto" and bool(name and domain)
