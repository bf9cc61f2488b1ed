"""Takes a record away before `up` where Cloudflare takes no other one beside it.

A record of another type is another resource, and the engine deletes what is left out last: the new one would be refused
for ever. Deleted first, the name is not answered for some seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blueprint.record_swaps import in_the_way
from blueprint.records import ANYWHERE, DnsRecord, records
from blueprint.spec import Spec
from cli.terminal import Terminal
from engine.pulumi import Pulumi

RECORD = "cloudflare:index/dnsRecord:DnsRecord"


def clear(pulumi: Pulumi, wanted: Spec, show: Terminal) -> None:
    """Delete the records of the stack that are in the way of those that its spec wants; raises EngineError."""
    there = {_key(each): each for each in pulumi.deployment().get("resources") or () if each.get("type") == RECORD}
    before = {key: _record(each) for key, each in there.items() if not each.get("delete")}
    leaving = list(in_the_way(before, records(wanted, ANYWHERE)))
    if not leaving:
        return
    for key, new in leaving:
        old = before[key].type
        other = "second one" if old == new.type else f"{new.type} record"
        show.note(f"  {new.name}: its {old} record goes first, for Cloudflare takes no {other} beside it")
    pulumi.destroy(*(option for key, _ in leaving for option in ("--target", str(there[key]["urn"]))))


def _key(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _record(resource: Mapping[str, Any]) -> DnsRecord:
    told = {**(resource.get("outputs") or {}), **(resource.get("inputs") or {})}
    return DnsRecord(
        told["name"],
        told["type"],
        str(told.get("content", "")),
        proxied=bool(told.get("proxied")),
        priority=told.get("priority"),
    )
