"""`./launch users` against a Firestore and a Firebase Authentication that run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from cli import user_erasure, user_export, user_vendors, workflow
from cli.user_erasure import Told
from cli.user_vendors import Vendor
from engine.home import Home
from handlers.billing.stripe_api import Stripe
from handlers.failures import Unavailable
from handlers.outside import google_clients
from handlers.vendors.hubspot import HubSpot
from handlers.vendors.zendesk_erasure import ZendeskErasure
from handlers.work import erasures, inbox, outbox
from handlers.work.firestore_documents import Firestore
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.firestore.server import serve as serve_firestore
from localcloud.saas.server import serve as serve_vendors

P = "acme-rehearsal"
TICKET = "tkt_" + "0" * 24


class Kept:
    """A stack `prod` with one user whose things lie everywhere, and another user's beside them."""

    home: Home
    ports: ports.Ports
    served: Path

    def __init__(self, run: Callable[..., Any], env: dict[str, str]) -> None:
        self.run, self.env = run, env
        self.client = google_clients.firestore(P, env)
        url = f"http://{env[google_clients.AUTHENTICATION]}/v1/accounts:signUp?key=k"
        person = {"email": "ada@acme.test", "password": "correct horse", "returnSecureToken": True}
        self.user = requests.post(url, json=person, timeout=10).json()["localId"]
        for user, ticket in ((self.user, TICKET), ("other", "tkt_other")):
            for path, fields in {
                f"users/{user}": {"email": "ada@acme.test", "crmContactId": "101"},
                f"users/{user}/statuses/a": {"code": "support_pending"},
                f"users/{user}/intents/a": {"kind": "support_requested"},
                f"budgets/{user}": {"hour": "x"},
                f"revocations/{user}": {"claims": {"staff": True}},
                f"tickets/{ticket}": {"userId": user, "message": "Help", "helpdeskId": "7"},
                f"tickets/{ticket}/history/000001": {"act": "open"},
                f"tickets/{ticket}/internal/desk": {"assignee": "cleo"},
                f"drafts/{ticket}": {"text": "Hello"},
                f"customers/cus_{user}": {"userId": user},
                f"charges/ch_{user}": {"customer": f"cus_{user}", "refunded": 1},
                f"inbox/int_{user}": {"userId": user, "email": "ada@acme.test"},
                f"outbox/int_{user}.mail": {"eventId": f"int_{user}"},
                f"inbox/evt_{user}": {"userId": "", "about": [user], "body": "what Stripe says of Ada"},
                f"outbox/evt_{user}.mail": {"eventId": f"evt_{user}"},
            }.items():
                self.client.document(path).set(fields)

    def linked(self, customer: str) -> str:
        return str((self.client.document(f"customers/{customer}").get().to_dict() or {}).get("userId", ""))

    def __call__(self, *arguments: str) -> Any:
        return self.run("users", *arguments, "--stack", "prod", **self.env)

    def paths(self) -> set[str]:
        def below(reference: Any) -> Iterator[str]:
            for collection in reference.collections():
                for child in collection.list_documents():
                    yield from below(child)
                    if child.get().exists:
                        yield child.path

        return set(below(self.client))


@pytest.fixture
def kept(run: Callable[..., Any], tmp_path: Path, outputs: dict[str, Any]) -> Iterator[Kept]:
    served, stack = tmp_path / "served", tmp_path / "launch" / "prod"
    served.mkdir()
    stack.mkdir(parents=True)
    (stack / "outputs.json").write_text(json.dumps(outputs))
    found = ports.allocate(served)
    world = World(served / "world.db")
    project = {"projectId": P, "name": "Acme"}
    world.put(Resource("gcp:organizations/project:Project", P, "u", project, {**project, "number": "1"}))
    database = {"project": P, "name": "(default)", "locationId": "europe-west1", "type": "FIRESTORE_NATIVE"}
    world.put(Resource("gcp:firestore/database:Database", "(default)", "u", database, database))
    world.close()
    names = {
        google_clients.FIRESTORE: "firestore",
        google_clients.AUTHENTICATION: "google",
        google_clients.CLOUD_TASKS: "tasks",
        google_clients.SECRET_MANAGER: "secretmanager",
    }
    with on_thread(serve_control(served)), on_thread(serve_firestore(served)):
        made = Kept(run, {name: found.address(port) for name, port in names.items()})
        made.home, made.ports, made.served = Home("prod", stack), found, served
        yield made
        made.client.close()


