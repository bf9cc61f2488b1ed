"""The public doors over HTTP."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.doors.intent_requests import IntentsDoor
from handlers.doors.routing import MAX_BODY, route
from handlers.doors.stripe_webhook import StripeDoor
from handlers.failures import Rejected, Unavailable
from handlers.intent_kinds import KINDS, MOST_AN_HOUR, MOST_OPEN
from handlers.senders import stripe_signatures
from handlers.senders.id_tokens import Person
from handlers.work.acceptor import Acceptor
from handlers.work.task_queue import Task

JSON = {"Content-Type": "application/json"}


class Everyone:
    """An identity that takes the token for the user id."""

    def verify(self, authorization):
        if not authorization:
            raise Rejected(401, "no_token", "no token")
        user_id = authorization.removeprefix("Bearer ")
        return Person(user_id, f"{user_id}@acme.test", is_proven=not user_id.startswith("unproven"))


@pytest.fixture
def intake(serve, documents, queue, secret_cache, clock, log):
    acceptor = Acceptor(documents, queue, clock, log)
    stripe = StripeDoor(secret_cache, acceptor, time.time, log, "live")
    intents = IntentsDoor(Everyone(), acceptor)
    return SimpleNamespace(
        url=serve([route("/webhooks/stripe", stripe, log), route("/v1/intents/{kind}", intents, log)]),
        documents=documents,
        queue=queue,
        secret_cache=secret_cache,
    )


def event(number=1, kind="invoice.paid"):
    return json.dumps(
        {"id": f"evt_{number}", "type": kind, "livemode": True, "data": {"object": {"customer": "cus_1"}}}
    ).encode()


def post(intake, body, secret="whsec_current", at=None, headers=()):
    at = int(time.time()) if at is None else at
    signature = {"Stripe-Signature": f"t={at},v1={stripe_signatures.sign(body, secret, at)}"}
    return requests.post(
        f"{intake.url}/webhooks/stripe", body, headers={**JSON, **signature, **dict(headers)}, timeout=5
    )


def intend(intake, kind="signup_completed", user="u1", body=None):
    body = {"id": "a", "data": {}} if body is None else body
    headers = {"Authorization": f"Bearer {user}"} if user else {}
    return requests.post(f"{intake.url}/v1/intents/{kind}", json=body, headers=headers, timeout=5)


def test_a_signed_event_is_stored_queued_and_acknowledged(intake):
    answer = post(intake, event(), headers={"X-Correlation-Id": "correlation-1"})
    assert (answer.status_code, answer.json()) == (200, {"id": "evt_1", "state": "received", "duplicate": False})
    assert intake.documents.kept["inbox/evt_1"]["body"] == event().decode()
    assert intake.queue.sent == [Task("payments", "sync-payments", "/events/evt_1/run", "correlation-1")]


def test_no_task_goes_to_a_path_that_cloud_run_keeps_for_itself(intake):
    post(intake, event(number="z"))
    assert [path for path in intake.queue.paths if path.endswith("z")] == []
    assert intake.queue.sent


def test_fifty_parallel_deliveries_are_all_acknowledged_and_queued_once(intake):
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: post(intake, event()), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["duplicate"] for answer in answers].count(False) == 1
    assert len(intake.queue.sent) == 1


def test_the_previous_secret_still_opens_the_door_and_is_noticed(intake, lines):
    assert post(intake, event(), secret="whsec_previous").status_code == 200
    assert "previous_secret" in lines.getvalue()


def test_a_secret_newer_than_what_we_know_is_fetched_before_saying_no(intake):
    answers = iter([("whsec_current",), ("whsec_next", "whsec_current")])
    intake.secret_cache.values = lambda name, max_age=0.0: next(answers)
    assert post(intake, event(), secret="whsec_next").status_code == 200


def test_an_unknown_kind_is_stored_as_ignored_and_acknowledged(intake):
    answer = post(intake, event(kind="charge.updated"))
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")
    assert intake.documents.kept["inbox/evt_1"]["state"] == "ignored"
    assert not intake.queue.sent


def test_a_crash_between_storing_and_queueing_is_mended_by_the_next_delivery(intake):
    intake.queue.is_down = True
    assert post(intake, event()).status_code == 503
    intake.queue.is_down = False
    assert post(intake, event()).json() == {"id": "evt_1", "state": "received", "duplicate": True}
    assert len(intake.queue.sent) == 1


def test_a_finished_event_is_acknowledged_and_not_queued_again(intake):
    post(intake, event())
    intake.documents.kept["inbox/evt_1"]["state"] = "done"
    intake.queue.sent.clear()
    assert post(intake, event()).json()["state"] == "done"
    assert not intake.queue.sent


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_is_down_is_answered_with_503(intake, when):
    intake.documents.fail_at = (1, when)
    answer = post(intake, event())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert post(intake, event()).status_code == 200
    assert len(intake.queue.sent) == 1


def test_a_door_without_its_secret_answers_503_and_says_which_in_the_log(intake, lines):
    intake.secret_cache.kept.clear()
    assert post(intake, event()).status_code == 503
    assert "stripe-signing-secret" in lines.getvalue()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"[]", {}, 400),
        (b"{}", {}, 400),
        (b'{"id":"evt_1","type":"x"', {}, 400),
        (b'{"id":"../users/u1","type":"invoice.paid","data":{"object":{}}}', {}, 400),
        (b'{"id":"evt_1","type":7,"data":{"object":{}}}', {}, 400),
        (b'{"id":"evt_1","type":"invoice.paid","data":[]}', {}, 400),
        (event(), {"Content-Type": "text/plain"}, 415),
        (event(), {"Stripe-Signature": "t=1,v1=00"}, 400),
        (event(), {"Stripe-Signature": "é".encode("latin-1")}, 400),
        (b"x" * (MAX_BODY + 1), {}, 413),
    ],
)
def test_what_the_sender_got_wrong_is_a_4xx_and_stores_nothing(intake, body, headers, status):
    answer = post(intake, body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["code"]
    assert not intake.documents.kept


def test_a_body_without_an_announced_length_is_cut_off_at_the_limit(intake):
    chunks = (b"x" * 65_536 for _ in range(20))
    try:
        answer = requests.post(f"{intake.url}/webhooks/stripe", chunks, headers=JSON, timeout=5)
    except requests.ConnectionError:
        return  # the server hung up while we were still sending: as good an answer
    assert answer.status_code == 413


def test_the_body_may_not_be_a_different_encoding_of_the_same_json(intake):
    assert post(intake, event().decode().encode("utf-16")).status_code == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=80))
def test_no_raw_request_is_ever_answered_with_a_5xx(intake, body, header):
    header = bytes(byte for byte in header if byte not in b"\r\n\0")
    address = intake.url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("POST", "/webhooks/stripe", body, {**JSON, "Stripe-Signature": header})
    assert 400 <= connection.getresponse().status < 500
    connection.close()
    assert not intake.documents.kept


def test_an_error_of_ours_is_a_500_whose_log_line_holds_no_ones_data(serve, log, lines):
    def broken(call):
        raise ValueError("ada@acme.test")

    answer = requests.post(serve([route("/broken", broken, log)]) + "/broken", json={}, timeout=5)
    assert answer.status_code == 500
    assert "ada@" not in answer.text + lines.getvalue()
    assert '"error": "ValueError"' in lines.getvalue()


def test_an_intent_is_accepted_once_and_known_afterwards(intake):
    first, again = intend(intake), intend(intake)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    (record,) = intake.documents.of("inbox").values()
    assert (record["userId"], record["email"]) == ("u1", "u1@acme.test")
    assert len(intake.queue.sent) == 1


def test_two_users_may_choose_the_same_id(intake):
    intend(intake, user="u1")
    intend(intake, user="u2")
    assert len(intake.documents.of("inbox")) == 2


def test_each_kind_of_intent_goes_to_its_service(intake):
    intend(intake)
    intend(intake, "support_requested", body={"id": "b", "data": {"subject": "s", "message": "m"}})
    assert [(task.queue, task.service) for task in intake.queue.sent] == [
        ("events", "sync-crm"),
        ("events", "support-ticket"),
    ]


@pytest.mark.parametrize(
    ("kind", "user", "body", "status"),
    [
        ("signup_completed", "", None, 401),
        ("make_me_admin", "u1", None, 404),
        ("signup_completed", "u1", {}, 400),
        ("signup_completed", "u1", {"id": "a/b"}, 400),
        ("signup_completed", "u1", {"id": "a" * 65}, 400),
        ("signup_completed", "u1", {"id": "a", "data": []}, 400),
        ("signup_completed", "u1", {"id": "a", "data": {"name": 7}}, 400),
        ("support_requested", "u1", {"id": "a", "data": {"subject": "s"}}, 400),
        ("support_requested", "u1", {"id": "a", "data": {"subject": " ", "message": "m"}}, 400),
        ("support_requested", "u1", {"id": "a", "data": {"subject": "s", "message": "m" * 20_001}}, 400),
        ("support_requested", "u1", {"id": "a", "data": {"subject": "s", "message": "m", "to": "x"}}, 400),
        ("signup_completed", "u1", {"id": "a", "data": {"name": None}}, 400),
        ("signup_completed", "u1", {"id": "a", "data": {"plan": "gold"}}, 400),
        ("support_answered", "u1", {"id": "a", "data": {"ticketId": "tkt_x", "message": "m"}}, 400),
        ("support_requested", "unproven", {"id": "a", "data": {"subject": "s", "message": "m"}}, 403),
        ("support_answered", "unproven", {"id": "a", "data": {"ticketId": f"tkt_{'0' * 24}", "message": "m"}}, 403),
    ],
)
def test_an_intent_that_is_wrong_is_a_4xx_and_stores_nothing(intake, kind, user, body, status):
    assert intend(intake, kind, user, body).status_code == status
    assert not intake.documents.kept


def test_an_identity_that_cannot_be_checked_is_answered_with_503(serve, documents, queue, clock, log):
    class Down:
        def verify(self, authorization):
            raise Unavailable("Google's keys for ID tokens cannot be fetched")

    door = IntentsDoor(Down(), Acceptor(documents, queue, clock, log))
    url = serve([route("/v1/intents/{kind}", door, log)])
    assert intend(SimpleNamespace(url=url)).status_code == 503


def ask(intake, number, user="u1"):
    return intend(intake, "support_requested", user, {"id": f"q{number}", "data": {"subject": "s", "message": "m"}})


def test_a_user_has_a_budget_an_hour_and_a_repetition_costs_nothing(intake, clock):
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda number: ask(intake, number), range(60)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) == len(intake.documents.of("inbox")) == KINDS["support_requested"].per_hour
    assert refused[0].json()["error"]["code"] == "too_many"
    assert refused[0].headers["Retry-After"] == "3600"
    known = next(number for number, answer in enumerate(answers) if answer.status_code == 202)
    assert ask(intake, known).status_code == 200
    assert ask(intake, 1, user="u2").status_code == 202
    clock.move(hours=1)
    assert ask(intake, 100).status_code == 202


def test_all_kinds_together_have_a_budget_too(intake):
    answers = [intend(intake, body={"id": f"s{number}"}).status_code for number in range(MOST_AN_HOUR + 2)]
    assert answers == [202] * MOST_AN_HOUR + [429] * 2
    assert intend(intake, "payment_attempted", body={"id": "p"}).status_code == 429


def test_a_user_may_have_so_many_open_tickets_and_no_more(intake):
    for number in range(MOST_OPEN + 1):
        state = "resolved" if number == 0 else "assigned"
        intake.documents.kept[f"tickets/tkt_{number}"] = {"userId": "u1", "state": state}
    assert ask(intake, 1).json()["error"]["code"] == "too_many"
    assert ask(intake, 1, user="u2").status_code == 202
    intake.documents.kept["tickets/tkt_1"]["state"] = "resolved"
    assert ask(intake, 1).status_code == 202
    intake.documents.kept["tickets/tkt_1"]["state"] = "assigned"
    assert ask(intake, 1).status_code == 200


def test_requests_that_are_not_tickets_yet_take_their_room(intake):
    """A burst comes in faster than it is processed, and support-ticket may be away."""
    for number in range(MOST_OPEN - 2):
        intake.documents.kept[f"tickets/tkt_{number}"] = {"userId": "u1", "state": "assigned"}
    assert [ask(intake, number).status_code for number in range(4)] == [202, 202, 429, 429]
    assert ask(intake, 9, user="u2").status_code == 202
    for record in intake.documents.of("inbox").values():
        record["state"] = "ignored"
    assert ask(intake, 4).status_code == 202
