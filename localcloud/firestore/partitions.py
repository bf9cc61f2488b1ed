"""Partition queries: where a collection group can be cut, so that several workers read it side by side.

Rules: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#partitionqueryrequest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.firestore.errors import invalid
from localcloud.firestore.fieldpaths import NAME
from localcloud.firestore.messages import Cursor, PartitionQueryResponse, Value
from localcloud.firestore.query import Query


def check(request: Any, query: Query) -> None:
    """Raise Refused unless the query can be cut: a whole collection group, ordered by name."""
    if request.partition_count <= 0:
        raise invalid("partition_count must be greater than zero.")
    if request.page_size < 0:
        raise invalid("The page size must not be negative.")
    if not query.scope.all_descendants:
        raise invalid("Only queries over all descendants can be partitioned.")
    orders = query.orders
    if query.where or query.limit is not None or query.offset or query.start or query.end or len(orders) != 1:
        raise invalid("A partitioned query must not filter, limit, or order by anything but __name__.")
    if orders[0].path != NAME or orders[0].descending:
        raise invalid("A partitioned query has to be ordered by __name__ ascending.")


def cut(names: Sequence[str], count: int) -> list[str]:
    """Return at most `count` of the names, in order, that cut all of them into parts of about the same size."""
    cuts = min(count, len(names) - 1)
    return [names[number * len(names) // (cuts + 1)] for number in range(1, cuts + 1)]


def page(cuts: Sequence[str], request: Any) -> Any:
    """Return one page of a PartitionQuery's answer; raises Refused when its token is none of ours."""
    if request.page_token and not request.page_token.isdecimal():
        raise invalid("Invalid page token.")
    start = int(request.page_token or 0)
    end = start + (request.page_size or len(cuts))
    found = [Cursor(values=[Value(reference_value=name)]) for name in cuts[start:end]]
    return PartitionQueryResponse(partitions=found, next_page_token=str(end) if end < len(cuts) else "")
