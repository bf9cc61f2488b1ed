"""A zone as it is served, and how names are found in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import dns.rrset
import dns.zone
from dns.name import Name
from dns.node import Node
from dns.rdataclass import IN
from dns.rdataset import Rdataset
from dns.rdatatype import RdataType
from dns.rrset import RRset


@dataclass(frozen=True)
class Zone:
    """A served zone. `failing` holds the names whose CNAME could not be flattened: their addresses are unknown."""

    origin: Name
    contents: dns.zone.Zone
    failing: frozenset[Name] = frozenset()
    existing: frozenset[Name] = field(init=False)  # empty non-terminals too
    secure: tuple[Name, ...] = field(init=False)  # owners of NSEC records, in canonical order

    def __post_init__(self) -> None:
        names = {ancestor for name in self.contents.nodes for ancestor in _ancestors(self.origin, name)}
        secure = (name for name, node in self.contents.nodes.items() if _holds(node, RdataType.NSEC))
        object.__setattr__(self, "existing", frozenset(names))
        object.__setattr__(self, "secure", tuple(sorted(secure)))

    @property
    def signed(self) -> bool:
        """Tell whether the zone carries signatures."""
        return bool(self.secure)

    def node(self, name: Name) -> Node | None:
        """Return the node of exactly that name; None for an empty non-terminal and for a name that does not exist."""
        return self.contents.nodes.get(name)

    def rrset(self, name: Name, kind: RdataType, owner: Name | None = None) -> RRset | None:
        """Return a record set, as one of `owner` when a wildcard answers for that name."""
        return _rrset(owner or name, self.contents.get_rdataset(name, kind))

    def signatures(self, name: Name, kind: RdataType, owner: Name | None = None) -> RRset | None:
        """Return the RRSIG records of a record set, None when the zone is not signed."""
        return _rrset(owner or name, self.contents.get_rdataset(name, RdataType.RRSIG, kind))

    def closest_encloser(self, name: Name) -> Name:
        """Return the longest existing ancestor of a name that does not exist (RFC 4592 section 3.3.1)."""
        return next(ancestor for ancestor in _ancestors(self.origin, name) if ancestor in self.existing)

    def delegation(self, name: Name) -> Name | None:
        """Return the topmost zone cut at or above the name, or None when this zone itself is responsible."""
        above = (ancestor for ancestor in _ancestors(self.origin, name) if ancestor != self.origin)
        cuts = [ancestor for ancestor in above if _holds(self.node(ancestor), RdataType.NS)]
        return cuts[-1] if cuts else None

    def secure_predecessor(self, name: Name) -> Name:
        """Return the owner of the NSEC record that matches or covers the name (RFC 4034 section 4.1.1)."""
        return self.secure[bisect_right(self.secure, name) - 1]


def _ancestors(origin: Name, name: Name) -> Iterator[Name]:
    """Yield the name and what is above it, up to the zone's apex."""
    while name != origin:
        yield name
        name = name.parent()
    yield origin


def _holds(node: Node | None, kind: RdataType) -> bool:
    return node is not None and node.get_rdataset(IN, kind) is not None


def _rrset(owner: Name, rdataset: Rdataset | None) -> RRset | None:
    return dns.rrset.from_rdata_list(owner, rdataset.ttl, list(rdataset)) if rdataset else None
