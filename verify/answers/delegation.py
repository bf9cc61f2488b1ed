"""A zone as it is delegated: by the zones above, and by its own servers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from dns.rdatatype import RdataType
from dns.rrset import RRset

from verify.answers.dns import Reply
from verify.reach import Address


@dataclass(frozen=True)
class Above:
    """What the zone above says of a zone: its name servers, and its DS records as text.

    `error` says why that is not known. `visible` is False when the named nameservers know nothing outside of their
    own zones, so that nobody could be asked: what only the zone above can say is left out then.
    """

    zone: str = ""
    nameservers: tuple[str, ...] = ()
    ds: tuple[str, ...] = ()
    error: str = ""
    visible: bool = True


@dataclass(frozen=True)
class Server:
    """One name server at one of its addresses, and what it says of the zone."""

    name: str
    address: Address
    soa: Reply
    ns: Reply
    keys: Reply

    @property
    def where(self) -> str:
        """The server as findings name it."""
        return f"{self.name} ({self.address[0]})"


@dataclass(frozen=True)
class Delegation:
    """A zone as it is delegated. `lost` says of name servers without an address why they have none.

    `zone` is empty when no zone was found; `error` says why.
    """

    zone: str
    above: Above = Above()
    servers: tuple[Server, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def by_name(self) -> Mapping[str, list[Server]]:
        """The servers of each name: one for each of its addresses."""
        found: dict[str, list[Server]] = {}
        for server in self.servers:
            found.setdefault(server.name, []).append(server)
        return found

    def of(self, names: Collection[str]) -> Delegation:
        """Return the delegation with these name servers alone; with all of them when no name is given."""
        return replace(self, servers=tuple(server for server in self.servers if not names or server.name in names))


def records(reply: Reply, name: str, type_: RdataType) -> RRset | None:
    """Return the record set of a name and type in a reply, whether it answers or refers."""
    owner = f"{name.lower().rstrip('.')}."
    sections = (*reply.message.answer, *reply.message.authority) if reply.message else ()
    return next((found for found in sections if found.rdtype == type_ and found.name.to_text().lower() == owner), None)
