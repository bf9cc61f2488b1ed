"""Firestore that fails in every way, at every moment: the official client against a server that does as it is told."""

from __future__ import annotations

import time
from concurrent import futures

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1 import types

from handlers.failures import NotYet, Unavailable
from handlers.work.documents import Query, Write
from handlers.work.firestore_documents import TIMEOUT, Firestore

SERVICE = "google.firestore.v1.Firestore"
DATABASE = "projects/acme/databases/(default)/documents"
STATUSES = [status for status in grpc.StatusCode if status is not grpc.StatusCode.OK]
SLACK = 2.0  # seconds that a busy machine may add
HANG = "hang"
LATER = "a later document"
FURTHER = "BatchGetDocuments in a transaction"


class Broken:
    """Answers well but for the methods in `faults`: method → (a status or HANG, after so many streamed answers).

    Those of `once` answer well from the second call on. FURTHER is a read in a transaction that has begun, and `places`
    are the places in the line that those which began asked for.
    """

    def __init__(self) -> None:
        self.faults: dict[str, tuple[object, int]] = {}
        self.once: set[str] = set()
        self.calls: list[str] = []
        self.places: list[bytes] = []

    def service(self, details):
        name = details.method.rpartition("/")[2]
        kinds = {
            "BeginTransaction": (types.BeginTransactionRequest, types.BeginTransactionResponse, self.begin),
            "Commit": (types.CommitRequest, types.CommitResponse, self.commit),
            "Rollback": (types.RollbackRequest, None, self.rollback),
            "GetDocument": (types.GetDocumentRequest, types.Document, self.read),
            "BatchGetDocuments": (types.BatchGetDocumentsRequest, types.BatchGetDocumentsResponse, self.stream),
            "RunQuery": (types.RunQueryRequest, types.RunQueryResponse, self.query),
        }
        request, response, act = kinds[name]
        is_stream = name in ("BatchGetDocuments", "RunQuery")
        make = grpc.unary_stream_rpc_method_handler if is_stream else grpc.unary_unary_rpc_method_handler
        written = response.pb().SerializeToString if response else (lambda _: b"")
        return make(act, request.pb().FromString, written)

    def fail(self, method, sent, context):
        self.calls.append(method)
        fault, after = self.faults.get(method, (None, 0))
        if fault is None or sent < after:
            return
        if method in self.once:
            del self.faults[method]
        if fault == HANG:
            while context.is_active():
                time.sleep(0.02)
        context.abort(grpc.StatusCode.CANCELLED if fault == HANG else fault, "as told")

    def begin(self, request, context):
        self.fail("BeginTransaction", 0, context)
        return types.BeginTransactionResponse.pb()(transaction=self.begun(request.options))

    def begun(self, options):
        self.places.append(options.read_write.retry_transaction)
        return f"t{len(self.places)}".encode()

    def commit(self, _, context):
        self.fail("Commit", 0, context)
        return types.CommitResponse.pb()(write_results=[types.WriteResult.pb()()])

    def rollback(self, _, context):
        self.fail("Rollback", 0, context)

    def read(self, request, context):
        self.fail("GetDocument", 0, context)
        return types.Document.pb()(name=request.name)

    def stream(self, request, context):
        self.fail(FURTHER if request.transaction else "BatchGetDocuments", 0, context)
        begun = {}
        if request.HasField("new_transaction"):
            begun = {"transaction": self.begun(request.new_transaction)}
        for number, name in enumerate(request.documents):
            if number and LATER in self.faults:
                self.fail(LATER, number, context)
            found = types.Document.pb()(name=name)
            yield types.BatchGetDocumentsResponse.pb()(found=found, **({} if number else begun))

    def query(self, _, context):
        for number in range(3):
            self.fail("RunQuery", number, context)
            document = types.Document.pb()(name=f"{DATABASE}/things/t{number}")
            yield types.RunQueryResponse.pb()(document=document)
        self.fail("RunQuery", 3, context)