def test_everything_of_a_user_is_exported_and_erased_and_nothing_of_anothers(kept: Kept) -> None:
    before = kept.paths()
    theirs = {path for path in before if "other" not in path}
    exported = kept("export", kept.user)
    told = [json.loads(line)["path"] for line in exported.stdout.splitlines()]
    assert {path for path in told if "/" in path} == theirs
    assert {"Firebase Authentication", "CRM", "helpdesk", "Stripe"} <= set(told)
    assert (exported.returncode, "CRM could not be asked" in exported.stderr) == (1, True)  # nobody has pushed a key

    done = kept("erase", kept.user, "--yes", "--json")
    told = {line["elsewhere"]: line for line in map(json.loads, done.stdout.splitlines()) if "elsewhere" in line}
    assert (done.returncode, set(told)) == (1, {"CRM", "helpdesk", "Stripe"}), done.stderr
    assert not any(line["done"] for line in told.values())  # nobody has pushed a key
    assert "hubspot-token" in told["CRM"]["why"]
    assert (told["helpdesk"]["id"], "mails" in told["helpdesk"]["step"]) == (TICKET, True)
    stones = {erasures.path(kept.user), erasures.path(f"cus_{kept.user}")}
    assert kept.paths() == (before - theirs) | stones
    assert google_clients.accounts(P, kept.env).get(kept.user) is None

    again = kept("erase", kept.user, "--yes", "--json")
    left = [line["id"] for line in map(json.loads, again.stdout.splitlines()) if line.get("id")]
    assert (again.returncode, left) == (1, ["101", f"cus_{kept.user}"])  # what our records said is still known
    assert "Nothing is kept" not in kept("show", kept.user).stderr


class Secrets:
    """Keys that the stand-ins take."""

    def values(self, name: str, max_age: float = 0.0) -> tuple[str, ...]:
        return ({"stripe-api-key": "sk_test_1"}.get(name, "secret-of-the-client"),)


@pytest.fixture
def vendors(kept: Kept) -> Iterator[dict[str, Vendor]]:
    at = {name: f"http://{kept.ports.address(name)}" for name in ("crm", "helpdesk", "stripe")}
    secrets: Any = Secrets()
    with on_thread(serve_vendors(kept.served, search_lag=0.0)):
        yield {
            "CRM": user_vendors.of_hubspot(HubSpot(secrets, at["crm"])),
            "helpdesk": user_vendors.of_zendesk(ZendeskErasure(secrets, "", at["helpdesk"])),
            "Stripe": user_vendors.of_stripe(Stripe(secrets, "test", at["stripe"]), kept.linked),
        }


