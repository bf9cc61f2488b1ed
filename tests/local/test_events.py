"""Dead letters, replay and repair on a stack that runs, by the commands; and what its logs may not say."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from handlers.outside import google_clients
from localcloud.base import internal_traffic, ports, tokens
from localcloud.base.world import World
from localcloud.control.scheduler_jobs import Jobs

pytestmark = pytest.mark.stack

PROJECT = "acme-rehearsal"


@pytest.fixture
def store(launch: Any) -> Iterator[Any]:
    client = google_clients.firestore(PROJECT, {google_clients.FIRESTORE: ports.load(launch.home).address("firestore")})
    yield client
    client.close()


def service_lines(launch: Any) -> list[dict[str, Any]]:
    """Return every line that the services have logged."""
    world = World(launch.home / "world.db")
    found = [dict(entry.data) for entry in world.journal("log")]
    world.close()
    return found


def dead_signup(store: Any) -> tuple[str, str]:
    """Put a dead letter into the inbox; return its id and its user's."""
    id_, user = f"int_{uuid.uuid4().hex}", f"user-{uuid.uuid4().hex}"
    long_ago = datetime.now(UTC) - timedelta(days=9)
    fields = {
        "state": "dead", "source": "intent", "kind": "signup_completed", "service": "sync-crm",
        "body": json.dumps({"id": "a", "data": {"name": "Ada Secret"}}), "userId": user, "email": f"{user}@acme.test",
        "correlationId": "correlation-of-the-dead", "receivedAt": long_ago, "finishedAt": long_ago,
        "attempts": 8, "faults": 8, "leaseUntil": None, "effects": [], "reason": "KeyError",
    }  # fmt: skip
    store.document(f"inbox/{id_}").create(fields)
    return id_, user