@pytest.fixture(scope="module")
def running():
    broken = Broken()
    server = grpc.server(futures.ThreadPoolExecutor(16))
    server.add_generic_rpc_handlers((broken,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = firestore.Client(project="acme", credentials=AnonymousCredentials())
    client._emulator_host = f"127.0.0.1:{port}"
    yield broken, Firestore(client)
    client.close()
    server.stop(0)


@pytest.fixture
def broken(running):
    running[0].faults.clear()
    running[0].once.clear()
    running[0].calls.clear()
    running[0].places.clear()
    return running[0]


@pytest.fixture
def store(running):
    return running[1]


def written(store):
    return store.transact(lambda read: (read("things/a"), [Write("things/a", {"n": 1})]))


def read_twice(store):
    return store.transact(lambda read: ((read("things/a"), read("things/b")), [Write("things/a", {"n": 1})]))


def revised(store):
    return store.revise("things/a", lambda _: (None, [Write("things/a", {"n": 1})]))


def given_up(store):
    def work(read):
        read("things/a")
        raise NotYet("somebody else holds the lease")

    return store.transact(work)


MOMENTS = {
    "the first read of a transaction": ("BatchGetDocuments", 0, written),
    "a further read in a transaction": (FURTHER, 0, read_twice),
    "a read of several": ("BatchGetDocuments", 0, lambda store: store.several(["things/a", "things/b"])),
    "a later one of several": (LATER, 1, lambda store: store.several(["things/a", "things/b"])),
    "a commit": ("Commit", 0, written),
    "the read of a revision": ("GetDocument", 0, revised),
    "the commit of a revision": ("Commit", 0, revised),
    "a creation": ("Commit", 0, lambda store: store.create("things/a", {"n": 1})),
    "a deletion": ("Commit", 0, lambda store: store.delete("things/a")),
    "a read": ("GetDocument", 0, lambda store: store.get("things/a")),
    "the first document of a query": ("RunQuery", 0, lambda store: store.find(Query("things"))),
    "a later document of a query": ("RunQuery", 1, lambda store: store.find(Query("things"))),
    "the end of a query": ("RunQuery", 3, lambda store: store.find(Query("things"))),
}


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.name)
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_every_status_at_every_moment_is_unavailable_and_in_time(broken, store, moment, status):
    method, after, call = moment
    if status == grpc.StatusCode.ALREADY_EXISTS and moment is MOMENTS["a creation"]:
        return  # that is an answer: the document is there
    if status == grpc.StatusCode.NOT_FOUND and method == "GetDocument":
        return  # what this is about is asked again: see below, of a database that is not there
    broken.faults[method] = (status, after)
    if moment is MOMENTS["the first read of a transaction"]:
        broken.faults[FURTHER] = (status, after)  # an attempt after contention begins otherwise
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        call(store)
    assert time.monotonic() - begun < TIMEOUT + SLACK


@pytest.mark.parametrize(
    "moment",
    ["the first read of a transaction", "a further read in a transaction", "a read of several", "a creation", "a read"],
)
def test_a_connection_that_was_lost_meanwhile_is_no_outage(broken, store, moment):
    method, after, call = MOMENTS[moment]
    broken.faults[method], broken.once = (grpc.StatusCode.UNAVAILABLE, after), {method}
    call(store)
    assert broken.calls.count(method) == 2


def test_a_commit_that_may_have_been_made_is_not_made_again(broken, store):
    broken.faults["Commit"], broken.once = (grpc.StatusCode.UNAVAILABLE, 0), {"Commit"}
    with pytest.raises(Unavailable):
        written(store)
    assert broken.calls.count("Commit") == 1


def test_a_creation_of_what_is_there_is_not_an_outage(broken, store):
    broken.faults["Commit"] = (grpc.StatusCode.ALREADY_EXISTS, 0)
    assert not store.create("things/a", {"n": 1})


@pytest.mark.parametrize("status", [*STATUSES, HANG], ids=str)
def test_whatever_becomes_of_a_rollback_what_the_work_raised_is_told(broken, store, status):
    broken.faults["Rollback"] = (status, 0)
    begun = time.monotonic()
    with pytest.raises(NotYet, match="holds the lease"):
        given_up(store)
    assert time.monotonic() - begun < TIMEOUT + SLACK
    assert broken.calls == ["BatchGetDocuments", "Rollback"]


def test_a_firestore_that_never_answers_is_unavailable_in_time_at_every_moment(broken, store):
    def ended(moment):
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            moment[2](store)
        return time.monotonic() - begun

    for method in ("BatchGetDocuments", FURTHER, LATER, "GetDocument", "Commit", "RunQuery"):
        broken.faults[method] = (HANG, 1 if method in ("RunQuery", LATER) else 0)
        moments = [moment for moment in MOMENTS.values() if moment[0] == method]
        with futures.ThreadPoolExecutor(len(moments)) as pool:
            assert max(pool.map(ended, moments)) < TIMEOUT + SLACK
        broken.faults.clear()


def test_contention_is_tried_again_in_the_same_place_of_the_line(broken, store):
    broken.faults["Commit"] = (grpc.StatusCode.ABORTED, 0)
    with pytest.raises(Unavailable, match=r"contention|DeadlineExceeded"):
        written(store)
    assert len(broken.places) > 1
    assert set(broken.places[1:]) == {b"t1"}


def test_an_attempt_after_contention_can_be_rolled_back_whatever_becomes_of_its_first_read(broken, store):
    broken.faults.update({"Commit": (grpc.StatusCode.ABORTED, 0), FURTHER: (grpc.StatusCode.INTERNAL, 0)})
    with pytest.raises(Unavailable):
        written(store)
    assert broken.calls == ["BatchGetDocuments", "Commit", "BeginTransaction", FURTHER, "Rollback"]


def test_a_database_that_is_not_there_is_not_taken_for_a_document_that_is_not_there(broken, store):
    broken.faults = dict.fromkeys(("GetDocument", "BatchGetDocuments"), (grpc.StatusCode.NOT_FOUND, 0))
    with pytest.raises(Unavailable):
        store.get("things/a")
    assert broken.calls == ["GetDocument", "BatchGetDocuments"]


def test_a_transaction_begins_with_its_first_read_and_with_what_is_read_ahead(broken, store):
    written(store)
    assert broken.calls == ["BatchGetDocuments", "Commit"]
    broken.calls.clear()
    store.transact(lambda read: ([read(f"things/{name}") for name in "aba"], []), ahead=["things/b"])
    assert broken.calls == ["BatchGetDocuments", "Commit"]


def test_a_revision_is_a_read_and_a_commit_and_one_that_changes_nothing_a_read(broken, store):
    revised(store)
    assert broken.calls == ["GetDocument", "Commit"]
    broken.calls.clear()
    store.revise("things/a", lambda _: (None, []))
    assert broken.calls == ["GetDocument"]


def test_what_was_read_once_in_a_transaction_is_not_read_again(broken, store):
    store.transact(lambda read: ((read("things/a"), read("things/a")), []))
    assert broken.calls == ["BatchGetDocuments", "Commit"]


def test_writes_that_depend_on_nothing_are_one_call_and_nothing_at_all_is_none(broken, store):
    store.transact(lambda _: (None, [Write("things/a", {"n": 1})]))
    assert broken.calls == ["Commit"]
    broken.calls.clear()
    store.transact(lambda _: (None, []))
    assert broken.calls == []


def test_a_firestore_that_works_is_untouched_by_all_this(broken, store):
    assert store.transact(lambda read: (read("things/a"), [Write("things/a", {"n": 1})])) == {}
    assert [found.id for found in store.find(Query("things"))] == ["t0", "t1", "t2"]
