"""The rehearsal's mailboxes by IMAP over TLS: as much of RFC 3501 as a client needs that waits for mail and clears it.

With AUTHENTICATE PLAIN, UIDPLUS (RFC 4315) and the folder for junk named (RFC 6154). Whoever knows a password that was
issued reads any mailbox; while none was issued, every password will do (`issued_keys`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import ssl
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World
from localcloud.saas.imap_folder import FOLDERS, SERVICE, Folder, Message
from localcloud.saas.issued_keys import IssuedKeys

CAPABILITIES = ("IMAP4rev1", "AUTH=PLAIN", "SPECIAL-USE", "UIDPLUS")
VALIDITY = 1  # unique numbers stay what they are as long as the world lasts
LONGEST = 64 * 1024  # octets of a line
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|(\S+)')
PART = re.compile(r"BODY\.PEEK\[\](?:<0\.(\d+)>)?", re.IGNORECASE)


class _RefusedError(Exception):
    """The command is answered with this status and sentence."""

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Session:
    """One connection. Each command answers untagged lines; what is wrong with it is raised."""

    def __init__(self, world: World, capabilities: Collection[str]) -> None:
        self.capabilities = tuple(capabilities)
        self.user = ""
        self._world, self._keys = world, IssuedKeys(world, SERVICE)
        self._folder: Folder | None = None
        self._is_read_only = True

    def log_in(self, user: str, password: str) -> None:
        if not password or not self._keys.admits(password):
            raise _RefusedError("NO", "[AUTHENTICATIONFAILED] Invalid credentials")
        self.user = user

    def answer(self, command: str, words: list[str]) -> list[bytes]:
        """Return the untagged lines of a command, without line ends; raises _RefusedError."""
        if command == "UID" and words:
            command, words = f"UID {words[0].upper()}", words[1:]
        known = {
            "CAPABILITY": self._capability,
            "NOOP": self._nothing,
            "LIST": self._list,
            "STATUS": self._status,
            "SELECT": self._select,
            "EXAMINE": self._examine,
            "UNSELECT": self._nothing,
            "EXPUNGE": self._expunge,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "UID STORE": self._store,
            "UID EXPUNGE": self._expunge,
        }
        if command not in known:
            raise _RefusedError("BAD", f"The rehearsal's mailbox does not do {command}")
        if not self.user and command not in ("CAPABILITY", "NOOP"):
            raise _RefusedError("BAD", "Log in first")
        return known[command](words)

    def _capability(self, _: list[str]) -> list[bytes]:
        return [f"CAPABILITY {' '.join(self.capabilities)}".encode()]

    def _nothing(self, _: list[str]) -> list[bytes]:
        return []

    def _list(self, _: list[str]) -> list[bytes]:
        return [f'LIST ({attributes}) "/" "{name}"'.encode() for name, attributes in FOLDERS.items()]

    def _status(self, words: list[str]) -> list[bytes]:
        folder = self._open(words)
        told = f"UIDNEXT {folder.next_uid()} UIDVALIDITY {VALIDITY} MESSAGES {len(folder.messages())}"
        return [f'STATUS "{folder.name}" ({told})'.encode()]

    def _select(self, words: list[str], *, is_read_only: bool = False) -> list[bytes]:
        self._folder, self._is_read_only = self._open(words), is_read_only
        there = len(self._folder.messages())
        validity = f"OK [UIDVALIDITY {VALIDITY}] kept"
        return [f"{there} EXISTS".encode(), b"0 RECENT", b"FLAGS (\\Deleted)", validity.encode()]

    def _examine(self, words: list[str]) -> list[bytes]:
        return self._select(words, is_read_only=True)

    def _search(self, words: list[str]) -> list[bytes]:
        folder = self._selected()
        if [word.upper() for word in words] == ["DELETED"]:
            found = folder.deleted()
        elif len(words) == 2 and words[0].upper() == "UID":
            found = {each.uid for each in _among(folder.messages(), words[1])}
        else:
            raise _RefusedError("BAD", "The rehearsal's mailbox is searched by UID, or for DELETED")
        return [b" ".join([b"SEARCH", *(str(uid).encode() for uid in sorted(found))])]

    def _fetch(self, words: list[str]) -> list[bytes]:
        wanted = PART.search(" ".join(words[1:]))
        if wanted is None:
            raise _RefusedError("BAD", "The rehearsal's mailbox gives BODY.PEEK[] alone")
        messages = self._selected().messages()
        asked = {each.uid for each in _among(messages, words[0])}
        return [_told(number, each, wanted[1]) for number, each in enumerate(messages, 1) if each.uid in asked]

    def _store(self, words: list[str]) -> list[bytes]:
        folder = self._selected()
        if self._is_read_only:
            raise _RefusedError("NO", "[READ-ONLY] The folder was opened to be read")
        if [word.upper() for word in words[1:]] != ["+FLAGS.SILENT", "(\\DELETED)"]:
            raise _RefusedError("BAD", "The rehearsal's mailbox knows +FLAGS.SILENT (\\Deleted) alone")
        folder.mark({each.uid for each in _among(folder.messages(), words[0])})
        return []

    def _expunge(self, words: list[str]) -> list[bytes]:
        folder = self._selected()
        if self._is_read_only or (words and "UIDPLUS" not in self.capabilities):
            raise _RefusedError("NO" if self._is_read_only else "BAD", "Nothing can be taken away like this")
        uids = {each.uid for each in _among(folder.messages(), words[0])} if words else None
        return [f"{number} EXPUNGE".encode() for number in folder.expunge(uids)]

    def _open(self, words: list[str]) -> Folder:
        name = words[0] if words else ""
        found = next((known for known in FOLDERS if known == name or known == name.upper()), None)
        if found is None:
            raise _RefusedError("NO", f"[NONEXISTENT] There is no folder {name}")
        return Folder(self._world, self.user, found)

    def _selected(self) -> Folder:
        if self._folder is None:
            raise _RefusedError("BAD", "Select a folder first")
        return self._folder


@asynccontextmanager
async def serving(
    world: World, port: int, tls: ssl.SSLContext, capabilities: Collection[str] = CAPABILITIES
) -> AsyncIterator[None]:
    """Serve IMAP over TLS on a loopback port while the block runs; raises OSError when it is taken."""
    connections: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        connections[task] = writer
        with suppress(OSError, ValueError):  # a client that goes away, or writes a line beyond LONGEST
            await _converse(_Session(world, capabilities), reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        del connections[task]

    server = await asyncio.start_server(connected, LOOPBACK, port, ssl=tls, limit=LONGEST)
    try:
        yield
    finally:
        server.close()
        for writer in connections.values():
            writer.transport.abort()
        await asyncio.gather(*(task for task in connections if task), return_exceptions=True)


async def _converse(session: _Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"* OK The mailboxes of the rehearsal\r\n")
    while line := await reader.readline():
        tag, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        words = [_unquoted(found) for found in TOKEN.finditer(rest)]
        command = words[0].upper() if words else ""
        if command == "LOGOUT":
            writer.write(f"* BYE until the next time\r\n{tag} OK done\r\n".encode())
            await writer.drain()
            return
        try:
            if command in ("LOGIN", "AUTHENTICATE"):
                await _log_in(session, words, reader, writer)
                lines: list[bytes] = []
            else:
                lines = await asyncio.to_thread(session.answer, command, words[1:])
            end = f"{tag} OK done"
        except _RefusedError as refused:
            lines, end = [], f"{tag} {refused.status} {refused}"
        writer.write(b"".join(b"* " + each + b"\r\n" for each in lines) + f"{end}\r\n".encode())
        await writer.drain()


async def _log_in(
    session: _Session, words: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    if words[0].upper() == "LOGIN" and len(words) == 3:
        await asyncio.to_thread(session.log_in, words[1], words[2])
        return
    if [word.upper() for word in words] != ["AUTHENTICATE", "PLAIN"]:
        raise _RefusedError("BAD", "Log in by LOGIN or AUTHENTICATE PLAIN")
    writer.write(b"+ \r\n")
    await writer.drain()
    try:
        _, user, password = base64.b64decode(await reader.readline(), validate=False).decode().split("\0")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _RefusedError("BAD", "That is no answer to AUTHENTICATE PLAIN (RFC 4616)") from error
    await asyncio.to_thread(session.log_in, user, password)


def _unquoted(found: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[0]


def _among(messages: list[Message], wanted: str) -> list[Message]:
    """Return the messages of a set such as `4,7:*`, in which `*` is the last one there is (RFC 3501, sequence-set)."""
    if not re.fullmatch(r"(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*", wanted):
        raise _RefusedError("BAD", f"{wanted} is no set of messages")
    last = max((each.uid for each in messages), default=0)
    chosen: list[Message] = []
    for part in wanted.split(","):
        ends = [last if end == "*" else int(end) for end in part.split(":")]
        low, high = min(ends), max(ends)
        chosen += [each for each in messages if low <= each.uid <= high]
    return chosen


def _told(number: int, message: Message, most: str | None) -> bytes:
    octets = message.raw[: int(most)] if most else message.raw
    start = b"<0>" if most else b""
    head = f"{number} FETCH (UID {message.uid} BODY[]".encode()
    return head + start + b" {%d}\r\n" % len(octets) + octets + b")"
