"""`./launch users` against a Firestore and a Firebase Authentication that run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from handlers.outside import google_clients
from handlers.work import erasures
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.firestore.server import serve as serve_firestore

P = "acme-rehearsal"
TICKET = "tkt_" + "0" * 24


class Kept:
    """A stack `prod` with one user whose things lie everywhere, and another user's beside them."""

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
                f"tickets/{ticket}": {"userId": user, "message": "Help", "helpdeskId": "7"},
                f"tickets/{ticket}/history/000001": {"act": "open"},
                f"tickets/{ticket}/internal/desk": {"assignee": "cleo"},
                f"drafts/{ticket}": {"text": "Hello"},
                f"customers/cus_{user}": {"userId": user},
                f"inbox/int_{user}": {"userId": user, "email": "ada@acme.test"},
                f"outbox/int_{user}.mail": {"eventId": f"int_{user}"},
            }.items():
                self.client.document(path).set(fields)

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
    }
    with on_thread(serve_control(served)), on_thread(serve_firestore(served)):
        made = Kept(run, {name: found.address(port) for name, port in names.items()})
        yield made
        made.client.close()


def test_everything_of_a_user_is_exported_and_erased_and_nothing_of_anothers(kept: Kept) -> None:
    before = kept.paths()
    theirs = {path for path in before if "other" not in path}
    exported = kept("export", kept.user)
    told = [json.loads(line)["path"] for line in exported.stdout.splitlines()]
    assert {path for path in told if "/" in path} == theirs
    assert {"Firebase Authentication", "CRM", "helpdesk", "Stripe"} <= set(told)

    done = kept("erase", kept.user, "--yes", "--json")
    steps = {line["elsewhere"]: line for line in map(json.loads, done.stdout.splitlines()) if "elsewhere" in line}
    assert (done.returncode, set(steps)) == (1, {"CRM", "helpdesk", "Stripe"})
    assert "tax law" in steps["Stripe"]["step"]
    assert kept.paths() == (before - theirs) | {erasures.path(kept.user)}
    accounts = google_clients.accounts(P, kept.env)
    assert accounts.get(kept.user) is None

    again = kept("erase", kept.user, "--yes")
    assert again.returncode == 0, again.stderr
    assert "Nothing is kept" in kept("show", kept.user).stderr
