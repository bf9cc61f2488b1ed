"""Queries over documents: parsed once into a Query, which then answers for any reader, or for one document alone.

Semantics: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#structuredquery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import total_ordering
from itertools import islice
from typing import Any

from localcloud.firestore import fieldpaths, filters, paths, values
from localcloud.firestore.errors import invalid, not_done
from localcloud.firestore.fieldpaths import NAME, Path
from localcloud.firestore.filters import Filter, field_key
from localcloud.firestore.messages import Document, StructuredQuery
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Reader, Scope
from localcloud.firestore.values import Key


@dataclass(frozen=True)
class Order:
    """Sort by one field."""

    path: Path
    descending: bool = False


@total_ordering
@dataclass(frozen=True)
class Descending:
    """A sort key that compares the other way round."""

    key: Key

    def __lt__(self, other: Descending) -> bool:
        return other.key < self.key


Position = tuple[Key | Descending, ...]  # where a document stands in the order of a query


@dataclass(frozen=True)
class Cursor:
    """A place in the order of a query, right `before` or right after all documents that stand at `position`."""

    position: Position
    before: bool

    def precedes(self, position: Position) -> bool:
        """Whether the document that stands at `position` comes after this place."""
        head = position[: len(self.position)]
        return head >= self.position if self.before else head > self.position


@dataclass(frozen=True)
class Query:
    """What to look for and in which order. `orders` is complete: it ends with the document's name.

    `projection` are the fields to return, None for all of them.
    """

    scope: Scope
    where: Filter | None
    orders: tuple[Order, ...]
    start: Cursor | None
    end: Cursor | None
    offset: int
    limit: int | None
    projection: tuple[Path, ...] | None

    def matches(self, document: Any) -> bool:
        """Whether the Document belongs to the result, before offset and limit cut it."""
        return self.scope.contains(paths.document(document.name)) and self._position(document) is not None

    def run(self, reader: Reader) -> list[Any]:
        """Return the matching Documents in order, whole: see `project`."""
        found = self._ordered(reader.scan(self.scope))
        stop = None if self.limit is None else self.offset + self.limit
        return list(islice(found, self.offset, stop))

    def project(self, document: Any) -> Any:
        """Return the Document with only the fields that the query asks for."""
        return document if self.projection is None else masked(document, self.projection)

    def _ordered(self, documents: Iterator[Any]) -> Iterator[Any]:
        standing = ((self._position(document), document) for document in documents)
        matching: Iterator[tuple[Position, Any]] = (
            (position, document) for position, document in standing if position is not None
        )
        # Readers yield in the order of names already, so that a limit can end the scan early.
        if self.orders != (Order(NAME),):
            matching = iter(sorted(matching, key=lambda found: found[0]))
        return (document for _, document in matching)

    def _position(self, document: Any) -> Position | None:
        if self.where is not None and not self.where.matches(document):
            return None
        position = []
        for order in self.orders:
            key = field_key(document, order.path)
            if key is None:
                return None
            position.append(Descending(key) if order.descending else key)
        return tuple(position) if self._within(tuple(position)) else None

    def _within(self, position: Position) -> bool:
        if self.start is not None and not self.start.precedes(position):
            return False
        return self.end is None or not self.end.precedes(position)


def parse(parent: str, wire: Any, aggregated: Iterable[Path] = ()) -> Query:
    """Read a StructuredQuery below a parent and check it; raises Refused.

    Fields that are `aggregated` are read from an index: the documents come in their order, and need to have them.
    """
    if wire.HasField("find_nearest"):
        raise not_done("Vector search (find_nearest) is not there.")
    if wire.offset < 0 or wire.limit.value < 0:
        raise invalid("Offset and limit must not be negative.")
    where = filters.parse(wire.where) if wire.HasField("where") else None
    explicit = _explicit_orders(wire)
    orders = _complete(explicit, where, aggregated)
    return Query(
        scope=_scope(paths.parent(parent), wire),
        where=where,
        orders=orders,
        start=_cursor(wire.start_at, orders) if wire.HasField("start_at") else None,
        end=_cursor(wire.end_at, orders) if wire.HasField("end_at") else None,
        offset=wire.offset,
        limit=wire.limit.value if wire.HasField("limit") else None,
        projection=_projection(wire.select.fields) if wire.HasField("select") else None,
    )


def mask(wire: Any) -> tuple[Path, ...]:
    """Return the paths of a DocumentMask."""
    return tuple(fieldpaths.parse(path) for path in wire.field_paths)


def masked(document: Any, projection: Iterable[Path]) -> Any:
    """Return the Document with only those of its fields."""
    part = Document(name=document.name, create_time=document.create_time, update_time=document.update_time)
    for path in projection:
        value = None if path == NAME else fieldpaths.get(document.fields, path)
        if value is not None:
            fieldpaths.put(part.fields, path, value)
    return part


def _scope(parent: Location, wire: Any) -> Scope:
    sources = wire.from_
    if len(sources) != 1:
        raise invalid("A query needs exactly one collection to look at.")
    source = sources[0]
    if source.collection_id:
        paths.collection_id(source.collection_id)
    elif not source.all_descendants:
        raise not_done("Queries without a collection work only over all descendants.")
    return Scope(parent, source.collection_id, source.all_descendants)


def _explicit_orders(wire: Any) -> tuple[Order, ...]:
    orders = tuple(
        Order(fieldpaths.parse(order.field.field_path), order.direction == StructuredQuery.DESCENDING)
        for order in wire.order_by
    )
    names = [order.path for order in orders]
    for path in names:
        if names.count(path) > 1:
            raise invalid(f"order by clause cannot contain duplicate fields {fieldpaths.text(path)}")
    return orders


def _complete(explicit: tuple[Order, ...], where: Filter | None, aggregated: Iterable[Path]) -> tuple[Order, ...]:
    """Add the orders that are implied: fields with inequality filters, then the name; in the last direction given."""
    descending = bool(explicit) and explicit[-1].descending
    known = {order.path for order in explicit}
    unequal = {condition.path for condition in filters.conditions(where) if condition.op in filters.INEQUALITIES}
    added = [*sorted(unequal - known), *sorted(set(aggregated) - known - unequal)]
    implied = [path for path in added if path != NAME] + ([] if NAME in known else [NAME])
    return explicit + tuple(Order(path, descending) for path in implied)


def _cursor(wire: Any, orders: tuple[Order, ...]) -> Cursor:
    if len(wire.values) > len(orders):
        raise invalid("Cursor has too many values.")
    position: list[Key | Descending] = []
    for order, value in zip(orders, wire.values, strict=False):
        if order.path == NAME and not value.HasField("reference_value"):
            raise invalid("Cursor value for __name__ must be a document reference.")
        key = values.sort_key(value)
        position.append(Descending(key) if order.descending else key)
    return Cursor(tuple(position), wire.before)


def _projection(fields: Iterable[Any]) -> tuple[Path, ...]:
    return tuple(fieldpaths.parse(field.field_path) for field in fields)
