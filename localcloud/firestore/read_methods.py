"""The reading methods of Firestore, from request to responses."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from grpc import StatusCode

from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.firestore import aggregates, indexes, partitions, paths, query
from localcloud.firestore.errors import invalid, not_done
from localcloud.firestore.fieldpaths import Path
from localcloud.firestore.guard import Guard
from localcloud.firestore.messages import (
    BatchGetDocumentsResponse,
    Document,
    ListCollectionIdsResponse,
    ListDocumentsResponse,
    RunAggregationQueryResponse,
    RunQueryResponse,
)
from localcloud.firestore.paths import Location
from localcloud.firestore.query import Query
from localcloud.firestore.read_consistency import Reading, Readings
from localcloud.firestore.store import Reader, Store
from localcloud.firestore.times import Clock, stamp
from localcloud.rpc import Refused

DEFAULT_PAGE = 300
Indexes = tuple[indexes.Index, ...]


class Reads:
    """Answers reading requests from a store. Every method raises Refused."""

    def __init__(
        self, world: World, store: Store, clock: Clock, readings: Readings, *, asks_for_indexes: bool = True
    ) -> None:
        self._asks_for_indexes = asks_for_indexes
        self._store = store
        self._clock = clock
        self._readings = readings
        self._indexes: Watched[Indexes] = Watched(world, indexes.defined)

    async def get_document(self, request: Any, guard: Guard | None) -> Any:
        """Return the Document of that name."""
        place = paths.document(request.name)
        reading = self._readings.open(request, place.database)
        found = await self._readings.documents(reading, [place])
        if guard:
            guard.get(found, reading.reader, self._clock.tick())
        document = found[place]
        if document is None:
            raise Refused(StatusCode.NOT_FOUND, f'Document "{place.name}" not found.')
        return _masked(document, request)

    async def batch_get_documents(self, request: Any, guard: Guard | None) -> Iterable[Any]:
        """Return what is known of each of the documents, existing or missing."""
        places = [paths.document_in(name, request.database) for name in request.documents]
        reading = self._readings.open(request, request.database)
        found = await self._readings.documents(reading, places)
        if guard:
            guard.get(found, reading.reader, self._clock.tick())
        read_time = self._read_time(reading)
        responses = [
            BatchGetDocumentsResponse(missing=place.name, read_time=read_time)
            if document is None
            else BatchGetDocumentsResponse(found=_masked(document, request), read_time=read_time)
            # The order is open to the server; the real one was seen to name the missing ones last.
            for place, document in sorted(found.items(), key=lambda item: item[1] is None)
        ]
        return _started(responses, BatchGetDocumentsResponse(read_time=read_time), reading.started)

    async def list_documents(self, request: Any, guard: Guard | None) -> Any:
        """Return a page of the documents of a collection, in the order of their names."""
        if request.order_by:
            raise not_done("ListDocuments with order_by is not there; RunQuery sorts.")
        collection = paths.parent(request.parent).child(paths.collection_id(request.collection_id))
        reading = self._readings.open(request, collection.database)
        size = _page_size(request)
        after = _page_start(request.page_token)
        if guard:
            guard.list_collection(collection, size, reading.reader, self._clock.tick())

        def listed(reader: Reader) -> list[Any]:
            return list(islice(_listed(reader, collection, after, show_missing=request.show_missing), size + 1))

        page = await self._readings.found(reading, listed)
        token = _page_token(paths.document(page[size - 1].name).segments[-1]) if len(page) > size else ""
        shown = [_masked(document, request) for document in page[:size]]
        return ListDocumentsResponse(documents=shown, next_page_token=token)

    async def list_collection_ids(self, request: Any, guard: Guard | None) -> Any:
        """Return a page of the ids of the collections below a document or the root."""
        parent = paths.parent(request.parent)
        if guard:
            guard.refuse("Only a service may list the ids of collections.")
        reading = self._readings.open(request, parent.database)
        size = _page_size(request)
        page = list(islice(reading.reader.children(parent, _page_start(request.page_token)), size + 1))
        token = _page_token(page[size - 1]) if len(page) > size else ""
        return ListCollectionIdsResponse(collection_ids=page[:size], next_page_token=token)

    async def run_query(self, request: Any, guard: Guard | None) -> Iterable[Any]:
        """Return the documents that a query finds, and when."""
        _check_plain(request)
        asked = self.query(request.parent, request.structured_query)
        reading = self._readings.open(request, asked.scope.parent.database)
        if guard:
            guard.list(asked.scope.parent, request.structured_query, reading.reader, self._clock.tick())
        found = await self._readings.found(reading, asked.run)
        read_time = self._read_time(reading)
        responses = [RunQueryResponse(document=asked.project(document), read_time=read_time) for document in found]
        return _started(responses, RunQueryResponse(read_time=read_time), reading.started)

    async def run_aggregation_query(self, request: Any, guard: Guard | None) -> Iterable[Any]:
        """Return counts, sums and averages over what a query finds."""
        _check_plain(request)
        wire = request.structured_aggregation_query
        aggregations = aggregates.parse(wire.aggregations)
        asked = self.query(request.parent, wire.structured_query, aggregates.fields(aggregations))
        reading = self._readings.open(request, asked.scope.parent.database)
        if guard:
            guard.list(asked.scope.parent, wire.structured_query, reading.reader, self._clock.tick())
        found = await self._readings.found(reading, asked.run)
        response = RunAggregationQueryResponse(read_time=self._read_time(reading), transaction=reading.started)
        for alias, value in aggregates.run(aggregations, found).items():
            response.result.aggregate_fields[alias].CopyFrom(value)
        return [response]

    async def partition_query(self, request: Any, guard: Guard | None) -> Any:
        """Return a page of the places where a collection group can be cut."""
        asked = query.parse(request.parent, request.structured_query)
        partitions.check(request, asked)
        reading = self._readings.open(request, asked.scope.parent.database)
        if guard:
            guard.refuse("Only a service may partition a query.")
        names = [document.name for document in reading.reader.scan(asked.scope)]
        return partitions.page(partitions.cut(names, request.partition_count), request)

    def _read_time(self, reading: Reading) -> Any:
        return stamp(self._clock.tick() if reading.moment is None else reading.moment)

    def query(self, parent: str, wire: Any, aggregated: Iterable[Path] = ()) -> Query:
        """Return the Query of a request, which indexes have to serve."""
        asked = query.parse(parent, wire, aggregated)
        if self._asks_for_indexes:
            indexes.check(asked, self._indexes.current())
        return asked


def _listed(reader: Reader, collection: Location, after: str, *, show_missing: bool) -> Iterator[Any]:
    for name in reader.children(collection, after):
        place = collection.child(name)
        document = reader.get(place)
        if document is not None:
            yield document
        elif show_missing:
            yield Document(name=place.name)


def _masked(document: Any, request: Any) -> Any:
    return query.masked(document, query.mask(request.mask)) if request.HasField("mask") else document


def _check_plain(request: Any) -> None:
    if request.HasField("explain_options"):
        raise not_done("Query explain is not there.")


def _started(responses: list[Any], empty: Any, transaction: bytes) -> list[Any]:
    """Return the responses, or the empty one; the first carries the id of a transaction that the request began."""
    told = responses or [empty]
    told[0].transaction = transaction
    return told


def _page_size(request: Any) -> int:
    if request.page_size < 0:
        raise invalid("The page size must not be negative.")
    return request.page_size or DEFAULT_PAGE


def _page_token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _page_start(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise invalid("Invalid page token.") from error
