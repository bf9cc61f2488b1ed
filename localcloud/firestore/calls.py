"""One call as every way in makes it: who calls, whether they may, which fault befalls it, and its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from localcloud.faults.grpc import Faulty
from localcloud.firestore import access, paths
from localcloud.firestore.access import Access
from localcloud.firestore.errors import invalid
from localcloud.firestore.service import Firestore, Method

Metadata = Mapping[str, Any]  # lower-case names


class Calls:
    """The calls that come by one port. Every method raises Refused, Struck or iam.DeniedError."""

    def __init__(self, firestore: Firestore, door: Access, faulty: Faulty) -> None:
        self._firestore = firestore
        self._door = door
        self._faulty = faulty

    async def answer(self, method: Method, request: Any, metadata: Metadata) -> Any:
        """Return the response of a method, or its responses when it streams."""
        caller = self._door.admit(metadata, method.database(request), method.needs(request))
        fault = await self._faulty.meet_async(lambda: f"{caller.name}\n{method.name}\n{request}")
        await self._faulty.before_async(fault)
        response = await method.answer(request, caller.guard)
        await self._faulty.after_async(fault)
        return response

    async def listen(self, requests: AsyncIterator[Any], metadata: Metadata) -> AsyncIterator[Any]:
        """Yield the responses of a Listen stream."""
        first = await _first(requests, "Listen")
        database = paths.database(first.database)
        caller = self._door.admit(metadata, database, (access.GET, access.LIST))
        async for response in self._firestore.listen(_chain(first, requests), database, caller.guard):
            yield response

    async def write(self, requests: AsyncIterator[Any], metadata: Metadata) -> AsyncIterator[Any]:
        """Yield the responses of a Write stream; each of its commits meets faults as a Commit does."""
        first = await _first(requests, "Write")
        database = paths.database(first.database)
        caller = self._door.admit(metadata, database, ())

        async def commit(request: Any) -> Any:
            if caller.guard is None:
                self._door.admit(metadata, database, access.for_writes(request.writes))
            fault = await self._faulty.meet_async(lambda: f"{caller.name}\nCommit\n{request}")
            await self._faulty.before_async(fault)
            done = await self._firestore.commit(database, request, caller.guard)
            await self._faulty.after_async(fault)
            return done

        async for response in self._firestore.write(_chain(first, requests), database, commit):
            yield response


async def _first(requests: AsyncIterator[Any], stream: str) -> Any:
    first = await anext(requests, None)
    if first is None:
        raise invalid(f"A {stream} stream has to begin with a request.")
    return first


async def _chain(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for item in rest:
        yield item
