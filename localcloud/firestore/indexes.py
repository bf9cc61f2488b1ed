"""Which queries need a composite index, and whether the world holds it.

Firestore indexes every field on its own, and joins such indexes for equalities. A query that filters on one field and
sorts (or filters by inequality) on another, or sorts by several, needs composite indexes whose last fields are the sort
order and whose first fields together are the equality fields: https://firebase.google.com/docs/firestore/query-data/index-overview.
Collection groups have no automatic single-field indexes at all. An index is read in one direction only.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud.firestore_admin_v1 import types as admin
from grpc import StatusCode

from localcloud.base.world import Resource, World
from localcloud.firestore import fieldpaths, filters, paths
from localcloud.firestore.fieldpaths import NAME, Path
from localcloud.firestore.filters import CONTAINS, INEQUALITIES, Condition
from localcloud.firestore.query import Order, Query
from localcloud.rpc import Refused

INDEX = "gcp:firestore/index:Index"
FIELD = "gcp:firestore/field:Field"
COLLECTION, GROUP = "COLLECTION", "COLLECTION_GROUP"
ASCENDING, DESCENDING, ARRAY = "ASCENDING", "DESCENDING", "CONTAINS"

Column = tuple[Path, str]  # a field and ASCENDING, DESCENDING or CONTAINS


@dataclass(frozen=True)
class Index:
    """A composite index of one collection id; a trailing `__name__` in the same direction is left out.

    One without a `database` is of every database.
    """

    database: str
    collection: str
    group: bool
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Need:
    """What one alternative of a query asks of indexes: equality columns in any order, then the sort columns."""

    equal: frozenset[Column]
    sort: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the one index that would serve it."""
        return (*sorted(self.equal), *self.sort)


def defined(world: World) -> tuple[Index, ...]:
    """Return the indexes that the world's resources define: composite ones, and single fields of collection groups."""
    single = (_index(properties) for found in world.resources(FIELD) for properties in _single(_properties(found)))
    return (*composites(world), *single)


def composites(world: World) -> tuple[Index, ...]:
    """Return the composite indexes that the world's resources define."""
    return tuple(_index(_properties(found)) for found in world.resources(INDEX))


def check(query: Query, indexes: Iterable[Index]) -> None:
    """Raise Refused (FAILED_PRECONDITION, naming the missing index) unless indexes serve the query."""
    usable = [index for index in indexes if _covers(index, query)]
    for alternative in filters.disjuncts(query.where):
        need = _need(query, alternative)
        if not _served(need, usable, automatic=not query.scope.all_descendants):
            raise _missing(query, need)


def _need(query: Query, alternative: tuple[Condition, ...]) -> Need:
    equal = {
        (condition.path, ARRAY if condition.op in CONTAINS else ASCENDING)
        for condition in alternative
        if condition.op not in INEQUALITIES and condition.path != NAME
    }
    fixed = {path for path, mode in equal if mode != ARRAY}
    sort = [_column(order) for order in query.orders if order.path not in fixed]
    return Need(frozenset(equal), _without_name(tuple(sort)))


def _served(need: Need, indexes: Iterable[Index], *, automatic: bool) -> bool:
    if not need.equal and not need.sort:
        return True
    if automatic and _single_fields_serve(need):
        return True
    covered = [_prefix(index, need) for index in indexes]
    return any(prefix is not None for prefix in covered) and need.equal <= {
        column for prefix in covered if prefix is not None for column in prefix
    }


def _single_fields_serve(need: Need) -> bool:
    # There is no automatic index of descending names.
    return not need.sort or (not need.equal and len(need.sort) == 1 and need.sort[0][0] != NAME)


def _prefix(index: Index, need: Need) -> set[Column] | None:
    """Return the equality columns that the index covers for the need, or None when its order is another one."""
    head = len(index.columns) - len(need.sort)
    tail = index.columns[max(head, 0) :]
    if head < 0 or tail != need.sort:
        return None
    prefix = {(path, ARRAY if mode == ARRAY else ASCENDING) for path, mode in index.columns[:head]}
    return prefix if prefix <= need.equal else None


def _covers(index: Index, query: Query) -> bool:
    scope = query.scope
    if index.database not in {"", scope.parent.database}:
        return False
    return (index.collection, index.group) == (scope.collection, scope.all_descendants)


def _column(order: Order) -> Column:
    return order.path, DESCENDING if order.descending else ASCENDING


def _without_name(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Leave a trailing `__name__` out when it says what is implied: the direction of the column before it."""
    if not columns or columns[-1][0] != NAME:
        return columns
    before = columns[-2][1] if len(columns) > 1 else ASCENDING
    implied = ASCENDING if before == ARRAY else before
    return columns[:-1] if columns[-1][1] == implied else columns


def _index(properties: Mapping[str, Any]) -> Index:
    columns = tuple(
        (
            fieldpaths.parse(field["fieldPath"]),
            ARRAY if field.get("arrayConfig") else str(field.get("order") or ASCENDING),
        )
        for field in properties["fields"]
    )
    project = properties.get("project")
    database = f"projects/{project}/databases/{properties.get('database') or '(default)'}" if project else ""
    group = properties.get("queryScope") == GROUP
    return Index(database, properties["collection"], group, _without_name(columns))


def _single(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for config in (properties.get("indexConfig") or {}).get("indexes", ()):
        yield {**properties, **config, "fields": [{**config, "fieldPath": properties["field"]}]}


def _properties(resource: Resource) -> dict[str, Any]:
    return {**resource.inputs, **resource.outputs}


def _missing(query: Query, need: Need) -> Refused:
    scope = query.scope
    wanted = ", ".join(f"{fieldpaths.text(path)} {mode}" for path, mode in need.columns)
    kind = GROUP if scope.all_descendants else COLLECTION
    project = paths.project(scope.parent.database)
    return Refused(
        StatusCode.FAILED_PRECONDITION,
        "The query requires an index. You can create it here: https://console.firebase.google.com/v1/r/project/"
        f"{project}/firestore/indexes?create_composite={_link(query, need)} "
        f"(collection {scope.collection}, query scope {kind}, fields: {wanted}), or by this entry of `indexes` in "
        f"firestore.indexes.json: {_entry(scope.collection, kind, need)}",
    )


def _entry(collection: str, kind: str, need: Need) -> str:
    fields = [
        {"fieldPath": fieldpaths.text(path), **({"arrayConfig": mode} if mode == ARRAY else {"order": mode})}
        for path, mode in need.columns
    ]
    return json.dumps({"collectionGroup": collection, "queryScope": kind, "fields": fields})


def _link(query: Query, need: Need) -> str:
    """Return the index as the console's link carries it: a base64 of the admin API's Index message."""
    scope = query.scope
    fields = [
        admin.Index.IndexField(field_path=fieldpaths.text(path), array_config="CONTAINS")
        if mode == ARRAY
        else admin.Index.IndexField(field_path=fieldpaths.text(path), order=mode)
        for path, mode in need.columns
    ]
    index = admin.Index(
        name=f"{scope.parent.database}/collectionGroups/{scope.collection}/indexes/_",
        query_scope=GROUP if scope.all_descendants else COLLECTION,
        fields=fields,
    )
    return base64.urlsafe_b64encode(admin.Index.serialize(index)).decode().rstrip("=")