@pytest.fixture
def erase(kept: Kept, vendors: dict[str, Vendor], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Erases the user in this process; returns what was told, and the seconds that were waited."""
    for name, value in kept.env.items():
        monkeypatch.setenv(name, value)
    flow = workflow.of(kept.home)

    def call(*without: str) -> tuple[list[Told], list[float]]:
        told: list[Told] = []
        waits: list[float] = []
        some = {name: vendor for name, vendor in vendors.items() if name not in without}
        user_erasure.erase(flow, some, kept.user, told.append, waits.append)
        return told, waits

    with ExitStack() as stack:
        stack.callback(flow.client.close)
        yield call


def test_everything_at_the_vendors_is_gone_and_a_second_time_nothing_is_left_to_do(
    kept: Kept, erase: Callable[..., Any], vendors: dict[str, Vendor]
) -> None:
    at, secrets = f"http://{kept.ports.address('stripe')}/v1/customers", Secrets()
    key = {"Authorization": "Bearer sk_test_1"}
    customer = requests.post(at, data={"email": "ada@acme.test"}, headers=key, timeout=5).json()["id"]
    kept.client.document(f"customers/{customer}").set({"userId": kept.user})
    unlinked, moved = (
        requests.post(at, data={f"metadata[{name}]": kept.user}, headers=key, timeout=5).json()["id"]
        for name in ("firebaseUID", "user_id")
    )
    kept.client.document(f"customers/{moved}").set({"userId": "other"})  # who has taken it over
    crm = HubSpot(secrets, f"http://{kept.ports.address('crm')}")  # type: ignore[arg-type]
    unrecorded = crm.upsert(kept.user, {"email": "ada@acme.test"})

    flow = workflow.of(kept.home)
    pieces = {(each.where, each.id): each.fields for each in user_export.at_vendors(flow, vendors, kept.user)}
    flow.client.close()
    assert (pieces["CRM", unrecorded]["email"], pieces["Stripe", customer]["email"]) == ("ada@acme.test",) * 2

    told, _ = erase()
    assert {(each.where, each.id) for each in told} >= {("CRM", unrecorded), ("Stripe", customer), ("Stripe", unlinked)}
    assert "deleted" not in requests.get(f"{at}/{moved}", headers=key, timeout=5).json()
    assert erasures.path(unlinked) in kept.paths()
    assert not any(each.wrong for each in told), told
    assert crm.contact_of(kept.user) == ""
    assert requests.get(f"{at}/{customer}", headers=key, timeout=5).json()["deleted"] is True
    assert any("tax law" in each.words for each in told if each.where == "Stripe")
    assert erase() == ([], [])


def test_a_customer_that_only_a_buyers_text_named_is_told_and_left(
    kept: Kept, erase: Callable[..., Any], vendors: dict[str, Vendor]
) -> None:
    """A stranger may have typed the user's id at a checkout: what they pay for is not ended, nor shown."""
    at, key = f"http://{kept.ports.address('stripe')}/v1/customers", {"Authorization": "Bearer sk_test_1"}
    own, typed, named = (
        requests.post(at, data=each, headers=key, timeout=5).json()["id"]
        for each in ({"email": "ada@acme.test"}, {"email": "x@else.test"}, {"metadata[user_id]": kept.user})
    )
    for customer in (own, typed, named):
        kept.client.document(f"customers/{customer}").set({"userId": kept.user, "isTyped": customer != own})
        kept.client.document(f"charges/ch_{customer}").set({"customer": customer})
    known = {"stripeCustomerIds": [own, typed, named], "stripeTypedCustomerIds": [typed, named]}
    kept.client.document(f"users/{kept.user}").update({"stripeCustomerId": own, **known})
    flow = workflow.of(kept.home)
    assert ("Stripe", typed) not in {(each.where, each.id) for each in user_export.at_vendors(flow, vendors, kept.user)}
    flow.client.close()

    told, _ = erase()
    (left,) = [each for each in told if each.id == typed]
    assert (left.where, left.wrong) == ("Stripe", "only a buyer's text named it as the user's")
    assert "deleted" not in requests.get(f"{at}/{typed}", headers=key, timeout=5).json()
    for customer in (own, named):
        assert requests.get(f"{at}/{customer}", headers=key, timeout=5).json()["deleted"] is True
    paths = kept.paths()
    assert {f"charges/ch_{typed}"} == paths & {f"charges/ch_{each}" for each in (own, typed, named)}
    assert not paths & {erasures.path(typed), f"customers/{typed}", f"users/{kept.user}"}
    assert erase() == ([], [])


def test_what_is_on_its_way_is_emptied_and_its_lease_is_waited_for(kept: Kept, erase: Callable[..., Any]) -> None:
    now = datetime.now(UTC)
    busy = {"eventId": f"int_{kept.user}", "kind": "crm_contact", "service": "sync-crm", "correlationId": "c"}
    lease = {"state": "pending", "leaseUntil": now + timedelta(seconds=6), "payload": {"userId": kept.user}}
    kept.client.document("outbox/e1").set({**busy, **lease, "attempts": 1, "firstTriedAt": now, "createdAt": now})
    kept.client.document(f"inbox/int_{kept.user}").set(
        {
            "userId": kept.user,
            "email": "ada@acme.test",
            "state": "failed",
            "body": '{"data":"Ada"}',
            "correlationId": "c",
            "source": "intent",
            "kind": "support_requested",
            "attempts": 1,
            "faults": 0,
            "receivedAt": now,
        }
    )
    _, waits = erase()
    assert len(waits) == 1
    assert 0 < waits[0] <= 6
    documents = Firestore(kept.client)
    assert outbox.find(documents, "e1").state == "failed"
    settled = inbox.claim(documents, f"int_{kept.user}", now)
    assert (settled.state, "Ada" in str(documents.get(f"inbox/int_{kept.user}"))) == ("ignored", False)


def test_a_vendor_that_is_down_is_asked_by_the_next_run(
    kept: Kept, erase: Callable[..., Any], vendors: dict[str, Vendor]
) -> None:
    def is_down(_: str) -> Any:
        raise Unavailable("Zendesk: answered 503")

    well = vendors["helpdesk"]
    vendors["helpdesk"] = Vendor(is_down, is_down, is_down, "")
    first, _ = erase()
    assert [(each.where, each.id, each.wrong) for each in first if each.wrong] == [
        ("helpdesk", TICKET, "Zendesk: answered 503")
    ]
    vendors["helpdesk"] = well
    second, _ = erase()
    assert [each for each in second if each.wrong] == []
    stone = kept.client.document(erasures.path(kept.user)).get().to_dict()
    assert not any(stone["left"].values())


def test_a_mailbox_as_helpdesk_is_told_as_a_step_for_a_person(erase: Callable[..., Any]) -> None:
    told, _ = erase("helpdesk")
    assert [(each.where, each.wrong) for each in told if each.wrong] == [("helpdesk", "not done here")]


def test_whoever_a_restored_backup_brings_back_is_erased_again(
    kept: Kept, erase: Callable[..., Any], tmp_path: Path
) -> None:
    erase()
    listed = kept("erased")
    (tmp_path / "erased.jsonl").write_text(listed.stdout)
    assert kept.user not in listed.stdout
    for stone in listed.stdout.splitlines():  # a backup from before the erasure holds the user, and no tombstone
        kept.client.document(json.loads(stone)["path"]).delete()
    kept.client.document(f"users/{kept.user}/statuses/a").set({"code": "support_pending"})
    kept.client.document(f"users/{kept.user}").set({"email": "ada@acme.test", "signedUpAt": datetime.now(UTC)})
    done = kept("reapply", str(tmp_path / "erased.jsonl"))
    assert f"Erased again: {kept.user}" in done.stderr, (done.stdout, done.stderr)
    assert not [path for path in kept.paths() if path.startswith(f"users/{kept.user}")]
    assert "users/other" in kept.paths()


def test_a_file_that_holds_no_tombstones_is_refused_before_anything_happens(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"path": "users/u1", "erasedAt": "2026-11-29T00:00:00+00:00"}\n')
    done = kept("reapply", str(tmp_path / "other.jsonl"))
    assert (done.returncode, "users/u1 is no place of a tombstone" in done.stderr) == (2, True)
