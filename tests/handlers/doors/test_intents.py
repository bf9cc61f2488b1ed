"""Intents, whichever way they come, and what their users are told."""

from __future__ import annotations

import json
import math
from contextlib import suppress

import jwt
import pytest
import requests
from google.cloud.firestore_v1 import types
from hypothesis import given
from hypothesis import strategies as st

from handlers import intents
from handlers.doors.intent_documents import CREATED, MAX_EVENT, PROTOBUF, CreatedDoor, document
from handlers.doors.routing import Answer, Call, route
from handlers.doors.service_callers import REMOVED, Callers, caller
from handlers.failures import Rejected
from handlers.intent_kinds import KINDS
from handlers.outside.firebase_accounts import Account
from handlers.senders.id_tokens import Person
from handlers.words import Code
from handlers.work import inbox, statuses
from handlers.work.acceptor import Acceptor
from handlers.work.inbox import EventState

CALLER = "event-caller@acme.iam.gserviceaccount.com"
Value = types.Value.pb()


def bearer(email=CALLER, signature=REMOVED, **claims):
    token = jwt.encode({"email": email, "email_verified": True, **claims}, "x" * 32, algorithm="HS256")
    return f"Bearer {token.rpartition('.')[0]}.{signature}"


def value(plain):
    """A Firestore value of plain Python."""
    match plain:
        case None:
            return Value(null_value=0)
        case bool():
            return Value(boolean_value=plain)
        case int():
            return Value(integer_value=plain)
        case float():
            return Value(double_value=plain)
        case str():
            return Value(string_value=plain)
        case list():
            return Value(array_value={"values": [value(each) for each in plain]})
    return Value(map_value={"fields": {name: value(each) for name, each in plain.items()}})


def event(fields, path="users/u1/intents/a"):
    """The body that Eventarc sends for a new document."""
    name = f"projects/acme/databases/(default)/documents/{path}"
    found = types.Document.pb()(name=name, fields={key: value(each) for key, each in fields.items()})
    return types.DocumentChange.pb()(document=found).SerializeToString()


HELP = {"kind": "support_requested", "data": {"subject": "s", "message": "m"}, "email": "ada@acme.test"}
SIGNUP = {"kind": "signup_completed", "data": {"name": "Ada"}, "email": "ada@acme.test"}


@pytest.fixture
def acceptor(documents, queue, clock, log):
    return Acceptor(documents, queue, clock, log)


@pytest.fixture
def deliver(serve, acceptor, accounts, log):
    door = Callers(frozenset({CALLER})).only(CreatedDoor(acceptor, log, accounts))
    url = serve([route("/intents/created", door, log, MAX_EVENT)]) + "/intents/created"
    accounts.kept["u1"] = Account("u1", "ada@acme.test", email_verified=True)
    accounts.kept["unproven"] = Account("unproven", "ada@acme.test")
    accounts.kept["phone"] = Account("phone", has_phone=True)

    def send(body, **headers):
        known = {"Content-Type": PROTOBUF, "ce-type": CREATED, "Authorization": bearer(), **headers}
        return requests.post(url, body, headers=known, timeout=5)

    return send


def test_a_document_becomes_an_event_its_task_and_a_first_status(deliver, documents, queue):
    answer = deliver(event(SIGNUP))
    assert (answer.status_code, answer.json()) == (200, {"state": "received"})
    ((path, record),) = documents.of("inbox").items()
    assert (record["kind"], record["userId"], record["email"]) == ("signup_completed", "u1", "ada@acme.test")
    assert json.loads(record["body"]) == {"id": "a", "data": {"name": "Ada"}}
    assert [task.path for task in queue.sent] == [f"/events/{path.removeprefix('inbox/')}/run"]
    assert documents.kept["users/u1/statuses/a"]["code"] == "signup_pending"


def test_both_ways_with_the_same_id_are_one_event(deliver, acceptor, documents, queue):
    deliver(event(SIGNUP))
    deliver(event(SIGNUP))
    intent = intents.parse(Person("u1", "ada@acme.test"), "signup_completed", b'{"id":"a","data":{"name":"Ada"}}', "c")
    assert not acceptor.accept(intent.event, intent.service, intent.first).is_new
    assert len(documents.of("inbox")) == len(queue.sent) == 1


