"""The Write stream, by which the web and mobile SDKs write: a handshake, then commits in order, each acknowledged.

Protocol: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#writerequest. What was not
acknowledged a client sends again on its next stream. Each response has a token; the client's next request names the
last token that it has seen.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from localcloud.firestore.errors import invalid
from localcloud.firestore.messages import WriteResponse
from localcloud.firestore.times import stamp

Commit = Callable[[Any], Awaitable[Any]]  # takes a WriteRequest, returns what was committed; raises Refused
ID_BYTES = 12


async def answer(requests: AsyncIterator[Any], database: str, commit: Commit) -> AsyncIterator[Any]:
    """Yield a response for each request until the client has sent its last; raises Refused, which ends the stream."""
    stream_id, sent, greeted = "", 0, False
    async for request in requests:
        _check(request, database, sent, greeted=greeted)
        if not greeted:
            if request.writes:
                raise invalid("The first request of a Write stream must not hold writes.")
            stream_id = request.stream_id or secrets.token_hex(ID_BYTES)
            response = WriteResponse(stream_id=stream_id)
        elif request.writes:
            done = await commit(request)
            response = WriteResponse(write_results=done.results, commit_time=stamp(done.time))
        else:
            response = WriteResponse()
        greeted, sent = True, sent + 1
        response.stream_token = _token(sent)
        yield response


def _check(request: Any, database: str, sent: int, *, greeted: bool) -> None:
    if (request.database or database) != database:
        raise invalid("A Write stream stays with one database.")
    if greeted and not 1 <= int.from_bytes(request.stream_token, "big") <= sent:
        raise invalid("The stream token is none that this Write stream has sent.")


def _token(number: int) -> bytes:
    return number.to_bytes(8, "big")
