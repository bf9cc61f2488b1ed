"""Records that have to go before others can come: a name holds just one of some, and the engine makes the new first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from blueprint.delegations import BESIDE
from blueprint.record_claims import clash
from blueprint.records import DnsRecord


def in_the_way(before: Mapping[str, DnsRecord], wanted: Iterable[DnsRecord]) -> Iterator[tuple[str, DnsRecord]]:
    """Yield the key of each record of a zone that leaves it, and a wanted one that Cloudflare takes only without it.

    `before` are the records that are there, by their keys (see `DnsRecord.key`).
    """
    coming = {record.key: record for record in wanted}
    for key, old in before.items():
        if key in coming:
            continue
        first = next((new for new in coming.values() if new.name == old.name and _excludes(old, new)), None)
        if first:
            yield key, first


def _excludes(old: DnsRecord, new: DnsRecord) -> bool:
    """Tell whether Cloudflare refuses one record while the other is there (codes 81053, 81058)."""
    kinds = {old.type, new.type}
    if len(kinds) == 1 and "CNAME" not in kinds:
        return (old.content, old.priority) == (new.content, new.priority)
    if "NS" in kinds:
        return not kinds <= {*BESIDE}
    return clash(old, new)
