"""Eventarc of the rehearsal: what a commit publishes, how it is delivered, and when it is given up."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.types import Document, DocumentMask
from google.protobuf import descriptor_pb2, message_factory

from localcloud.base import ports, tokens
from localcloud.base.network import Endpoint
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.eventarc.event_queue import KEPT, KIND, EventQueue
from localcloud.eventarc.triggers import TRIGGER, pattern, triggers
from localcloud.firestore.server import serve as serve_firestore
from tests import signing_keys

P = "acme-rehearsal"
ACCOUNT = f"event-caller@{P}.iam.gserviceaccount.com"
HOST = "intents-100000000001.europe-west1.run.app"
INPUTS = {
    "project": P,
    "location": "europe-west1",
    "name": "intents",
    "serviceAccount": ACCOUNT,
    "matchingCriterias": [
        {"attribute": "type", "value": "google.cloud.firestore.document.v1.created"},
        {"attribute": "database", "value": "(default)"},
        {"attribute": "document", "value": "users/{userId}/intents/{id}", "operator": "match-path-pattern"},
    ],
    "destination": {"cloudRunService": {"service": "intents", "region": "europe-west1", "path": "/intents/created"}},
}
RECEIVER = Resource(
    "gcp:projects/iAMMember:IAMMember",
    "receiver",
    "",
    {"project": P, "role": "roles/eventarc.eventReceiver", "member": f"serviceAccount:{ACCOUNT}"},
)


def put_trigger(world):
    world.put(Resource(TRIGGER, "t1", "", INPUTS, INPUTS))


@pytest.fixture
def home(tmp_path):
    ports.allocate(tmp_path)
    signing_keys.lay(tmp_path)
    return tmp_path


@pytest.fixture
def world(home):
    made = World(home / "world.db")
    project = {"projectId": P, "number": "100000000001"}
    made.put(Resource("gcp:organizations/project:Project", f"projects/{P}", "", project, project))
    database = {"project": P, "name": "(default)", "locationId": "europe-west1", "type": "FIRESTORE_NATIVE"}
    made.put(Resource("gcp:firestore/database:Database", "(default)", "", database, database))
    made.put(RECEIVER)
    yield made
    made.close()


@pytest.fixture
def documents(home, world):
    with on_thread(serve_firestore(home)):
        client = firestore.Client(project=P, credentials=AnonymousCredentials())
        client._emulator_host = ports.load(home).address("firestore")
        yield client
        client.close()


@pytest.fixture
def service(home):
    """The service that events go to: answers as told, and keeps what it got."""
    got: list[tuple[str, dict[str, str], bytes]] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def route(name):
        return Endpoint("127.0.0.1", server.server_port, False, name) if name == HOST else None

    with on_thread(serve_control(home, route=route)):
        yield got, answers
    server.shutdown()
    server.server_close()
    thread.join()


def until(found, within=10.0):
    end = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return value


def waiting(world):
    return world.connection.execute("SELECT COUNT(*) FROM eventarc_events").fetchone()[0]


def event_data():
    """DocumentEventData, built here from the fields that googleapis/google-cloudevents gives it."""
    known = Document.pb().DESCRIPTOR.file
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
    file.dependency.extend([known.name, DocumentMask.pb().DESCRIPTOR.file.name])
    made = file.message_type.add(name="DocumentEventData")
    for number, name, kind in (
        (1, "value", "Document"),
        (2, "old_value", "Document"),
        (3, "update_mask", "DocumentMask"),
    ):
        made.field.add(name=name, number=number, label=1, type=11, type_name=f".google.firestore.v1.{kind}")
    known.pool.Add(file)
    return message_factory.GetMessageClass(known.pool.FindMessageTypeByName("t.DocumentEventData"))


EVENT_DATA = event_data()


def test_a_new_document_is_delivered_with_its_content_and_an_identity(home, world, documents, service):
    put_trigger(world)
    got, _ = service
    documents.document("users/u1/intents/a").set({"kind": "signup_completed", "n": 7})
    ((path, headers, body),) = until(lambda: got)
    assert path == "/intents/created"
    assert headers["content-type"] == "application/protobuf"
    assert headers["ce-type"] == "google.cloud.firestore.document.v1.created"
    assert (headers["ce-document"], headers["ce-subject"]) == ("users/u1/intents/a", "documents/users/u1/intents/a")
    bearer = headers["authorization"].removeprefix("Bearer ")
    assert tokens.id_caller(home, bearer, f"https://{HOST}", time.time()) == f"serviceAccount:{ACCOUNT}"
    found = EVENT_DATA.FromString(body)
    assert found.value.name.endswith("/documents/users/u1/intents/a")
    assert found.value.fields["kind"].string_value == "signup_completed"
    assert found.value.fields["n"].integer_value == 7
    assert not found.HasField("old_value")
    until(lambda: not waiting(world))


@pytest.mark.parametrize(
    ("name", "told"), [("Helvétios", "Helvétios"), ("中餐", "中餐"), ("ends with a space ", "ends with a space")]
)
def test_a_document_s_name_is_told_in_raw_utf_8_without_the_spaces_at_its_end(world, documents, service, name, told):
    put_trigger(world)
    got, _ = service
    documents.document(f"users/u1/intents/{name}").set({"n": 7})
    ((_, headers, body),) = until(lambda: got)
    assert headers["ce-document"].encode("latin-1").decode() == f"users/u1/intents/{told}"
    assert headers["ce-subject"].encode("latin-1").decode() == f"documents/users/u1/intents/{told}"
    assert EVENT_DATA.FromString(body).value.name.endswith(f"/documents/users/u1/intents/{name}")
    until(lambda: not waiting(world))


def test_only_new_documents_that_the_pattern_fits_are_published(world, documents):
    put_trigger(world)
    documents.document("users/u1").set({"x": 1})
    documents.document("users/u1/intents/a/deeper/b").set({"x": 1})
    documents.document("users/u1/intents/a").set({"x": 1})
    documents.document("users/u1/intents/a").set({"x": 2})
    documents.document("users/u1/intents/a").delete()
    assert [entry.data["document"] for entry in world.journal(KIND)] == ["users/u1/intents/a"]


def events(world):
    """The events that wait, as type, value, old value and changed paths."""
    rows = world.connection.execute("SELECT headers, body FROM eventarc_events ORDER BY rowid").fetchall()
    told = []
    for headers, body in rows:
        found = EVENT_DATA.FromString(body)
        before, after = (found.HasField(name) for name in ("old_value", "value"))
        told.append(
            (json.loads(headers)["ce-type"].rpartition(".")[2], before, after, list(found.update_mask.field_paths))
        )
    return told


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("created", [("created", False, True, [])]),
        ("updated", [("updated", True, True, ["gone", "m.n", "x", "`z 1`"])]),
        ("deleted", [("deleted", True, False, [])]),
        (
            "written",
            [
                ("written", False, True, []),
                ("written", True, True, ["gone", "m.n", "x", "`z 1`"]),
                ("written", True, False, []),
            ],
        ),
    ],
)
def test_each_type_of_event_tells_of_its_changes(world, documents, kind, expected):
    inputs = json.loads(json.dumps(INPUTS).replace("v1.created", f"v1.{kind}"))
    world.put(Resource(TRIGGER, "t1", "", inputs, inputs))
    document = documents.document("users/u1/intents/a")
    document.set({"x": 1, "gone": 1, "m": {"n": 1, "same": 1}, "same": 1})
    document.set({"x": 2, "m": {"n": 2, "same": 1}, "same": 1, "z 1": 1})
    document.set({"x": 2, "m": {"n": 2, "same": 1}, "same": 1, "z 1": 1})
    document.delete()
    document.delete()
    told = events(world)
    assert [(*each[:3], sorted(each[3])) for each in told] == [(*each[:3], sorted(each[3])) for each in expected]


def test_a_commit_that_fails_publishes_nothing(world, documents):
    put_trigger(world)
    documents.document("users/u1").set({"x": 1})
    batch = documents.batch()
    batch.create(documents.document("users/u1/intents/a"), {"x": 1})
    batch.create(documents.document("users/u1"), {"x": 1})
    with pytest.raises(Exception, match="already exists"):
        batch.commit()
    assert world.journal(KIND) == []


def test_before_its_trigger_a_document_is_no_event(world, documents):
    documents.document("users/u1/intents/a").set({"x": 1})
    put_trigger(world)
    assert world.journal(KIND) == []


def test_a_refused_event_waits_ten_seconds_and_then_longer(world, documents):
    put_trigger(world)
    documents.document("users/u1/intents/a").set({"x": 1})
    events, now = EventQueue(world), time.time() + 1
    pauses = []
    for _ in range(9):
        (event,) = events.due(now, 10)
        events.failed(event, 503, "HTTP status code 503", now)
        later = world.connection.execute("SELECT due FROM eventarc_events").fetchone()[0]
        pauses.append(round(later - now))
        now = later
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_after_a_day_an_event_is_dropped(world, documents):
    put_trigger(world)
    documents.document("users/u1/intents/a").set({"x": 1})
    events = EventQueue(world)
    (event,) = events.due(time.time() + 1, 10)
    events.failed(event, 503, "HTTP status code 503", event.published + KEPT)
    assert waiting(world) == 0
    assert world.journal(KIND, event.id)[-1].data["event"] == "dropped"


def test_without_its_role_the_trigger_delivers_nothing(world, documents, service):
    world.remove(RECEIVER.type, RECEIVER.id)
    put_trigger(world)
    documents.document("users/u1/intents/a").set({"x": 1})
    attempts = until(lambda: [each for each in world.journal(KIND) if each.data["event"] == "attempt"])
    assert "roles/eventarc.eventReceiver" in attempts[0].data["message"]
    assert world.journal("denied")[0].data["permission"] == "eventarc.events.receiveEvent"
    assert service[0] == []


def test_events_die_with_their_trigger(world, documents, service):
    _, answers = service
    answers.append(503)
    put_trigger(world)
    documents.document("users/u1/intents/a").set({"x": 1})
    until(lambda: [each for each in world.journal(KIND) if each.data["event"] == "attempt"])
    world.remove(TRIGGER, "t1")
    world.connection.execute("UPDATE eventarc_events SET due = 0")
    until(lambda: not waiting(world))
    assert world.journal(KIND)[-1].data["message"] == "its trigger is gone"


@pytest.mark.parametrize(
    ("text", "fits", "fits_not"),
    [
        ("users/{u}/intents/{i}", ("users/a/intents/b",), ("users/a", "users/a/intents/b/c/d", "xusers/a/intents/b")),
        ("users/*/intents/*", ("users/a/intents/b",), ("users/a/b/intents/c",)),
        ("users/{rest=**}", ("users/a", "users/a/intents/b"), ("tickets/a",)),
        ("a.b/{x}", ("a.b/c",), ("aXb/c",)),
    ],
)
def test_a_path_pattern_is_read_as_eventarc_does(text, fits, fits_not):
    assert all(pattern(text).fullmatch(each) for each in fits)
    assert not any(pattern(text).fullmatch(each) for each in fits_not)


def test_other_types_of_events_and_destinations_are_left_alone(world):
    other = json.loads(json.dumps(INPUTS).replace("firestore.document.v1.created", "storage.object.v1.finalized"))
    world.put(Resource(TRIGGER, "t2", "", other, other))
    elsewhere = {**INPUTS, "destination": {"workflow": "w"}}
    world.put(Resource(TRIGGER, "t3", "", elsewhere, elsewhere))
    assert list(triggers(world)) == []
