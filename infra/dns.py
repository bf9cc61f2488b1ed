"""One DNS record of the blueprint as Cloudflare takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from blueprint.record_spec import split
from blueprint.records import DnsRecord
from infra.loading.sdk import cloudflare


def publish(
    record: DnsRecord, zone_id: pulumi.Input[str], parent: pulumi.Resource, content: pulumi.Input[str] | None = None
) -> None:
    """Make the record in the zone, as a child of `parent`; `content` replaces the record's own when known only now.

    Names are full and without a final dot: anything else shows up as a change in every preview
    (terraform-provider-cloudflare#5517). There is no way to overwrite a record that somebody made by hand (81057):
    delete it first, or import it.
    """
    cloudflare.DnsRecord(
        record.key,
        zone_id=zone_id,
        name=record.name,
        type=record.type,
        ttl=record.ttl,
        proxied=record.proxied,
        priority=record.priority,
        **({"content": content} if content is not None else _substance(record)),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _substance(record: DnsRecord) -> Mapping[str, Any]:
    """Return what the record says: `data` for types that Cloudflare takes in parts, else `content`."""
    parts = split(record.type, record.content)
    return {"data": dict(parts)} if parts else {"content": record.content}
