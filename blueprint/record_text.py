"""The text of a further DNS record: what cannot be published, and the one form in which the rest is.

A text that the DNS cannot carry is refused before anything is made: Cloudflare would answer 400 in the middle of `up`.
A form that Cloudflare's API answers differently would come back as a change in every preview.
"""

from __future__ import annotations

import ipaddress
import re

import dns.exception
import dns.name
import dns.rdata

from blueprint.field_types import TARGET, target_host
from blueprint.mail_authentication import TXT_CHUNK, txt_content
from blueprint.suggestion import shown

NAMED = ("target", "replacement")  # where dnspython keeps the host that a record's data leads to
NUMBERED = ("MX", "URI")  # their priority is a field of its own at Cloudflare, in front of the rest in a zone file
HOSTS = ("CNAME", "MX", "NS", "PTR")
MOST = 4_096  # bytes of one record, developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types
_PIECE = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_PIECES = re.compile(rf"(?:{_PIECE.pattern}(?:\s+|$))+")


def problem(kind: str, content: str, priority: int | None) -> str | None:
    """Return why no name server could serve the content of a record, None when one can."""
    text = content.strip()
    if kind == "TXT" and (wrong := _wrong_text(text)):
        return wrong
    try:
        data = dns.rdata.from_text("IN", kind, _in_a_zone_file(kind, text, priority), relativize=False)
    except (dns.exception.DNSException, ValueError) as error:
        return f"{shown(content)} is not the content of a {kind} record ({str(error).rstrip('.')})"
    if len(data.to_wire(origin=dns.name.root) or b"") > MOST:
        return f"{shown(content)} is longer than the {MOST} bytes that Cloudflare keeps"
    led = [name.to_text() for name in (getattr(data, each, None) for each in NAMED) if isinstance(name, dns.name.Name)]
    wrong = next((host for host in led if host != "." and not re.fullmatch(TARGET, target_host(host))), None)
    return f"{shown(wrong)} is not a host name" if wrong else None


def _in_a_zone_file(kind: str, text: str, priority: int | None) -> str:
    if kind in NUMBERED:
        return f"{priority} {text}"
    return published(kind, text) if kind == "TXT" else text


def _wrong_text(text: str) -> str | None:
    if not text:
        return "this text is empty"
    if not text.startswith('"'):
        broken = not text.replace("\t", " ").isprintable()
        return "this text goes over several lines, or holds a character that cannot be seen" if broken else None
    return None if _PIECES.fullmatch(text) else f"the quotes of {shown(text)} do not close, or something follows them"


def published(kind: str, content: str) -> str:
    """Return the content in the one form that Cloudflare answers, too."""
    text = written(kind, content)
    if kind == "TXT":
        return _pieces(text)
    return str(ipaddress.ip_address(text)) if kind in ("A", "AAAA") else text


def written(kind: str, content: str) -> str:
    """Return the content as it is in a zone file, which tells a name's records apart; see DnsRecord.key."""
    text = content.strip()
    if kind == "TXT" and not text.startswith('"'):
        return txt_content(text)
    return text.rstrip(".").lower() or "." if kind in HOSTS else text


def _pieces(text: str) -> str:
    """Return quoted pieces with a blank between them, cut again where one is longer than the DNS has room for."""
    pieces = [found[1] for found in _PIECE.finditer(text)]
    if all(len(_plain(piece).encode()) <= TXT_CHUNK for piece in pieces):
        return " ".join(f'"{piece}"' for piece in pieces)
    return txt_content("".join(map(_plain, pieces)))


def _plain(piece: str) -> str:
    return re.sub(r"\\(\d{3}|.)", lambda found: chr(int(found[1])) if len(found[1]) == 3 else found[1], piece)
