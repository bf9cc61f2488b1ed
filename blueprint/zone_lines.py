"""What DNS hosts write into zone files against the standard, line by line, so that the rest can be read by it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from blueprint.mail_authentication import TXT_CHUNK, in_chunks

_QUOTED = re.compile(r'"((?:[^"\\]|\\\d{3}|\\.)*)"')
_LETTER = re.compile(r"\\\d{3}|\\.|.")


def decoded(data: bytes) -> str:
    """Return a file's text, in UTF-8 or, as Windows exports it, UTF-16; raises UnicodeDecodeError."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def corrected(lines: Sequence[str], domain: str) -> list[str]:
    """Return the lines with whole names as such, and with texts in pieces for which the DNS has room.

    Cloudflare's export leaves the final dot of the domain out in front of its SOA record; others do everywhere.
    """
    whole = re.compile(rf"^((?:[\w*-]+\.)*{re.escape(domain)})(?=\s)", re.IGNORECASE)
    return [_QUOTED.sub(_in_pieces, whole.sub(r"\1.", line)) for line in lines]


def _in_pieces(found: re.Match[str]) -> str:
    if len(found[1]) <= TXT_CHUNK:
        return found[0]
    return " ".join(f'"{piece}"' for piece in in_chunks(_LETTER.findall(found[1])))
