"""Listeners of the official client: documents, collections and queries, over restarts of the server."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from localcloud.firestore import paths
from localcloud.firestore.listen import Commit, DocumentsView, Watch
from localcloud.firestore.messages import TargetChange
from localcloud.firestore.store import Store


class Seen:
    """Collects what a listener is told."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str]] = []
        self.documents: dict[str, Any] | None = None
        self.order: list[str] = []

    def __call__(self, documents: Any, changes: Any, _time: Any) -> None:
        self.order = [document.id for document in documents]
        self.documents = {document.id: document.to_dict() for document in documents}
        self.changes += [(change.type.name, change.document.id) for change in changes]


@pytest.fixture
def watch():
    """Start a listener and end it after the test."""
    started = []

    def start(what: Any) -> Seen:
        seen = Seen()
        started.append(what.on_snapshot(seen))
        return seen

    yield start
    for listener in started:
        listener.unsubscribe()


def test_a_document_is_watched_from_nothing_to_nothing(col, watch, eventually):
    seen = watch(col.document("d"))
    eventually(lambda: seen.documents == {})
    col.document("d").set({"n": 1})
    col.document("other").set({"n": 1})
    eventually(lambda: seen.documents == {"d": {"n": 1}})
    col.document("d").update({"n": 2})
    eventually(lambda: seen.documents == {"d": {"n": 2}})
    col.document("d").delete()
    eventually(lambda: seen.documents == {})
    assert seen.changes == [("ADDED", "d"), ("MODIFIED", "d"), ("REMOVED", "d")]


def test_a_collection_starts_with_what_is_there(db, col, watch, eventually):
    col.document("a").set({"n": 1})
    seen = watch(col)
    eventually(lambda: seen.documents == {"a": {"n": 1}})
    batch = db.batch()
    batch.set(col.document("b"), {"n": 2})
    batch.delete(col.document("a"))
    batch.set(col.document("b").collection("below").document("x"), {})
    batch.commit()
    eventually(lambda: seen.documents == {"b": {"n": 2}})


def test_documents_enter_and_leave_a_query(col, watch, eventually):
    seen = watch(col.where(filter=FieldFilter("n", ">", 1)).order_by("n"))
    eventually(lambda: seen.documents == {})
    for id_, n in (("a", 3), ("b", 1), ("c", 2)):
        col.document(id_).set({"n": n})
    eventually(lambda: seen.order == ["c", "a"])
    col.document("b").update({"n": 9})
    col.document("a").update({"n": 0})
    eventually(lambda: seen.order == ["c", "b"])
    assert ("REMOVED", "a") in seen.changes


def test_a_limited_query_pulls_in_what_moves_up(col, watch, eventually):
    for n in range(4):
        col.document(f"d{n}").set({"n": n})
    seen = watch(col.order_by("n").limit(2))
    eventually(lambda: seen.order == ["d0", "d1"])
    col.document("d0").delete()
    eventually(lambda: seen.order == ["d1", "d2"])
    col.document("new").set({"n": -1})
    eventually(lambda: seen.order == ["new", "d1"])
    assert col.document("d2").get().exists


def test_a_write_that_changes_nothing_is_not_told(col, watch, eventually):
    seen = watch(col)
    col.document("d").set({"n": 1})
    eventually(lambda: seen.documents == {"d": {"n": 1}})
    col.document("d").set({"n": 1})
    col.document("e").set({"n": 1})
    eventually(lambda: len(seen.documents or {}) == 2)
    assert seen.changes == [("ADDED", "d"), ("ADDED", "e")]


def test_many_listeners_see_every_change_in_the_end(col, watch, eventually):
    listeners = [watch(col) for _ in range(8)]
    for n in range(50):
        col.document(str(n % 7)).set({"n": n})
    expected = {d.id: d.to_dict() for d in col.stream()}
    eventually(lambda: all(seen.documents == expected for seen in listeners))


def test_what_leaves_a_query_is_told_apart_from_what_is_deleted(db, col):
    for id_ in ("deleted", "outgrown"):
        col.document(id_).set({"n": 1})
    parent, _ = col._parent_info()
    query = {"parent": parent, "structured_query": col.where(filter=FieldFilter("n", "==", 1))._to_protobuf()}
    request = {"database": db._database_string, "add_target": {"target_id": 1, "query": query}}
    end = threading.Event()
    told = (found._pb for found in db._firestore_api.listen(kept_open(request, end), metadata=db._rpc_metadata))
    while next(told).target_change.target_change_type != TargetChange.CURRENT:
        pass
    batch = db.batch()
    batch.delete(col.document("deleted"))
    batch.update(col.document("outgrown"), {"n": 2})
    batch.commit()
    gone = {}
    while len(gone) < 2:
        message = next(told)
        kind = message.WhichOneof("response_type")
        if kind != "target_change":
            gone[getattr(message, kind).document.rpartition("/")[2]] = kind
    end.set()
    assert gone == {"deleted": "document_delete", "outgrown": "document_remove"}


