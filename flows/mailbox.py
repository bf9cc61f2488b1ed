"""Reads the founder's mailbox for tests by IMAP (RFC 3501) over TLS, and takes away there what the run brought in.

Only what has come since the run began is looked at, and only mails of the run are taken away: where the server can do
no more than to expunge everything that is marked (it lacks UIDPLUS, RFC 4315), nothing is expunged that others marked.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from flows import mail_results
from flows.mailbox_account import HOST, PASSWORD, USER, Account, MailboxError

TIMEOUT = 15.0  # seconds for connecting, and for each answer
MOST = 256 * 1024  # octets that are read of one mail
INBOX = "INBOX"
JUNK = "\\junk"  # the attribute of the folder for junk (RFC 6154)

Places = Mapping[str, tuple[int, int]]
"""Folder → the number from which on mails are new there, and the number that says which numbering it is."""


@dataclass(frozen=True)
class Arrived:
    """A mail in the mailbox: folder and number there, whether that is the junk, and what its reader sees.

    `results` are what the receiving server found of its sender, by method (RFC 8601): `dkim` → `pass`.
    """

    folder: str
    uid: int
    is_junk: bool
    to: str
    subject: str
    text: str
    headers: str
    results: Mapping[str, str]

    def names(self, about: str) -> bool:
        """Tell whether it has a text in its headers or its own text."""
        return about in self.headers or about in self.subject or about in self.text


class Mailbox:
    """The open mailbox; every method raises MailboxError. Not for several threads at once."""

    def __init__(self, imap: imaplib.IMAP4, account: Account) -> None:
        self._imap, self._account = imap, account
        told = self._told("CAPABILITY", imap.capability())  # what a server can do it often says after the log-in alone
        self._capabilities = {
            word.upper() for each in told if isinstance(each, bytes) for word in each.decode().split()
        }
        self._known: dict[tuple[str, int], Arrived] = {}

    def places(self) -> Places:
        """Return where mails are looked for, which are the inbox and the junk, from now on."""
        folders = {name: name for name in (INBOX, self._junk()) if name}
        return {name: self._numbers(name) for name in folders}

    def arrived(self, since: Places) -> list[Arrived]:
        """Return the mails that have come since then."""
        return [each for folder, place in since.items() for each in self._new(folder, *place)]

    def remove(self, mails: Collection[Arrived]) -> None:
        """Take these mails away."""
        for folder in {each.folder for each in mails}:
            uids = sorted(each.uid for each in mails if each.folder == folder)
            self._told("SELECT", self._imap.select(_quoted(folder)))
            self._told("STORE", self._imap.uid("STORE", _set(uids), "+FLAGS.SILENT", "(\\Deleted)"))
            if "UIDPLUS" in self._capabilities:
                self._told("EXPUNGE", self._imap.uid("EXPUNGE", _set(uids)))
            elif self._marked() == uids:
                self._told("EXPUNGE", self._imap.expunge())
            self._known = {key: mail for key, mail in self._known.items() if mail not in mails}

    def _marked(self) -> list[int]:
        return _numbers(self._told("SEARCH", self._imap.uid("SEARCH", "DELETED")))

    def _junk(self) -> str:
        listed = self._told("LIST", self._imap.list())
        for line in listed:
            found = re.fullmatch(rb'\(([^)]*)\) (?:"[^"]*"|NIL) "?(.*?)"?', line) if isinstance(line, bytes) else None
            if found and JUNK in found[1].decode("ascii", "replace").lower().split():
                return found[2].decode("utf-8", "replace")
        return ""

    def _numbers(self, folder: str) -> tuple[int, int]:
        told = self._told("STATUS", self._imap.status(_quoted(folder), "(UIDNEXT UIDVALIDITY)"))
        said = b" ".join(each for each in told if isinstance(each, bytes))
        found = [re.search(rb"%s (\d+)" % name, said) for name in (b"UIDNEXT", b"UIDVALIDITY")]
        if found[0] is None or found[1] is None:
            raise MailboxError(f"{self._account.host} does not number the mails of {folder} (RFC 3501, UIDNEXT)")
        return int(found[0][1]), int(found[1][1])

    def _new(self, folder: str, first: int, numbering: int) -> Iterator[Arrived]:
        self._told("EXAMINE", self._imap.select(_quoted(folder), readonly=True))
        if self._numbering() not in (None, numbering):
            raise MailboxError(f"{self._account.host} has numbered {folder} again amid the run; play it once more")
        there = _numbers(self._told("SEARCH", self._imap.uid("SEARCH", f"UID {first}:*")))
        for uid in (each for each in there if each >= first):  # `*` is the last one, however old
            if (folder, uid) not in self._known:
                self._known[folder, uid] = _read(folder, uid, folder != INBOX, self._fetched(uid))
            yield self._known[folder, uid]

    def _numbering(self) -> int | None:
        _, told = self._imap.response("UIDVALIDITY")
        return int(told[0]) if told and isinstance(told[0], bytes) else None

    def _fetched(self, uid: int) -> bytes:
        told = self._told("FETCH", self._imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST}>)"))
        return next((each[1] for each in told if isinstance(each, tuple)), b"")

    def _told(self, command: str, answer: tuple[str, Sequence[object]]) -> list[object]:
        status, told = answer
        if status != "OK":
            raise MailboxError(f"{self._account.host} refuses {command}: {_words(told)}")
        return [each for each in told if each is not None]


@contextmanager
def opened(account: Account) -> Iterator[Mailbox]:
    """Give the mailbox for the length of the block; raises MailboxError, which says what is wrong and what to do."""
    imap = _connected(account)
    try:
        _log_in(imap, account)
        yield Mailbox(imap, account)
    except (imaplib.IMAP4.error, OSError) as error:
        if isinstance(error, MailboxError):
            raise
        raise MailboxError(f"{account.host} broke off: {_without(account, error)}") from None
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.logout()


def _connected(account: Account) -> imaplib.IMAP4_SSL:
    context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
    try:
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=TIMEOUT)
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(f"{account.host} shows a certificate that is not its own: {error.verify_message}") from None
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(
            f"no IMAP over TLS at {account.host}:{account.port} ({type(error).__name__}: {error}); is {HOST} right?"
        ) from None


def _log_in(imap: imaplib.IMAP4, account: Account) -> None:
    try:
        if "AUTH=PLAIN" in imap.capabilities:  # takes any letters, which LOGIN does not
            whole = f"\0{account.user}\0{account.password}".encode()
            imap.authenticate("PLAIN", lambda _: whole)
        else:
            imap.login(account.user, account.password)
    except (imaplib.IMAP4.error, UnicodeError) as error:
        raise MailboxError(
            f"{account.host} does not let {account.user} in: {_without(account, error)}. Are {USER} and {PASSWORD} "
            "right? Many providers want a password for this purpose alone (an app password), and IMAP switched on"
        ) from None


def _without(account: Account, error: Exception) -> str:
    """Return what was said, without the password, whoever may have repeated it."""
    return str(error).replace(account.password, "…")[:200]


def _read(folder: str, uid: int, is_junk: bool, raw: bytes) -> Arrived:
    message = message_from_bytes(raw, policy=policy.default)
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    text = _text(message)
    to, subject = str(message.get("To", "")), str(message.get("Subject", "")).strip()
    return Arrived(folder, uid, is_junk, to, subject, text, headers, _results(message))


def _text(message: EmailMessage) -> str:
    """Return what its reader reads, nothing where it is in no encoding that is known: others send mail here too."""
    body = message.get_body(("plain", "html"))
    try:
        return str(body.get_content()).replace("\r\n", "\n") if body else ""
    except (LookupError, UnicodeError):
        return ""


def _results(message: EmailMessage) -> dict[str, str]:
    """Return what the last server found: of several headers the first is its own (RFC 8601, section 4.1)."""
    return mail_results.of_header(str((message.get_all("Authentication-Results") or [""])[0]))


def _numbers(told: list[object]) -> list[int]:
    return sorted(int(word) for each in told if isinstance(each, bytes) for word in each.split())


def _set(uids: Collection[int]) -> str:
    return ",".join(map(str, uids))


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(told: Collection[object]) -> str:
    return " ".join(each.decode("utf-8", "replace") for each in told if isinstance(each, bytes))[:200] or "no reason"
