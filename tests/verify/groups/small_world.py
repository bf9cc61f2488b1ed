"""acme.test on a small internet: delegated by test to two name servers, whose answers a scenario changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from blueprint.finding import Finding
from tests.verify.groups.small_internet import Faults, Internet, Zone, zone
from verify.group import Check, together
from verify.groups import delegation
from verify.reach import Reach
from verify.scene import Scene, Subject

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PLACES: Mapping[str, tuple[str, str]] = {  # the addresses of each name server, IPv4 and IPv6
    "ns1": ("192.0.2.1", "2001:db8::1"),
    "ns2": ("198.51.100.2", "2001:db8::2"),
    "ns3": ("192.0.2.3", "2001:db8::3"),
    "ns4": ("198.51.100.4", "2001:db8::4"),
    "a.nic": ("203.0.113.11", "2001:db8:1::1"),
    "b.nic": ("203.0.113.12", "2001:db8:1::2"),
    "root": ("203.0.113.53", "2001:db8:2::1"),
    "other": ("203.0.113.54", "2001:db8:2::2"),  # another server of the root
    "dns": ("203.0.113.99", "2001:db8:3::1"),  # serves dns.example
}


def at(owner: str, place: str, kinds: str = "46") -> str:
    """The address records of a name, those of a place of the table."""
    four, six = PLACES[place]
    lines = [*([f"{owner} A {four}"] if "4" in kinds else []), *([f"{owner} AAAA {six}"] if "6" in kinds else [])]
    return "\n".join(lines) + "\n"


def named(*names: str, owner: str = "acme.test.") -> str:
    """The NS records of a zone; a name without a final dot is one in acme.test."""
    return "".join(f"{owner} NS {name if name.endswith('.') else f'{name}.acme.test.'}\n" for name in names)


SOA = "acme.test. SOA ns1.acme.test. host.acme.test. 7 10000 2400 604800 1800\n"
NS = named("ns1", "ns2")
ADDRESSES = at("ns1.acme.test.", "ns1") + at("ns2.acme.test.", "ns2")
CHILD = SOA + NS + ADDRESSES
ABOVE = NS + ADDRESSES  # the delegation, with all glue
REGISTRY = "test. SOA a.nic.test. host.nic.test. 1 10000 2400 604800 1800\n" + named(
    "a.nic.test.", "b.nic.test.", owner="test."
)
REGISTRY += at("a.nic.test.", "a.nic") + at("b.nic.test.", "b.nic")
GRANDPARENT = named("a.nic.test.", "b.nic.test.", owner="test.") + at("a.nic.test.", "a.nic")
GRANDPARENT += at("b.nic.test.", "b.nic") + named("ns.dns.example.", owner="example.") + at("ns.dns.example.", "dns")


@dataclass(frozen=True)
class World:
    """What each server holds. `first` to `fourth` are name servers of acme.test, those left out as the first.

    `above` is what the zone test says of acme.test, `beside` what its other server says if not the same. `elsewhere`
    are records below example. `more` are zones that a place serves besides. `faults` are by place and record type.
    """

    child: str = CHILD
    second: str | None = None
    third: str | None = None
    above: str = ABOVE
    beside: str | None = None
    elsewhere: str = ""
    registry: str = REGISTRY
    root: str = GRANDPARENT
    other_root: str = GRANDPARENT
    more: Mapping[str, tuple[Zone, ...]] = field(default_factory=dict)
    faults: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)

    def internet(self) -> Internet:
        second = self.child if self.second is None else self.second
        beside = self.above if self.beside is None else self.beside
        root, other = (zone(".", each) for each in (self.root, self.other_root))
        held: dict[str, tuple[Zone, ...]] = {
            "ns1": (zone("acme.test", self.child),),
            "ns2": (zone("acme.test", second),),
            "ns3": (zone("acme.test", self.child if self.third is None else self.third),),
            "ns4": (zone("acme.test", self.child),),
            "a.nic": (zone("test", self.registry, self.above),),
            "b.nic": (zone("test", self.registry, beside),),
            "root": (root,),
            "other": (other,),
            "dns": (zone("example", named("ns.dns.example.", owner="example."), self.elsewhere),),
        }
        both = {place: (*held[place], *self.more.get(place, ())) for place in held}
        servers = {address: both[place] for place in both for address in PLACES[place]}
        return Internet(servers, [*PLACES["root"][:1], *PLACES["other"][:1]], dict(self._faults()))

    def _faults(self) -> Faults:
        found: dict[tuple[str, str], str] = {}
        for place, fault in self.faults.items():
            by_type = {"*": fault} if isinstance(fault, str) else fault
            found |= {(address, type_): told for address in PLACES[place] for type_, told in by_type.items()}
        return found

    def findings(self, *more: Check) -> Sequence[Finding]:
        """Return what the checks of the delegation find, and those given; of a missing domain, that alone."""
        with ThreadPoolExecutor(1) as threads:
            return asyncio.run(_asked(Scene(Subject("acme.test"), Reach(), NOW, self.internet(), threads), more))

    def verdicts(self, *more: Check, leave_out: tuple[str, ...] = ("dns.dnssec.",)) -> dict[str, str]:
        """Return by id and name server what is not passed."""
        wanted = (each for each in self.findings(*more) if not each.id.startswith(leave_out) and each.status != "pass")
        return {f"{each.id} {each.subject.partition(' for ')[0]}": str(each.status) for each in wanted}


async def _asked(scene: Scene, more: Iterable[Check]) -> Sequence[Finding]:
    missing = await delegation.missing(scene)
    return [missing] if missing else await together(check(scene) for check in (delegation.zones, *more))
