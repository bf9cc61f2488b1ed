"""The Write stream as the web and mobile SDKs use it: a handshake, then commits that are acknowledged in order."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import grpc
import jwt
import pytest

from localcloud.firestore import rulebook
from localcloud.firestore.messages import Document, Value, Write, WriteRequest, WriteResponse

DATABASE = "projects/acme-rehearsal/databases/(default)"
RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{d}/documents/own/{uid} { allow read, write: if request.auth.uid == uid; }
}
"""


class Stream:
    """A Write stream that a test drives request by request."""

    def __init__(self, channel: grpc.Channel, bearer: str = "owner") -> None:
        self._requests: queue.Queue[Any] = queue.Queue()
        call = channel.stream_stream(
            "/google.firestore.v1.Firestore/Write", WriteRequest.SerializeToString, WriteResponse.FromString
        )
        metadata = [("authorization", f"Bearer {bearer}")]
        self._answers = call(iter(self._requests.get, None), metadata=metadata, timeout=20)
        self.token = b""

    def ask(self, **fields: Any) -> Any:
        """Send a request with the last token seen and return its answer."""
        self._requests.put(WriteRequest(**{"stream_token": self.token, **fields}))
        answer = next(self._answers)
        self.token = answer.stream_token
        return answer

    def end(self) -> list[Any]:
        """Say that there are no more requests, and return what else comes."""
        self._requests.put(None)
        return list(self._answers)


@pytest.fixture
def channel(served) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(served.ports.address("firestore")) as channel:
        yield channel


def update(path: str, **fields: int) -> Any:
    values = {name: Value(integer_value=number) for name, number in fields.items()}
    return Write(update=Document(name=f"{DATABASE}/documents/{path}", fields=values))


def refused(code: grpc.StatusCode) -> Any:
    return pytest.raises(grpc.RpcError, check=lambda error: error.code() is code)


def test_after_a_handshake_each_request_is_one_commit(channel, db):
    stream = Stream(channel)
    hello = stream.ask(database=DATABASE)
    assert hello.stream_id
    assert hello.stream_token
    assert not hello.write_results
    first = stream.ask(writes=[update("streamed/a", n=1), update("streamed/b", n=2)])
    assert len(first.write_results) == 2
    assert first.commit_time.seconds
    stream.ask(writes=[update("streamed/a", n=3)])
    assert stream.end() == []
    assert {found.id: found.to_dict() for found in db.collection("streamed").stream()} == {"a": {"n": 3}, "b": {"n": 2}}


def test_every_response_has_a_token_of_its_own_and_an_empty_request_is_answered(channel):
    stream = Stream(channel)
    answers = [stream.ask(database=DATABASE), stream.ask(), stream.ask(writes=[update("streamed/c", n=1)])]
    assert len({answer.stream_token for answer in answers}) == 3


def test_a_request_may_name_an_older_token_but_none_that_was_never_sent(channel):
    stream = Stream(channel)
    first = stream.ask(database=DATABASE).stream_token
    stream.ask(writes=[update("streamed/d", n=1)])
    stream.ask(stream_token=first, writes=[update("streamed/d", n=2)])
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        stream.ask(stream_token=b"made up", writes=[update("streamed/d", n=3)])


@pytest.mark.parametrize(
    "opening",
    [
        {"database": "nonsense"},
        {"database": DATABASE, "writes": [update("streamed/e", n=1)]},
    ],
)
def test_a_stream_begins_with_a_database_and_no_writes(channel, db, opening):
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        Stream(channel).ask(**opening)
    assert not db.document("streamed/e").get().exists


def test_a_refused_commit_ends_the_stream_and_leaves_what_came_before(channel, db):
    stream = Stream(channel)
    stream.ask(database=DATABASE)
    stream.ask(writes=[update("streamed/f", n=1)])
    missing = update("streamed/none", n=1)
    missing.current_document.exists = True
    with refused(grpc.StatusCode.NOT_FOUND):
        stream.ask(writes=[update("streamed/f", n=2), missing])
    assert db.document("streamed/f").get().to_dict() == {"n": 1}


def test_users_write_what_the_rules_allow_them(served, channel, db):
    rulebook.deploy(served.world, "acme-rehearsal", RULES)
    bearer = jwt.encode({"sub": "alice"}, None, algorithm="none")
    stream = Stream(channel, bearer)
    stream.ask(database=DATABASE)
    stream.ask(writes=[update("own/alice", n=1)])
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        stream.ask(writes=[update("own/bob", n=1)])
    assert db.document("own/alice").get().exists
    assert not db.document("own/bob").get().exists
