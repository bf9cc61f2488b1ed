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

DEFAULT_TTL = 3_600  # seconds; exports leave it out where it is the host's own
DIRECTIVES = ("$ORIGIN", "$TTL", "$GENERATE")
OF_THE_HOST = frozenset({RdataType.SOA, RdataType.NS})  # at the apex, these say who serves the zone
SIGNING = frozenset(
    {
        *(RdataType.RRSIG, RdataType.NSEC, RdataType.NSEC3, RdataType.NSEC3PARAM),
        *(RdataType.DNSKEY, RdataType.CDNSKEY, RdataType.CDS),
    }
)
_FLATTENED = re.compile(r"^(\S+)[ \t]+(?:\d+[ \t]+)?(?:IN[ \t]+)?(?:ALIAS|ANAME)[ \t]+(\S+)", re.IGNORECASE)
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
    if not rrsets and any(line.split(";")[0].strip() for line in lines if not line.startswith("$")):
        raise ZoneFileError(f"old_zone.file: {file} has no record of {domain}; export the zone of {domain}")
    return tuple(dict.fromkeys(found))


def record_sets(data: bytes, domain: str, file: str) -> Sequence[dns.rrset.RRset]:
    """Return the record sets that lie in the domain, as the DNS has them; raises ZoneFileError."""
    lines = _lines(data, file)
    return _read(lines, [_alias(line, domain) for line in lines], domain, file)


def _lines(data: bytes, file: str) -> Sequence[str]:
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ZoneFileError(f"old_zone.file: {file} is not a text file ({error.reason}); export it again") from error


def text_of(rdata: dns.rdata.Rdata) -> str:
    """Return a record's data as text: a TXT joined and without quotes, names without their final dot."""
    strings: tuple[bytes, ...] | None = getattr(rdata, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    return rdata.to_text().rstrip(".") or "."


def _read(lines: Sequence[str], aliases: Sequence[ZoneRecord | None], domain: str, file: str) -> list[dns.rrset.RRset]:
    """Return the record sets of the lines that are no `aliases`; those of another zone are passed over."""
    text = "\n".join("" if alias else line for line, alias in zip(lines, aliases, strict=True))
    manager = dns.zonefile.RRSetsReaderManager(dns.name.from_text(domain))
    tokens = dns.tokenizer.Tokenizer(f"{text}\n", file)
    try:
        with manager.writer(True) as transaction:  # type: ignore[no-untyped-call]
            transaction.check_put_rdataset(_keep_the_only_one)
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
    name = dns.name.from_text(found[1], dns.name.from_text(domain)) if found[1] != "@" else dns.name.from_text(domain)
    return ZoneRecord(name.to_text(omit_final_dot=True).lower(), "CNAME", found[2].rstrip(".").lower())


def _records(rrset: dns.rrset.RRset, origin: dns.name.Name) -> Iterator[ZoneRecord]:
    is_host = rrset.name == origin and rrset.rdtype in OF_THE_HOST
    if is_host or rrset.rdtype in SIGNING:
        return
    name = rrset.name.to_text(omit_final_dot=True).lower()
    for rdata in rrset:
        yield ZoneRecord(name, RdataType(rrset.rdtype).name, text_of(rdata))
