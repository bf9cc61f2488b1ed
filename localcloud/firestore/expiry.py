"""Time to live: documents whose field says that they have expired go by themselves.

Policies: https://firebase.google.com/docs/firestore/ttl. Google deletes within 24 hours of the expiration time; the
rehearsal looks every minute. The deletions are told to listeners and triggers, and no subcollection goes with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.base.world import World
from localcloud.firestore import fieldpaths
from localcloud.firestore.fieldpaths import Path
from localcloud.firestore.indexes import FIELD
from localcloud.firestore.messages import Precondition, Write
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Reader, Scope
from localcloud.firestore.times import micros

SECOND = 1_000_000  # microseconds


@dataclass(frozen=True)
class Policy:
    """Documents of a collection group expire `offset` microseconds after the time in a field."""

    database: str
    collection: str
    path: Path
    offset: int = 0


def policies(world: World) -> tuple[Policy, ...]:
    """Return the policies that the world's field resources set."""
    fields = ({**resource.inputs, **resource.outputs} for resource in world.resources(FIELD))
    return tuple(_policy(each) for each in fields if each.get("project") and each.get("ttlConfig") is not None)


def expired(policy: Policy, reader: Reader, now: int) -> Iterator[Any]:
    """Yield a Write for each document that a policy lets go at a time (microseconds), unless it changes until then."""
    for document in reader.scan(Scope(Location(policy.database), policy.collection, all_descendants=True)):
        value = fieldpaths.get(document.fields, policy.path)
        # Only a date and time expires: a number or a text does not.
        if value is None or value.WhichOneof("value_type") != "timestamp_value":
            continue
        if micros(value.timestamp_value) + policy.offset <= now:
            yield Write(delete=document.name, current_document=Precondition(update_time=document.update_time))


def _policy(field: Mapping[str, Any]) -> Policy:
    database = f"projects/{field.get('project', '')}/databases/{field.get('database') or '(default)'}"
    offset = str((field.get("ttlConfig") or {}).get("expirationOffset") or "0s").removesuffix("s")
    return Policy(
        database, str(field["collection"]), fieldpaths.parse(str(field["field"])), int(float(offset) * SECOND)
    )
