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
from email.headerregistry import Address
from email.message import EmailMessage

from handlers import service_manifest
from handlers.failures import NotSent, Unavailable
from handlers.outside import http_client
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache
from handlers.settings import SmtpServer
from handlers.vendors import mail_addresses

IMPLICIT_TLS = 465  # RFC 8314, section 3.3; on every other port the connection is upgraded by STARTTLS
TIMEOUT = 15.0  # seconds for each answer of the server
BAD_PASSWORD = 535  # RFC 4954, section 6, "Authentication credentials invalid"
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
        receiver, sender = mail_addresses.deliverable(to, "receiver"), mail_addresses.named(self._sender)
        answers, line = mail_addresses.answerable(reply_to), mail_addresses.one_line(subject, "Subject")
        with self._ready() as server:
            if not server.has_extn("smtputf8"):
                _require_ascii(receiver, "receiver")
                answers = answers if answers.isascii() else ""
            mail = _mail(sender, receiver, line, text, key, answers)
            self._hand_over(server, sender[1], receiver, mail)
        return str(mail["Message-ID"])

    def _hand_over(self, server: smtplib.SMTP, sender: str, receiver: str, mail: EmailMessage) -> None:
        is_wide = _is_wide(mail)
        with _before_the_mail():
            _must(server.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if is_wide else []), "the sender")
            _must(server.rcpt(receiver), "the receiver")
        try:
            code, said = server.data(mail.as_bytes(policy=POLICY.clone(utf8=is_wide)))
        except smtplib.SMTPDataError as error:  # it did not even want the text
            raise _refusal(error.smtp_code, "the text", error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"SMTP: {type(error).__name__}, and whether the mail went out is unknown") from error
        if code != 250:
            raise _refusal(code, "the mail", said)

    @contextmanager
    def _ready(self) -> Iterator[smtplib.SMTP]:
        """Yield a connection that is logged in and greeted; raises NotSent when it does not get that far."""
        password = self._secret_cache.values(service_manifest.SMTP_PASSWORD)[0] if self._server.user else ""
        with ExitStack() as exits:
            with _before_the_mail():
                server = self._connected()
                exits.callback(_hang_up, server)
                if not (self._server.is_plain or self._server.port == IMPLICIT_TLS):
                    server.starttls(context=self._tls)
                if password:
                    _log_in(server, self._server.user, password)
                server.ehlo_or_helo_if_needed()
            yield server

    def _connected(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if port == IMPLICIT_TLS:
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._tls)
        return smtplib.SMTP(host, port, timeout=TIMEOUT)


@contextmanager
def _before_the_mail() -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"SMTP: {type(error).__name__} before the mail was sent") from error


def _hang_up(server: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """Log in; raises NotSent, which tells a wrong password from every other reason (RFC 4954, section 6)."""
    denied = f"SMTP: the server denied secret {service_manifest.SMTP_PASSWORD}"
    try:
        server.login(user, password)
    except smtplib.SMTPServerDisconnected as error:  # some just hang up
        raise NotSent(denied) from error
    except smtplib.SMTPAuthenticationError as error:
        answered = f"SMTP: the server answered {error.smtp_code} to the log-in"
        words = _sentence(error.smtp_error)
        raise NotSent(
            f"{denied if error.smtp_code == BAD_PASSWORD else answered}: {words}".removesuffix(": ")
        ) from error


def _must(answer: tuple[int, bytes], what: str) -> None:
    code, said = answer
    if code not in {250, 251}:
        raise _refusal(code, what, said)


def _refusal(code: int, what: str, said: bytes | str = b"") -> Exception:
    """Return what an answer means: 4yz is a refusal for now, 5yz one for good (RFC 5321, section 4.2.1)."""
    told = f"SMTP: the server answered {code} to {what}: {_sentence(said)}".removesuffix(": ")
    return NotSent(told) if 400 <= code < 500 else Refused(told)


def _sentence(said: bytes | str) -> str:
    """Return a server's own words, without addresses."""
    return http_client.without_addresses(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)


def _require_ascii(address: str, what: str) -> None:
    if not address.isascii():
        raise Refused(
            f"SMTP: the {what}'s address is not ASCII before the @, which takes SMTPUTF8 (RFC 6531), and the server "
            "does not offer it"
        )


def _is_wide(mail: EmailMessage) -> bool:
    """Tell whether an address in the headers takes SMTPUTF8. Names and subjects do not: RFC 2047 is made for them."""
    addresses = [each.addr_spec for name in ("From", "To", "Reply-To") if mail[name] for each in mail[name].addresses]
    return not all(address.isascii() for address in addresses)


def _mail(sender: tuple[str, str], receiver: str, subject: str, text: str, key: str, reply_to: str) -> EmailMessage:
    mail = EmailMessage(policy=POLICY)
    name, address = sender
    mail["From"] = _address(address, name)
    mail["To"], mail["Subject"] = _address(receiver), subject
    domain = address.rpartition("@")[2]
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
    if reply_to:
        mail["Reply-To"] = _address(reply_to)
    mail.set_content(text)
    return mail


def _address(bare: str, name: str = "") -> Address:
    local, _, domain = bare.rpartition("@")
    return Address(name, local, domain)
