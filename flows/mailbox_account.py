"""The founder's mailbox for tests: where it is, and which addresses lead into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "LAUNCH_TEST_MAILBOX_"
HOST, USER, PASSWORD, ADDRESS = (f"{PREFIX}{name}" for name in ("HOST", "USER", "PASSWORD", "ADDRESS"))
PORT = 993  # IMAP over TLS (RFC 8314)
LONGEST_LOCAL = 64  # octets before the @ (RFC 5321, section 4.5.3.1.1)
LEAST_ROOM = 16  # octets for a tag: a run's own ten characters, and some of the flow's name
MISSING = f"no test mailbox is named: set {HOST}, {USER} and {PASSWORD}"
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>*]+\.[^@\s<>*]+")


class MailboxError(OSError):
    """The mailbox is not named as it should be, cannot be reached, or does not do its work. Never its password."""


@dataclass(frozen=True)
class Account:
    """A mailbox by IMAP over TLS. `address` has a `*` where a tag goes: `qa+*@acme.com`, or `*@tests.acme.com`.

    `ca_file` is what to trust instead of the public authorities.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    address: str
    ca_file: Path | None = None

    def tagged(self, tag: str) -> str:
        """Return the address with a tag, of which the end is kept where it is too long for an address."""
        return self.address.replace("*", tag[-_room(self.address) :])

    def receives(self, address: str) -> bool:
        """Tell whether mail to an address arrives in the mailbox, with whatever tag or without one."""
        before, _, after = self.address.lower().partition("*")
        bare = f"{before.rstrip('+-')}{after}"
        given = address.strip().lower()
        return given == bare or (given.startswith(before) and given.endswith(after) and len(given) > len(bare))


def of(environ: Mapping[str, str]) -> Account | None:
    """Return the mailbox that the environment names, None where it names none; raises MailboxError for half of one."""
    given = {name: environ.get(name, "").strip() for name in (HOST, USER, PASSWORD, ADDRESS)}
    if not any(given.values()):
        return None
    if missing := [name for name in (HOST, USER, PASSWORD) if not given[name]]:
        raise MailboxError(f"a test mailbox is named without {' and '.join(missing)}; set that too")
    host, port = _place(given[HOST])
    return Account(host, port, given[USER], given[PASSWORD], _pattern(given[ADDRESS] or given[USER]))


def rehearsed(team: str, place: str, ca_file: Path) -> Account:
    """Return the mailbox at `place` (HOST:PORT) of the rehearsal that the team's address leads to.

    Any password opens it. Raises MailboxError when the address leaves no room for a tag.
    """
    local, _, domain = team.rpartition("@")
    return Account(*_place(place), f"{local.partition('+')[0]}@{domain}", "rehearsal", _pattern(team), ca_file)


def _place(text: str) -> tuple[str, int]:
    found = re.fullmatch(r"([A-Za-z0-9.-]+)(?::(\d{1,5}))?", text)
    if found is None or not 0 < int(found[2] or PORT) < 65_536:
        raise MailboxError(f"{HOST} is {text!r}; write HOST or HOST:PORT of an IMAP server, such as imap.acme.com")
    if found[2] == "143":
        raise MailboxError(f"{HOST} names port 143, where IMAP begins without TLS; leave the port out for {PORT}")
    return found[1], int(found[2] or PORT)


def _pattern(text: str) -> str:
    """Return an address with a `*` for the tag; raises MailboxError when it is none."""
    local, _, domain = text.rpartition("@")
    pattern = text if "*" in local else f"{local}{'-' if '+' in local else '+'}*@{domain}"
    if not _ADDRESS.fullmatch(pattern) or pattern.count("*") != 1:
        raise MailboxError(
            f"{text!r} is no address that mail can be sent to; set {ADDRESS} to the mailbox's, with a * where a tag "
            "may stand when that is not after a plus sign (qa+*@acme.com)"
        )
    if _room(pattern) < LEAST_ROOM:
        raise MailboxError(f"{text!r} leaves no room for a tag of {LEAST_ROOM} characters; take a shorter address")
    return pattern


def _room(pattern: str) -> int:
    return LONGEST_LOCAL + 1 - len(pattern.rpartition("@")[0].encode())
