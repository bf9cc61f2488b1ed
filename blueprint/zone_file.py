"""Reads a zone as DNS hosts export it: a BIND zone file (RFC 1035 section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataset
import dns.rrset
import dns.tokenizer
import dns.transaction
import dns.zonefile
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from blueprint import zone_lines

DEFAULT_TTL = 3_600  # seconds; exports leave it out where it is the host's own
DIRECTIVES = ("$ORIGIN", "$TTL", "$GENERATE")
OF_THE_HOST = frozenset({RdataType.SOA, RdataType.NS})  # at the apex, these say who serves the zone
SIGNING = frozenset(
    {
        *(RdataType.RRSIG, RdataType.NSEC, RdataType.NSEC3, RdataType.NSEC3PARAM),
        *(RdataType.DNSKEY, RdataType.CDNSKEY, RdataType.CDS),
    }
)
OBSOLETE = frozenset({RdataType.SPF})
"""Nobody asks for it any more (RFC 7208 section 3.1), and no new host serves it: TXT says the same."""
_FLATTENED = re.compile(
    r"^(\S+)[ \t]+(?:(?:\d[\dsmhdw]*|IN)[ \t]+){0,2}(?:ALIAS|ANAME)[ \t]+(\S+)",
    re.IGNORECASE,
)
"""What hosts write for an alias that they answer with addresses; no DNS standard has it."""


class ZoneFileError(ValueError):
    """The file is not a zone file of the domain; the message says where and what to do."""


@dataclass(frozen=True, order=True)
class ZoneRecord:
    """One record: its whole name without a final dot, its type, its content as text (TXT joined, without quotes)."""

    name: str
    type: str
    content: str

    def __str__(self) -> str:
        """Return the record as a sentence names it."""
        return f"{self.name} {self.type} {self.content}"


def parse(data: bytes, domain: str, file: str) -> tuple[ZoneRecord, ...]:
    """Return the records of the domain's zone, but for those that are the host's own; raises ZoneFileError."""
    lines = _lines(data, file)
    aliases = [_alias(line, domain) for line in lines]
    flattened = [alias for alias in aliases if alias]
    rrsets = _read(lines, aliases, domain, file)
    origin = dns.name.from_text(domain)
    found = [*flattened, *(one for rrset in rrsets for one in _records(rrset, origin))]
    if not (rrsets or flattened) and any(line.split(";")[0].strip() for line in lines if not line.startswith("$")):
        raise ZoneFileError(f"old_zone.file: {file} has no record of {domain}; export the zone of {domain}")
    return tuple(dict.fromkeys(found))


def record_sets(data: bytes, domain: str, file: str) -> Sequence[dns.rrset.RRset]:
    """Return the record sets that lie in the domain, as the DNS has them; raises ZoneFileError.

    An alias beside other records is left out: its host answers it with addresses.
    """
    lines = _lines(data, file)
    found = _read(lines, [_alias(line, domain) for line in lines], domain, file)
    others = {rrset.name for rrset in found if rrset.rdtype not in {RdataType.CNAME, *SIGNING}}
    return [rrset for rrset in found if rrset.rdtype != RdataType.CNAME or rrset.name not in others]


def _lines(data: bytes, file: str) -> Sequence[str]:
    try:
        return zone_lines.decoded(data).splitlines()
    except UnicodeDecodeError as error:
        raise ZoneFileError(f"old_zone.file: {file} is not a text file ({error.reason}); export it again") from error


def text_of(rdata: dns.rdata.Rdata) -> str:
    """Return a record's data as text: a TXT joined and without quotes, names without their final dot."""
    strings: tuple[bytes, ...] | None = getattr(rdata, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    return rdata.to_text().rstrip(".") or "."


class _Transaction(dns.zonefile.RRsetsReaderTransaction):
    def check_put_rdataset(self, check: object) -> None:  # noqa: ARG002 - dnspython gives its own
        """Take ours in its place: at the apex, hosts write an alias beside other records (RFC 1034 section 3.6.2)."""
        super().check_put_rdataset(_keep_the_only_one)


class _Manager(dns.zonefile.RRSetsReaderManager):
    def writer(self, replacement: bool = False) -> _Transaction:
        """Return the transaction that takes the records."""
        return _Transaction(self, replacement, False)  # type: ignore[no-untyped-call]


def _read(lines: Sequence[str], aliases: Sequence[ZoneRecord | None], domain: str, file: str) -> list[dns.rrset.RRset]:
    """Return the record sets of the lines that are no `aliases`; those of another zone are passed over."""
    kept = ["" if alias else line for line, alias in zip(lines, aliases, strict=True)]
    text = "\n".join(zone_lines.corrected(kept, domain))
    manager = _Manager(dns.name.from_text(domain))
    tokens = dns.tokenizer.Tokenizer(f"{text}\n", file)
    try:
        with manager.writer(True) as transaction:
            dns.zonefile.Reader(tokens, IN, transaction, allow_directives=DIRECTIVES, default_ttl=DEFAULT_TTL).read()
    except (dns.exception.DNSException, ValueError) as error:
        where = re.sub(r"^.*?:(\d+): ", r"near line \1: ", str(error))
        raise ZoneFileError(
            f"old_zone.file: {file} is not a zone file ({where}); correct or delete that line"
        ) from error
    return manager.rrsets


def _keep_the_only_one(
    transaction: dns.transaction.Transaction, name: dns.name.Name, rdataset: dns.rdataset.Rdataset
) -> None:
    """Refuse a second alias of a name (RFC 2181 section 10.1): dnspython 2.9.2 forgets the first one in silence."""
    if rdataset.rdtype not in (RdataType.CNAME, RdataType.DNAME):
        return
    before = transaction.get(name, rdataset.rdtype)
    if before and set(before) != set(rdataset):
        what = f"{name.to_text(omit_final_dot=True)} has two {RdataType(rdataset.rdtype).name} records"
        raise dns.exception.SyntaxError(f"{what}, and a name has one at most")  # type: ignore[no-untyped-call]


def _alias(line: str, domain: str) -> ZoneRecord | None:
    found = _FLATTENED.match(line)
    if not found:
        return None
    origin = dns.name.from_text(domain)
    name, target = (origin if each == "@" else dns.name.from_text(each, origin) for each in (found[1], found[2]))
    return ZoneRecord(_bare(name), "CNAME", _bare(target))


def _bare(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _records(rrset: dns.rrset.RRset, origin: dns.name.Name) -> Iterator[ZoneRecord]:
    is_host = rrset.name == origin and rrset.rdtype in OF_THE_HOST
    if is_host or rrset.rdtype in SIGNING | OBSOLETE:
        return
    name = _bare(rrset.name)
    for rdata in rrset:
        yield ZoneRecord(name, RdataType(rrset.rdtype).name, text_of(rdata))
