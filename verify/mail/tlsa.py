"""TLSA records of mail servers (DANE): RFC 6698 section 2, as RFC 7672 section 3.1 narrows it for SMTP."""

from __future__ import annotations

USAGES = {2: "DANE-TA", 3: "DANE-EE"}  # 0 and 1 are not for SMTP, RFC 7672 section 3.1.3
SELECTORS = (0, 1)
DIGESTS = {0: None, 1: 64, 2: 128}  # matching type → hexadecimal digits


class TlsaError(ValueError):
    """The record cannot be used by a mail server's clients; the message says why."""


def parse(text: str) -> tuple[int, int, int, str]:
    """Return usage, selector, matching type and data of a TLSA record in presentation form; raises TlsaError."""
    parts = text.split()
    if len(parts) < 4 or not all(part.isascii() and part.isdigit() for part in parts[:3]):
        raise TlsaError(f"{text!r} is no TLSA record (RFC 6698 section 2.2)")
    usage, selector, matching = (int(part[:3]) for part in parts[:3])
    data = "".join(parts[3:]).lower()
    if usage not in USAGES:
        raise TlsaError(f"usage {usage} is not for mail; use 3 or 2 (RFC 7672 section 3.1.3)")
    if selector not in SELECTORS or matching not in DIGESTS:
        raise TlsaError(f"selector {selector} with matching type {matching} is unknown (RFC 6698 section 2.1)")
    wanted = DIGESTS[matching]
    if set(data) - set("0123456789abcdef") or (wanted and len(data) != wanted) or not data:
        raise TlsaError(f"its data has {len(data)} digits where matching type {matching} needs {wanted or 'some'}")
    return usage, selector, matching, data
