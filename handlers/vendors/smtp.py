"""Mail through any SMTP server (RFC 5321), which knows no idempotency keys.

Whether a mail went out is unknown when the connection breaks after the text was sent: then it is not sent again.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr

from handlers import service_manifest
from handlers.failures import NotSent, Unavailable
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache
from handlers.settings import SmtpServer

IMPLICIT_TLS = 465  # RFC 8314, section 3.3; on every other port the connection is upgraded by STARTTLS
TIMEOUT = 15.0  # seconds for each answer of the server
POLICY = policy.SMTP.clone(cte_type="7bit")  # no server has to offer 8BITMIME


class Smtp:
    """The mailer over SMTP; `sender` is the address that mail comes from, `tls` what certificates are checked with."""

    replay_window = timedelta(0)

    def __init__(
        self, secret_cache: SecretCache, sender: str, server: SmtpServer, tls: ssl.SSLContext | None = None
    ) -> None:
        self._secret_cache = secret_cache
        self._sender = sender
        self._server = server
        self._tls = tls or ssl.create_default_context()

    def send(self, to: str, subject: str, text: str, key: str, reply_to: str = "") -> str:
        """See Mailer: the id is the Message-ID, which is made from the key."""
        mail = _mail(self._sender, to, subject, text, key, reply_to)
        with self._ready(to) as server:
            try:
                code, _ = server.data(mail.as_bytes())
            except smtplib.SMTPDataError as error:  # it did not even want the text
                raise _refusal(error.smtp_code, "the text") from error
            except (smtplib.SMTPException, OSError) as error:
                raise Unavailable(f"SMTP: {type(error).__name__}, and whether the mail went out is unknown") from error
        if code != 250:
            raise _refusal(code, "the mail")
        return str(mail["Message-ID"])

    @contextmanager
    def _ready(self, to: str) -> Iterator[smtplib.SMTP]:
        """Yield a connection that is ready for the text; raises NotSent or Refused when it does not get that far."""
        password = self._secret_cache.values(service_manifest.SMTP_PASSWORD)[0] if self._server.user else ""
        with ExitStack() as exits:
            try:
                server = self._connected()
                exits.callback(_hang_up, server)
                if not (self._server.is_plain or self._server.port == IMPLICIT_TLS):
                    server.starttls(context=self._tls)
                if password:
                    _log_in(server, self._server.user, password)
                server.ehlo_or_helo_if_needed()
                _must(server.mail(parseaddr(self._sender)[1]), "the sender")
                _must(server.rcpt(to), "the receiver")
            except (smtplib.SMTPException, OSError) as error:
                raise NotSent(f"SMTP: {type(error).__name__} before the mail was sent") from error
            yield server

    def _connected(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if port == IMPLICIT_TLS:
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._tls)
        return smtplib.SMTP(host, port, timeout=TIMEOUT)


def _hang_up(server: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    try:
        server.login(user, password)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected) as error:  # some just hang up
        raise NotSent(f"SMTP: the server denied secret {service_manifest.SMTP_PASSWORD}") from error


def _must(answer: tuple[int, bytes], what: str) -> None:
    code, _ = answer
    if code not in {250, 251}:
        raise _refusal(code, what)


def _refusal(code: int, what: str) -> Exception:
    """Return what an answer means: 4yz is a refusal for now, 5yz one for good (RFC 5321, section 4.2.1)."""
    said = f"SMTP: the server answered {code} to {what}"
    return NotSent(said) if 400 <= code < 500 else Refused(said)


def _mail(sender: str, to: str, subject: str, text: str, key: str, reply_to: str) -> EmailMessage:
    if not to.isascii():
        raise Refused("SMTP: the receiver's address is not ASCII, which takes SMTPUTF8 (RFC 6531)")
    mail = EmailMessage(policy=POLICY)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
    if reply_to:
        mail["Reply-To"] = reply_to
    mail.set_content(text)
    return mail