def test_a_late_repetition_does_not_set_a_finished_intent_back(deliver, documents, clock):
    deliver(event(SIGNUP))
    documents.kept["users/u1/statuses/a"]["code"] = "signup_done"
    deliver(event(SIGNUP))
    assert documents.kept["users/u1/statuses/a"]["code"] == "signup_done"


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({**SIGNUP, "kind": "make_me_admin"}, "users/u1/intents/a", "unknown_intent"),
        ({**SIGNUP, "kind": 7}, "users/u1/intents/a", "unknown_intent"),
        ({**SIGNUP, "data": {"name": 7}}, "users/u1/intents/a", "bad_intent"),
        ({**SIGNUP, "data": [1]}, "users/u1/intents/a", "bad_intent"),
        ({**HELP, "data": {"subject": "s"}}, "users/u1/intents/a", "bad_intent"),
        ({**SIGNUP, "data": {"name": "Ada", "isAdmin": True}}, "users/u1/intents/a", "bad_intent"),
        ({**HELP, "email": "somebody@else.test"}, "users/u1/intents/a", "not_proven"),
        ({**HELP, "email": ""}, "users/u1/intents/a", "not_proven"),
        (HELP, "users/unproven/intents/a", "not_proven"),
        (HELP, "users/nobody/intents/a", "not_proven"),
        ({"kind": "signup_completed", "data": {"name": "x" * 600_000}}, "users/u1/intents/a", "too_large"),
        (SIGNUP, "users/u1/intents/{a}", "bad_intent"),
    ],
)
def test_an_intent_that_can_never_be_is_told_to_its_user_and_not_delivered_again(
    deliver, documents, fields, path, code
):
    assert deliver(event(fields, path)).status_code == 200
    assert not documents.of("inbox")
    status = documents.kept[path.replace("/intents/", "/statuses/")]
    assert (status["state"], status["code"]) == ("failed", code)
    assert status["sentence"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (event(SIGNUP), {"Content-Type": "application/json"}, 415),
        (event(SIGNUP), {"ce-type": "google.cloud.firestore.document.v1.deleted"}, 400),
        (event(SIGNUP, "tickets/t1"), {}, 400),
        (event(SIGNUP, "users/u1/intents/a/deeper/b"), {}, 400),
        (b"\xff\xff\xff", {}, 400),
        (b"", {}, 400),
        (event(SIGNUP), {"Authorization": ""}, 403),
        (event(SIGNUP), {"Authorization": bearer("stranger@acme.iam.gserviceaccount.com")}, 403),
        (event(SIGNUP), {"Authorization": bearer(email_verified=False)}, 403),
        (event(SIGNUP), {"Authorization": bearer(signature="c2lnbmVk")}, 403),
        (event(SIGNUP), {"Authorization": f"Bearer nonsense.{REMOVED}"}, 403),
    ],
)
def test_what_is_no_event_for_this_door_is_a_4xx_and_stores_nothing(deliver, documents, body, headers, status):
    assert deliver(body, **headers).status_code == status
    assert not documents.kept


def test_a_store_that_is_down_has_eventarc_come_again(deliver, documents):
    documents.fail_at = (1, "before")
    assert deliver(event(SIGNUP)).status_code == 503
    assert deliver(event(SIGNUP)).status_code == 200


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats()
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), inner, max_size=3
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_an_app_writes_is_read_as_json_would_be(plain):
    name, fields = document(event({"x": plain}))
    assert name.endswith("users/u1/intents/a")
    assert fields["x"] == _as_json(plain)


def _as_json(plain):
    if isinstance(plain, float):
        return plain if math.isfinite(plain) else None
    if isinstance(plain, list):
        return [_as_json(each) for each in plain]
    return {name: _as_json(each) for name, each in plain.items()} if isinstance(plain, dict) else plain


@given(st.binary(max_size=200))
def test_no_body_is_ever_an_error_of_ours(body):
    with suppress(Rejected):
        document(body)


@given(st.text(max_size=100))
def test_no_header_makes_a_caller_of_a_stranger(header):
    assert caller(header) == ""


def test_a_dead_event_says_so_to_its_user(acceptor, documents, clock):
    intent = intents.parse(Person("u1", ""), "signup_completed", b'{"id":"a"}', "c")
    acceptor.accept(intent.event, intent.service, intent.first)
    clock.move(days=4)
    assert inbox.claim(documents, intent.event.id, clock()).state is EventState.DEAD
    assert documents.kept[statuses.path("u1", "a")]["code"] == Code.INTENT_FAILED


def test_a_door_for_callers_passes_their_calls_on():
    door = Callers(frozenset({CALLER})).only(lambda call: Answer(200, {"body": call.body.decode()}))
    assert door(Call({"authorization": bearer()}, {}, b"hi")).body == {"body": "hi"}


def test_a_refusal_that_cannot_be_written_down_is_tried_again(deliver, documents):
    documents.fail_at = (1, "before")
    assert deliver(event({**SIGNUP, "kind": "nonsense"})).status_code == 503
    assert not documents.kept


@pytest.mark.parametrize(("user", "email"), [("u1", "ada@acme.test"), ("phone", "")])
def test_a_proven_user_opens_a_ticket_by_a_document(deliver, documents, user, email):
    assert deliver(event({**HELP, "email": email}, f"users/{user}/intents/a")).json() == {"state": "received"}
    assert documents.kept[f"users/{user}/statuses/a"]["code"] == "support_pending"


def test_while_accounts_cannot_be_asked_eventarc_comes_again(deliver, documents, accounts):
    accounts.is_down = True
    assert deliver(event(HELP)).status_code == 503
    assert not documents.kept
    assert deliver(event(SIGNUP)).status_code == 200


def test_too_many_documents_are_told_in_words_to_the_app(deliver, documents):
    most = KINDS["support_requested"].per_hour
    for number in range(most + 2):
        assert deliver(event(HELP, f"users/u1/intents/q{number}")).status_code == 200
    codes = [documents.kept[f"users/u1/statuses/q{number}"]["code"] for number in range(most + 2)]
    assert codes == ["support_pending"] * most + ["too_many"] * 2
    assert len(documents.of("inbox")) == most
