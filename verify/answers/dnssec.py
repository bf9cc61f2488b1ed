"""Reads DNSSEC signatures out of replies, with the records that they cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dns.rdatatype import RdataType
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rrset import RRset

from verify.answers.dns import Reply, named


@dataclass(frozen=True)
class Signed:
    """A record set of a zone as a server answered it, with its signatures; none when it came without."""

    where: str
    records: RRset
    signatures: tuple[RRSIG, ...]

    @property
    def title(self) -> str:
        """The record set as findings name it."""
        return f"{RdataType(self.records.rdtype).name} {self.records.name.to_text(omit_final_dot=True)}"


@dataclass(frozen=True)
class Trust:
    """What a chain hangs on: DS records as text, and whether there are any by promise.

    `absent` when the zone above was seen to hold none, so that no resolver looks for signatures.
    """

    ds: tuple[str, ...] = ()
    promised: bool = False
    absent: bool = False


@dataclass(frozen=True)
class Gaps:
    """The servers that gave no keys: `without` say that there are none, `silent` tells of those that did not answer."""

    without: tuple[str, ...] = ()
    silent: str = ""


def signed(reply: Reply, zone: str) -> Iterator[Signed]:
    """Yield the record sets of the answer that belong to the zone, with the zone's own signatures."""
    answer = reply.message.answer if reply.message else ()
    for rrset in answer:
        owner = rrset.name.to_text(omit_final_dot=True).lower()
        if rrset.rdtype != RdataType.RRSIG and (owner == zone or owner.endswith(f".{zone}")):
            yield Signed(named(reply.server), rrset, tuple(_covering(answer, rrset, zone)))


def _covering(answer: Iterable[RRset], records: RRset, zone: str) -> Iterator[RRSIG]:
    for rrset in answer:
        if rrset.name == records.name and rrset.rdtype == RdataType.RRSIG and rrset.covers == records.rdtype:
            for one in rrset:
                if isinstance(one, RRSIG) and one.signer.to_text(omit_final_dot=True).lower() == zone:
                    yield one
