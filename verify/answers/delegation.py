"""A zone as it is delegated: by the zones above, and by its own servers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from dns.rdatatype import RdataType
from dns.rrset import RRset

from verify.answers.dns import Reply
from verify.reach import Address


@dataclass(frozen=True)
class Above:
    """What the zone above says of a zone: its name servers, and its DS records as text.

    `glue` holds the addresses that come with a referral, by name server; None when nobody referred, because the server
    of the zone above holds the zone itself too. `differences` says where servers of the zone above contradict the
    first. `error` says why nothing is known. `visible` is False when the named nameservers know nothing outside of
    their own zones, so that nobody could be asked: what only the zone above can say is left out then.
    """

    zone: str = ""
    nameservers: tuple[str, ...] = ()
    ds: tuple[str, ...] = ()
    error: str = ""
    visible: bool = True
    glue: Mapping[str, tuple[str, ...]] | None = None
    differences: tuple[str, ...] = ()


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
class Lost:
    """A name server that could not be asked, and why; `certain` when nobody could, because it has no address."""

    name: str
    why: str
    certain: bool = False


@dataclass(frozen=True)
class Glue:
    """The addresses of a name server: those in the zone above, and those that each of `held` knows, by who says so.

    `inside` tells whether the name lies in the zone, so that nobody finds it without glue. `failure` says why no
    address is known besides those above.
    """

    name: str
    above: tuple[str, ...]
    held: Mapping[str, tuple[str, ...]]
    inside: bool
    failure: str = ""


@dataclass(frozen=True)
class Delegation:
    """A zone as it is delegated. `servers` were asked; `lost` are the name servers that could not be.

    `addresses` are all that each name server has, also those that there is no way to from here; `aliases` are the
    names that those lead to which are a CNAME. `glue` compares addresses with those that the zone above hands out.
    `zone` is empty when no zone was found; `error` says why, or `above` names the zone that delegates none.
    """

    zone: str
    above: Above = Above()
    servers: tuple[Server, ...] = ()
    lost: tuple[Lost, ...] = ()
    addresses: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    glue: tuple[Glue, ...] = ()
    error: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_name(self) -> Mapping[str, list[Server]]:
        """The servers of each name: one for each of its addresses."""
        found: dict[str, list[Server]] = {}
        for server in self.servers:
            found.setdefault(server.name, []).append(server)
        return found

    def of(self, names: Collection[str]) -> Delegation:
        """Return the delegation with these name servers alone; with all of them when no name is given."""
        if not names:
            return self
        servers = tuple(server for server in self.servers if server.name in names)
        lost = tuple(one for one in self.lost if one.name in names)
        addresses = {name: found for name, found in self.addresses.items() if name in names}
        return replace(self, servers=servers, lost=lost, addresses=addresses)


def records(reply: Reply, name: str, type_: RdataType) -> RRset | None:
    """Return the record set of a name and type in a reply, whether it answers or refers."""
    owner = f"{name.lower().rstrip('.')}."
    sections = (*reply.message.answer, *reply.message.authority) if reply.message else ()
    return next((found for found in sections if found.rdtype == type_ and found.name.to_text().lower() == owner), None)