def kept_open(first, end):
    yield first
    end.wait(10)


def test_a_commit_that_the_opening_showed_already_is_not_told_again(stage):
    place = paths.document("projects/p/databases/(default)/documents/c/d")
    store = Store(stage.world)
    watch = Watch(1, DocumentsView([place]), lambda _now: None)
    list(watch.opening(store, read_time=10))
    assert list(watch.changes(Commit(9, {place: None}), store)) == []
    assert len(list(watch.changes(Commit(11, {place: None}), store))) == 1


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_listener_stays_right_over_a_restart(stage, eventually, ending):
    # The client tries to reconnect without a pause and cannot be stopped while there is no server: keep that short.
    with stage.process() as server:
        col = stage.client().collection("c")
        for id_ in ("kept", "changed", "deleted"):
            col.document(id_).set({"n": 1})
        seen = Seen()
        listener = col.on_snapshot(seen)
        eventually(lambda: len(seen.documents or {}) == 3)
        server.end(ending)
        server.wait(timeout=2)
    with stage.process():
        col.document("changed").set({"n": 2})
        col.document("deleted").delete()
        col.document("added").set({"n": 3})
        eventually(lambda: seen.documents == {"kept": {"n": 1}, "changed": {"n": 2}, "added": {"n": 3}}, seconds=10)
        assert seen.changes.count(("ADDED", "kept")) == 1
        listener.unsubscribe()


def told(db, target, until=TargetChange.CURRENT):
    """Return what a Listen stream with one target says until it is current, as kinds and document names."""
    end = threading.Event()
    request = {"database": db._database_string, "add_target": {"target_id": 2, **target}}
    found, token = [], b""
    for message in db._firestore_api.listen(kept_open(request, end), metadata=db._rpc_metadata):
        change = message._pb.target_change
        kind = message._pb.WhichOneof("response_type")
        name = "" if kind in {"target_change", "filter"} else getattr(message._pb, kind).document
        found.append((kind, getattr(name, "name", name).rpartition("/")[2]))
        if kind == "filter":
            found[-1] = (kind, message._pb.filter.count)
        if kind == "target_change":
            found[-1] = (kind, TargetChange.TargetChangeType.Name(change.target_change_type))
            token = change.resume_token or token
            if change.target_change_type == until:
                break
    end.set()
    return found, token


def test_a_target_with_a_resume_token_is_told_only_what_changed_since(db, col):
    for id_ in ("same", "changed", "deleted", "outgrown"):
        col.document(id_).set({"n": 1})
    parent, _ = col._parent_info()
    query = {"parent": parent, "structured_query": col.where(filter=FieldFilter("n", ">", 0))._to_protobuf()}
    first, token = told(db, {"query": query})
    assert ("target_change", "RESET") in first
    col.document("changed").update({"n": 2})
    col.document("deleted").delete()
    col.document("outgrown").update({"n": 0})
    col.document("added").set({"n": 1})
    again, _ = told(db, {"query": query, "resume_token": token})
    assert ("target_change", "RESET") not in again
    assert sorted(each for each in again if each[0] != "target_change" and each[0] != "filter") == [
        ("document_change", "added"),
        ("document_change", "changed"),
        ("document_delete", "deleted"),
        ("document_remove", "outgrown"),
    ]
    assert ("filter", 3) in again


@pytest.mark.parametrize("token", [b"x", b"not a token of ours", bytes(8)])
def test_a_resume_token_that_cannot_be_used_begins_the_target_again(db, col, token):
    col.document("d").set({"n": 1})
    documents = {"documents": [col.document("d")._document_path]}
    again, _ = told(db, {"documents": documents, "resume_token": token})
    assert again[1] == ("target_change", "RESET")
    assert ("document_change", "d") in again


def test_a_target_that_is_asked_once_ends_when_it_is_current(db, col):
    col.document("d").set({"n": 1})
    documents = {"documents": [col.document("d")._document_path]}
    found, _ = told(db, {"documents": documents, "once": True}, until=TargetChange.REMOVE)
    assert found[-1] == ("target_change", "REMOVE")
    assert ("document_change", "d") in found
