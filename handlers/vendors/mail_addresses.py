"""Addresses and header lines as mail can carry them, for every mailer. Pure.

A domain of another alphabet is written in A-labels (RFC 5891); what is before the @ cannot be, and takes SMTPUTF8
(RFC 6531) when it is not ASCII. Nothing within an address is ever encoded as RFC 2047 has it (RFC 2047, section 5).
"""

from __future__ import annotations

import re
from email.utils import parseaddr

import idna

from handlers.outside.http_client import Refused

CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")  # of these, a line break would begin another header
ATOM = r"[^\s@()<>\[\]:;,\\\"\x00-\x1f\x7f]+"
LOCAL_PART = re.compile(rf"{ATOM}")
LONGEST = (64, 254)  # octets of what is before the @, and of all (RFC 5321, section 4.5.3.1)


def deliverable(address: str, what: str) -> str:
    """Return the bare address with its domain in A-labels; raises Refused, which says which one (`what`) is wrong."""
    local, at, domain = address.rpartition("@")
    if CONTROL.search(address) or not (at and LOCAL_PART.fullmatch(local)):
        raise Refused(f"the {what}'s address is not one that mail can be sent to")
    try:
        written = f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise Refused(f"the {what}'s address has a domain that cannot exist") from error
    if len(local.encode()) > LONGEST[0] or len(written.encode()) > LONGEST[1]:
        raise Refused(f"the {what}'s address is too long")
    return written


def named(sender: str) -> tuple[str, str]:
    """Return the name, which may be empty, and the deliverable address of `Acme <help@acme.test>`; raises Refused."""
    name, address = parseaddr(one_line(sender, "From"))
    return name, deliverable(address, "sender")


def answerable(reply_to: str) -> str:
    """Return where answers go, nothing when it is no address: what a user typed never costs the mail about it."""
    try:
        return deliverable(reply_to, "user") if reply_to else ""
    except Refused:
        return ""


def one_line(text: str, header: str) -> str:
    """Return the text of a header; raises Refused when it has a line break or another control character."""
    if CONTROL.search(text):
        raise Refused(f"the mail's {header} has a line break or a control character in it")
    return text
