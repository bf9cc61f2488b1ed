"""A folder of a mailbox as IMAP numbers it, read from what the mail sink has kept. Nobody's mail but the reader's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from email import message_from_bytes, policy

from localcloud.base.world import World
from localcloud.saas import mailbox
from localcloud.saas.object_store import ObjectStore

SERVICE = "imap"
INBOX, JUNK = "INBOX", "Junk"
FOLDERS = {INBOX: "\\HasNoChildren", JUNK: "\\HasNoChildren \\Junk"}  # name → its attributes (RFC 6154)
DELETED, EXPUNGED = "deleted", "expunged"


@dataclass(frozen=True)
class Message:
    """One message: its unique number, which no other ever gets, and its octets."""

    uid: int
    raw: bytes


class Folder:
    """One folder of the mailbox `user`, an address: what went to it or to a tagged form of it (`ada+tag@…`)."""

    def __init__(self, world: World, user: str, name: str) -> None:
        self.name = name
        self._world, self._user = world, user.lower()
        self._shelf = ObjectStore(world, SERVICE)
        self._delivered: list[Message] = []
        self._seen = 0  # the number of the last mail to anybody that was looked at

    def messages(self) -> list[Message]:
        """Return what is in it, oldest first; a message's place in the list, from 1, is its sequence number."""
        gone = self._marked(EXPUNGED)
        self._look()
        return [each for each in self._delivered if each.uid not in gone]

    def next_uid(self) -> int:
        """Return a number that every message has at least that comes from now on."""
        row = self._world.connection.execute("SELECT MAX(seq) FROM journal").fetchone()
        return int(row[0] or 0) + 1

    def deleted(self) -> set[int]:
        """Return the unique numbers of those that are marked to be taken away."""
        return self._marked(DELETED) & {each.uid for each in self.messages()}

    def mark(self, uids: Collection[int]) -> None:
        """Mark those that are there to be taken away."""
        for each in self.messages():
            if each.uid in uids:
                self._shelf.put(DELETED, self._key(each.uid), {"user": self._user, "uid": each.uid})

    def expunge(self, uids: Collection[int] | None = None) -> list[int]:
        """Take away those that are marked, of these alone when some are given; return their sequence numbers then."""
        marked = self.deleted() & set(uids) if uids is not None else self.deleted()
        numbers = [number for number, each in enumerate(self.messages(), 1) if each.uid in marked]
        for uid in marked:
            self._shelf.put(EXPUNGED, self._key(uid), {"user": self._user, "uid": uid})
        return [number - before for before, number in enumerate(numbers)]  # each one moves those after it up

    def _look(self) -> None:
        for entry in self._world.journal(mailbox.KIND, since=self._seen):
            self._seen = entry.seq
            raw = entry.data["raw"].encode("utf-8", "surrogateescape")
            if _belongs(entry.subject.lower(), self._user) and _folder_of(raw) == self.name:
                self._delivered.append(Message(entry.seq, raw))

    def _marked(self, kind: str) -> set[int]:
        return {each["uid"] for each in self._shelf.all(kind) if each["user"] == self._user}

    def _key(self, uid: int) -> str:
        return f"{self._user}/{uid}"


def _belongs(recipient: str, user: str) -> bool:
    local, _, domain = recipient.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" == user


def _folder_of(raw: bytes) -> str:
    """Return where a receiving server puts a message: with the junk, when its filter has marked it as such."""
    return JUNK if message_from_bytes(raw, policy=policy.default).get("X-Spam-Flag", "") == "YES" else INBOX
