"""Queries as the security rules see them: where they look, and what their filters say of each document.

Source: https://firebase.google.com/docs/firestore/security/rules-query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.firestore import fieldpaths
from localcloud.firestore.filters import Op
from localcloud.firestore.messages import StructuredQuery
from localcloud.firestore.paths import Location

if TYPE_CHECKING:
    from rules import Combined, Query, Where

_OPERATORS = {
    Op.LESS: "<",
    Op.LESS_OR_EQUAL: "<=",
    Op.GREATER: ">",
    Op.GREATER_OR_EQUAL: ">=",
    Op.EQUAL: "==",
    Op.NOT_EQUAL: "!=",
    Op.ARRAY_CONTAINS: "array-contains",
    Op.IN: "in",
    Op.ARRAY_CONTAINS_ANY: "array-contains-any",
    Op.NOT_IN: "not-in",
}
_UNARY = {"IS_NULL": "is-null", "IS_NOT_NULL": "is-not-null", "IS_NAN": "is-nan", "IS_NOT_NAN": "is-not-nan"}


def read(parent: Location, wire: Any) -> tuple[Location, Query]:
    """Return the place that a checked StructuredQuery asks below `parent`, and the query.

    The place is the collection, or for a collection group what all its collections lie below.
    """
    from rules import Query

    source = wire.from_[0]
    group = source.collection_id if source.all_descendants else None
    place = parent if group is not None else parent.child(source.collection_id)
    orders = tuple((order.field.field_path, _direction(order)) for order in wire.order_by)
    limit = wire.limit.value if wire.HasField("limit") else None
    where = _filter(wire.where) if wire.HasField("where") else None
    return place, Query(where, limit, wire.offset, orders, group)


def _direction(order: Any) -> str:
    return "DESC" if order.direction == StructuredQuery.DESCENDING else "ASC"


def _filter(wire: Any) -> Where | Combined:
    from rules import Combined, Where
    from rules.values.firestore import from_message

    kind = wire.WhichOneof("filter_type")
    if kind == "composite_filter":
        parts = tuple(_filter(part) for part in wire.composite_filter.filters)
        is_or = wire.composite_filter.op == StructuredQuery.CompositeFilter.OR
        return Combined("or" if is_or else "and", parts)
    if kind == "unary_filter":
        operator = StructuredQuery.UnaryFilter.Operator.Name(wire.unary_filter.op)
        return Where(fieldpaths.parse(wire.unary_filter.field.field_path), _UNARY[operator])
    found = wire.field_filter
    operator = Op(StructuredQuery.FieldFilter.Operator.Name(found.op))
    return Where(fieldpaths.parse(found.field.field_path), _OPERATORS[operator], from_message(found.value))
