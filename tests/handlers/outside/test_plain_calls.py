"""Plain calls of Google's APIs: what goes with each, what comes of a failure, and that no thread is started for one."""

from __future__ import annotations

import threading
from concurrent import futures

import grpc
import pytest
from google.api_core.exceptions import GoogleAPIError, NotFound
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from handlers.failures import Unavailable
from handlers.outside.plain_calls import TokenChannel, call

METHOD = "google.firestore.v1.Firestore/GetDocument"
NAME = "projects/acme/databases/(default)/documents/users/u1"
ROUTING = (to_grpc_metadata({"name": NAME}),)


@pytest.fixture
def lost():
    """The calls that the server is yet to lose, of each of which nothing is heard but that."""
    return []


@pytest.fixture
def google(lost):
    """Give the address of a server that knows one document, and the headers of each call that it was sent."""
    seen = []

    def answered(request, context):
        seen.append(dict(context.invocation_metadata()))
        if lost:
            context.abort(lost.pop(), "the connection was reset")
        if request.name != NAME:
            context.abort(grpc.StatusCode.NOT_FOUND, request.name)
        return types.Document.pb()(name=request.name)

    handler = grpc.unary_unary_rpc_method_handler(
        answered, types.GetDocumentRequest.pb().FromString, types.Document.pb().SerializeToString
    )
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.firestore.v1.Firestore", {"GetDocument": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}", seen
    server.stop(0)


def asked(address, headers, name=NAME, **more):
    with grpc.insecure_channel(address) as plain:
        channel = TokenChannel(plain, headers)
        request = types.GetDocumentRequest.pb()(name=name)
        return call(channel, METHOD, request, types.Document.pb(), 5.0, ROUTING, **more)


def test_a_call_carries_the_token_of_that_moment_and_what_google_routes_it_by(google):
    address, seen = google
    tokens = iter(["one", "two"])
    for _ in range(2):
        assert asked(address, lambda: {"Authorization": f"Bearer {next(tokens)}"}).name == NAME
    assert [each["authorization"] for each in seen] == ["Bearer one", "Bearer two"]
    assert {each["x-goog-request-params"] for each in seen} == {
        "name=projects/acme/databases/%28default%29/documents/users/u1"
    }


def test_a_call_of_a_client_library_carries_the_token_too(google):
    address, seen = google
    tokens = iter(["one", "two"])
    with TokenChannel(grpc.insecure_channel(address), lambda: {"Authorization": f"Bearer {next(tokens)}"}) as channel:
        client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        assert [client.get_document({"name": NAME}).name for _ in range(2)] == [NAME] * 2
    assert [each["authorization"] for each in seen] == ["Bearer one", "Bearer two"]


def test_no_thread_is_started_for_a_token(google, monkeypatch):
    """The client libraries' credentials have grpcio start one for each call."""
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (started.append(thread), start(thread))[1])
    with grpc.insecure_channel(google[0]) as plain:
        channel = TokenChannel(plain, lambda: {"Authorization": "Bearer one"})
        request = types.GetDocumentRequest.pb()(name=NAME)
        call(channel, METHOD, request, types.Document.pb(), 5.0, ROUTING)
        before = len([each for each in started if "ThreadPool" not in each.name])
        for _ in range(5):
            call(channel, METHOD, request, types.Document.pb(), 5.0, ROUTING)
    assert len([each for each in started if "ThreadPool" not in each.name]) == before


def test_a_failure_is_the_client_libraries_own(google):
    with pytest.raises(NotFound, match="users/none"):
        asked(google[0], dict, name="users/none")


def test_nothing_is_sent_without_a_token(google):
    def headers():
        raise Unavailable("Google credentials: RefreshError")

    with pytest.raises(Unavailable, match="RefreshError"):
        asked(google[0], headers)
    assert google[1] == []


def test_a_lost_connection_costs_what_may_be_repeated_nothing(google, lost):
    lost[:] = [grpc.StatusCode.UNAVAILABLE]
    assert asked(google[0], dict, repeats=True).name == NAME
    assert len(google[1]) == 2


@pytest.mark.parametrize(
    ("losses", "repeats", "calls"),
    [
        ([grpc.StatusCode.UNAVAILABLE], False, 1),
        ([grpc.StatusCode.UNAVAILABLE] * 2, True, 2),
        ([grpc.StatusCode.INTERNAL], True, 1),
        ([grpc.StatusCode.RESOURCE_EXHAUSTED], True, 1),
    ],
    ids=["changes something", "lost twice", "another failure", "too many"],
)
def test_no_other_failure_is_repeated(google, lost, losses, repeats, calls):
    lost[:] = losses
    with pytest.raises(GoogleAPIError):
        asked(google[0], dict, repeats=repeats)
    assert len(google[1]) == calls