def lines(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_dead_letter_is_listed_shown_replayed_and_then_done(launch: Any, store: Any) -> None:
    id_, user = dead_signup(store)
    listed = launch.run("events", "list", "--json")
    assert listed.returncode == 1
    assert {"id": id_, "state": "dead", "reason": "KeyError"}.items() <= next(
        each for each in lines(listed) if each["id"] == id_
    ).items()
    shown = launch.run("events", "show", id_)
    assert (shown.returncode, "correlation-of-the-dead" in shown.stdout, "Ada Secret" in shown.stdout) == (
        0,
        True,
        False,
    )
    assert "Ada Secret" in launch.well("events", "show", id_, "--body")
    replayed = launch.run("events", "replay", id_, "--json")
    assert (replayed.returncode, lines(replayed)) == (0, [{"id": id_, "before": "dead", "state": "done"}])
    assert store.document(f"users/{user}").get().to_dict()["name"] == "Ada Secret"
    again = launch.run("events", "replay", id_)
    assert (again.returncode, "there is nothing to replay" in again.stdout) == (0, True)
    assert id_ not in launch.run("events", "list").stdout


def test_an_effect_of_unknown_outcome_is_repeated_only_by_who_has_looked(launch: Any, store: Any) -> None:
    id_ = f"evt_{uuid.uuid4().hex}.mail"
    now = datetime.now(UTC)
    payload = {"to": "team@acme.test", "subject": "Again", "text": id_}
    fields = {
        "kind": "notification", "service": "sync-payments", "payload": payload, "eventId": "evt_x",
        "correlationId": "c-unknown", "state": "unknown", "createdAt": now, "dueAt": now, "attempts": 3,
        "firstTriedAt": now, "unsureSince": now, "leaseUntil": None, "reason": "time ran out",
    }  # fmt: skip
    store.document(f"outbox/{id_}").create(fields)
    refused = launch.run("events", "replay", id_)
    assert refused.returncode == 2
    assert "Nobody can say whether" in refused.stderr
    assert launch.run("events", "replay", id_, "--yes").returncode == 0
    assert store.document(f"outbox/{id_}").get().to_dict()["state"] == "done"


def test_an_event_that_is_not_there_and_a_state_that_is_none_are_told(launch: Any) -> None:
    gone, wrong = launch.run("events", "show", "evt_nothing"), launch.run("events", "list", "--state", "lost")
    assert (gone.returncode, wrong.returncode) == (2, 2)
    assert "There is no event and no effect evt_nothing" in gone.stderr
    assert "States are received" in wrong.stderr


def test_what_differs_is_shown_by_a_dry_run_and_repaired_through_the_inbox(launch: Any, store: Any) -> None:
    payers = store.collection("users").where(filter=_equals("billing.status", "active")).limit(1).get()
    (payer,) = payers
    truth = payer.to_dict()["billing"]["plan"]
    store.document(f"users/{payer.id}").update({"billing.plan": "stolen", "billing.subscribedPlan": "stolen"})
    dry = launch.run("reconcile", "--dry-run", "--json")
    found = next(each for each in lines(dry) if (each["kind"], each["subject"]) == ("billing", payer.id))
    assert (dry.returncode, found["kept"], found["truth"]) == (1, "active on plan stolen", f"active on plan {truth}")
    assert store.document(f"users/{payer.id}").get().to_dict()["billing"]["plan"] == "stolen"
    repaired = launch.run("reconcile", "--json")
    mended = next(each for each in lines(repaired) if (each["kind"], each["subject"]) == ("billing", payer.id))
    assert mended["state"] == "done", repaired.stdout + repaired.stderr
    assert store.document(f"users/{payer.id}").get().to_dict()["billing"]["plan"] == truth
    assert store.document(f"inbox/{mended['repair']}").get().to_dict()["source"] == "reconcile"
    left = lines(launch.run("reconcile", "--dry-run", "--json"))
    assert ("billing", payer.id) not in {(each["kind"], each["subject"]) for each in left}


@pytest.mark.parametrize("sweep", ["minute", "hour", "night"])
def test_the_clock_alone_may_have_a_sweep_done(launch: Any, sweep: str) -> None:
    """As Cloud Scheduler calls it: inside Google's network, with the task caller's identity; and as somebody else."""
    promised = json.loads((launch.home / "outputs.json").read_text())
    url = next(each["url"] for each in promised["services"] if each["name"] == "reconcile")
    answers = {}
    for account in ("task-caller", "intake"):
        email = f"{account}@{PROJECT}.iam.gserviceaccount.com"
        bearer = tokens.id_token(launch.home, email, url, time.time())
        headers = {
            **internal_traffic.headers(launch.home),
            "Authorization": f"Bearer {bearer}",
            "Host": url.split("/")[2],
        }
        at = f"http://{ports.load(launch.home).address('run')}/sweeps/{sweep}"
        answers[account] = requests.post(at, headers=headers, timeout=60).status_code
    assert answers == {"task-caller": 200, "intake": 403}


def test_the_scheduler_fires_each_minute_by_itself(launch: Any) -> None:
    world, name = World(launch.home / "world.db"), f"projects/{PROJECT}/locations/europe-west1/jobs/reconcile-minute"
    deadline = time.monotonic() + 75
    while not (ran := Jobs(world).last_run(name)):
        assert time.monotonic() < deadline, "no minute has come"
        time.sleep(0.5)
    world.close()
    assert ran[1] == "HTTP status code 200"


def _equals(field: str, value: str) -> Any:
    from google.cloud.firestore import FieldFilter

    return FieldFilter(field, "==", value)


def test_no_secret_and_no_personal_text_is_in_any_log(launch: Any, store: Any) -> None:
    """Everything that the played flows stored about people, and every secret's value, is looked for in every log."""
    texts = {
        text
        for user in store.collection("users").get()
        for text in (user.to_dict().get("email"), user.to_dict().get("name"))
    }
    for ticket in store.collection("tickets").get():
        texts |= {ticket.to_dict()["email"], ticket.to_dict()["subject"], ticket.to_dict()["message"]}
    environ = {google_clients.SECRET_MANAGER: ports.load(launch.home).address("secretmanager")}
    with google_clients.secret_manager(environ) as manager:
        for secret in manager.list_secrets(parent=f"projects/{PROJECT}"):
            newest = manager.access_secret_version(name=f"{secret.name}/versions/latest")
            texts.add(newest.payload.data.decode())
    canaries = sorted(text for text in texts if text and len(text) > 5)
    assert len(canaries) > 8
    logs = {path.name: path.read_text(errors="replace") for path in launch.home.glob("logs/**/*") if path.is_file()}
    logs["services"] = "\n".join(json.dumps(line, ensure_ascii=False) for line in service_lines(launch))
    assert '"processed"' in logs["services"]
    leaks = [
        (name, text[:40]) for name, said in logs.items() for text in canaries if text in said or _escaped(text) in said
    ]
    assert not leaks


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def test_one_correlation_id_leads_from_the_door_to_every_effect(launch: Any, store: Any) -> None:
    checkouts = store.collection("inbox").where(filter=_equals("kind", "checkout.session.completed"))
    payments = checkouts.where(filter=_equals("state", "done")).get()  # others are of another mode
    lines_ = service_lines(launch)
    accepted = ("intake", "accepted")
    came = {each["correlation_id"] for each in lines_ if (each.get("service"), each.get("message")) == accepted}
    id_ = next(id_ for payment in payments if (id_ := payment.to_dict()["correlationId"]) in came)  # and not by a sweep
    said = [line for line in lines_ if line.get("correlation_id") == id_]
    assert {"accepted", "processing", "called", "processed"} <= {each["message"] for each in said}
    assert all(each["status"] == "200" for each in said if each["message"] == "called" and each["provider"] == "Stripe")
    assert {each["service"] for each in said} >= {"intake", "sync-payments"}
