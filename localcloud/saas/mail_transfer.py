"""Sends what the mailer took: signed with DKIM (RFC 6376), by SMTP, with a return path of its own (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from pathlib import Path

import dkim

from blueprint.mail_providers import PROVIDERS
from localcloud.base.ports import LOOPBACK

PROVIDER = PROVIDERS["resend"]
SELECTOR = PROVIDER.selectors[0]
HELO = "mailer.rehearsal.invalid"
TIMEOUT = 5.0  # seconds
SIGNED = (b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"mime-version", b"content-type")
_KEY = Path(__file__).with_name("rehearsal-dkim.pem")
_PEM = re.compile(r"-----BEGIN .*-----END [A-Z ]+-----\n", re.DOTALL)

Submit = Callable[["Letter"], None]


@dataclass(frozen=True)
class Letter:
    """A message on its way: the address in From, the envelope's recipients, and the message with CRLF line ends."""

    id: str
    author: str
    recipients: Sequence[str]
    message: bytes

    @property
    def domain(self) -> str:
        """The author's domain, which signs."""
        return parseaddr(self.author)[1].rpartition("@")[2].lower()

    @property
    def return_path(self) -> str:
        """Where bounces go to: the subdomain that Resend has its customers make for it."""
        return f"bounces+{self.id}@{PROVIDER.return_path}.{self.domain}"


def by_smtp(port: int) -> Submit:
    """Return how to hand a signed letter to the SMTP server on a loopback port; raises OSError or SMTPException."""

    def submit(letter: Letter) -> None:
        addresses = [letter.return_path, *letter.recipients]
        options = [] if all(address.isascii() for address in addresses) else ["SMTPUTF8", "BODY=8BITMIME"]
        with smtplib.SMTP(LOOPBACK, port, local_hostname=HELO, timeout=TIMEOUT) as server:
            server.sendmail(letter.return_path, list(letter.recipients), signed(letter), options)

    return submit


def signed(letter: Letter) -> bytes:
    """Return the message with a DKIM signature of the author's domain in front."""
    there = {line.partition(b":")[0].lower() for line in letter.message.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    header: bytes = dkim.sign(
        letter.message,
        SELECTOR.encode(),
        letter.domain.encode(),
        _key(),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name for name in SIGNED if name in there],
    )
    return header + letter.message


@cache
def _key() -> bytes:
    found = _PEM.search(_KEY.read_text(encoding="ascii"))
    if found is None:
        raise ValueError(f"{_KEY.name} holds no private key; restore it from the repository")
    return found[0].encode()
