"""`firestore.indexes.json` in a world that no engine fills: its indexes and field overrides as resources.

Form: https://firebase.google.com/docs/reference/firestore/indexes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.base.world import Resource, World
from localcloud.firestore.indexes import COLLECTION, FIELD, INDEX


class IndexFileError(ValueError):
    """The file is not in the Firebase tools' form; the message names what is wrong."""


def deploy(world: World, text: str) -> None:
    """Put the indexes of a file's content into the world, for every database; raises IndexFileError."""
    try:
        content = json.loads(text)
        found = [*_composites(content.get("indexes") or ()), *_fields(content.get("fieldOverrides") or ())]
    except (ValueError, TypeError, AttributeError) as error:
        raise IndexFileError(f"it is not the JSON that the Firebase tools write: {error}") from error
    except KeyError as error:
        raise IndexFileError(f"an entry has no {error.args[0]}") from error
    for number, (kind, fields) in enumerate(found):
        world.put(Resource(kind, f"file/{number}", "", fields))


def _composites(entries: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in entries:
        scope = each.get("queryScope") or COLLECTION
        fields = [dict(field) for field in each["fields"]]
        yield INDEX, {"collection": each["collectionGroup"], "queryScope": scope, "fields": fields}


def _fields(entries: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in entries:
        known: dict[str, Any] = {"collection": each["collectionGroup"], "field": each["fieldPath"]}
        if "indexes" in each:
            known["indexConfig"] = {"indexes": [dict(index) for index in each["indexes"]]}
        if each.get("ttl"):
            known["ttlConfig"] = {}
        yield FIELD, known
