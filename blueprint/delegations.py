"""Names that are delegated to other name servers: nothing of this zone is answered there."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.records import DnsRecord

BESIDE = ("NS", "DS")  # what a delegated name may have (RFC 4035 section 2.4 for DS)
GLUE = ("A", "AAAA")


def broken(record: DnsRecord, known: Sequence[DnsRecord], all_: Sequence[DnsRecord]) -> str | None:
    """Return what a delegation keeps from being answered: the record itself, or one that is `known` already.

    Cloudflare takes no other record beside an NS (its API, "Create DNS Record"); what lies below is the other name
    servers' to answer (RFC 1034 section 4.3.2), but for those servers' own addresses.
    """
    servers = {each.content for each in all_ if each.type == "NS"}
    for other in known:
        for above, below in ((record, other), (other, record)):
            if above.type != "NS" or not f".{below.name}".endswith(f".{above.name}"):
                continue
            if below.name == above.name and below.type in BESIDE:
                continue
            if below.name in servers and below.type in GLUE and below.name != above.name:
                continue
            return (
                f"{above.name} is left to other name servers by its NS record, so nobody would answer for the "
                f"{below.type} record at {below.name}; drop one of them"
            )
    return None
