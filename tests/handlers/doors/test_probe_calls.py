"""The probe door: who may send a probe, which way it takes, and that it is counted apart."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from types import SimpleNamespace

import jwt
import pytest
import requests

from handlers.doors.probe_calls import ProbeDoor
from handlers.doors.routing import route
from handlers.failures import Unavailable
from handlers.senders.service_tokens import ServiceIdentity
from handlers.service_manifest import PROBE_AUDIENCE, PROBE_PATH
from handlers.work import inbox, probes
from handlers.work.acceptor import Acceptor
from handlers.work.inbox import EventState
from handlers.work.worker import Worker
from monitors import counting
from tests import signing_keys

KEY, STRANGER = signing_keys.key(), signing_keys.key("stranger")
KEYS = {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "k1", "alg": "RS256"}]}
SCHEDULER = "task-caller@acme.iam.gserviceaccount.com"


def bearer(key=KEY, kid="k1", **changes):
    now = time.time()
    claims = {
        "iss": "https://accounts.google.com",
        "aud": PROBE_AUDIENCE,
        "sub": "1",
        "iat": now - 5,
        "exp": now + 3600,
        "email": SCHEDULER,
        "email_verified": True,
        **changes,
    }
    said = {name: value for name, value in claims.items() if value is not None}
    return "Bearer " + jwt.encode(said, key, "RS256", headers={"kid": kid})


@pytest.fixture
def intake(serve, documents, queue, clock, log):
    identity = ServiceIdentity(SCHEDULER, PROBE_AUDIENCE, time.monotonic, lambda: (KEYS, 3600.0))
    door = ProbeDoor(identity, Acceptor(documents, queue, clock, log))
    return SimpleNamespace(url=serve([route(PROBE_PATH, door, log)]) + PROBE_PATH)


@pytest.fixture
def worker(documents, queue, clock, log):
    def prepare(held):
        raise AssertionError(f"{held.event.id} asked for what a real event needs")

    return Worker(documents, queue, probes.spared(prepare), {}, clock, log)


def sent(intake, header=None, body=b""):
    return requests.post(intake.url, body, headers={"Authorization": header or bearer()}, timeout=5)


def lines_of(lines):
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_probe_goes_the_way_of_a_payment_event(intake, documents, queue):
    answer = sent(intake)
    id_ = answer.json()["id"]
    assert (answer.status_code, answer.json()["state"]) == (200, "received")
    assert documents.kept[f"inbox/{id_}"]["service"] == "sync-payments"
    assert [(task.queue, task.path) for task in queue.sent] == [("payments", f"/events/{id_}/run")]


def test_each_call_is_a_probe_of_its_own(intake, queue):
    ids = {sent(intake).json()["id"] for _ in range(3)}
    assert len(ids) == len(queue.sent) == 3


def test_a_settled_probe_has_asked_nobody_and_written_nothing_but_its_own_record(intake, worker, documents):
    id_ = sent(intake).json()["id"]
    assert worker.process(id_) is EventState.DONE
    assert list(documents.kept) == [f"inbox/{id_}"]
    assert documents.kept[f"inbox/{id_}"]["effects"] == []


def test_a_probe_is_counted_as_one_and_as_no_delivery(intake, worker, lines):
    worker.process(sent(intake).json()["id"])
    found = lines_of(lines)
    assert counting.PROBES.total(found) == {(): 1}
    assert {metric.name for metric in counting.FULL if metric.total(found)} == {"probes"}


def test_a_real_event_is_no_probe(documents, queue, clock, log, lines):
    real = inbox.Event("evt_1", "stripe", "invoice.paid", "{}", "correlation-1")
    Acceptor(documents, queue, clock, log).accept(real, "sync-payments")
    worker = Worker(documents, queue, probes.spared(lambda _: lambda _: inbox.Decision()), {}, clock, log)
    assert worker.process("evt_1") is EventState.DONE
    assert counting.PROBES.total(lines_of(lines)) == {}
    assert counting.DELIVERIES.total(lines_of(lines)) == {(("outcome", "done"),): 1}


def test_a_probe_that_waited_for_too_long_ends_without_a_false_alarm(intake, worker, documents, lines, clock):
    id_ = sent(intake).json()["id"]
    documents.kept[f"inbox/{id_}"]["receivedAt"] = clock() - timedelta(days=4)
    assert worker.process(id_) is EventState.DEAD
    assert "final_failure" not in lines.getvalue()


def test_the_probe_that_waited_as_long_as_a_real_event_would_alarm(documents, queue, clock, log, lines):
    real = inbox.Event("evt_1", "stripe", "invoice.paid", "{}", "correlation-1")
    Acceptor(documents, queue, clock, log).accept(real, "sync-payments")
    documents.kept["inbox/evt_1"]["receivedAt"] = clock() - timedelta(days=4)
    Worker(documents, queue, probes.spared(lambda _: lambda _: inbox.Decision()), {}, clock, log).process("evt_1")
    assert "final_failure" in lines.getvalue()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic YTpi",
        "Bearer ",
        "Bearer not.a.token",
        bearer(key=STRANGER),
        bearer(kid="k2"),
        bearer(aud="https://reconcile-1.europe-west1.run.app"),
        bearer(aud=None),
        bearer(iss="https://securetoken.google.com/acme"),
        bearer(exp=time.time() - 60),
        bearer(exp=None),
        bearer(email="intake@acme.iam.gserviceaccount.com"),
        bearer(email=None),
        bearer(email_verified=False),
        bearer(email_verified="true"),
        "Bearer " + jwt.encode({"email": SCHEDULER, "aud": PROBE_AUDIENCE}, "x" * 32, "HS256", headers={"kid": "k1"}),
    ],
)
def test_nobody_else_can_send_one_and_nothing_of_it_is_kept(intake, documents, queue, header):
    answer = requests.post(intake.url, headers={"Authorization": header} if header else {}, timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_your_door")
    assert not documents.kept
    assert not queue.sent


def test_without_a_known_account_the_door_is_closed_to_everybody():
    nobody = ServiceIdentity("", PROBE_AUDIENCE, time.monotonic, lambda: (KEYS, 3600.0))
    with pytest.raises(Exception, match="only Cloud Scheduler"):
        nobody.require(bearer(email=""))


def test_while_googles_keys_cannot_be_had_the_probe_is_tried_again(serve, documents, queue, clock, log):
    def fetch():
        raise Unavailable("no keys")

    identity = ServiceIdentity(SCHEDULER, PROBE_AUDIENCE, time.monotonic, fetch)
    url = serve([route(PROBE_PATH, ProbeDoor(identity, Acceptor(documents, queue, clock, log)), log)])
    assert requests.post(url + PROBE_PATH, headers={"Authorization": bearer()}, timeout=5).status_code == 503
