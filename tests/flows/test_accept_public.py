"""The acceptance criteria as on a staging stack: the vendors are asked by their public APIs alone."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from blueprint.finding import Status
from flows import accept, mailbox, public_vendors, scene
from flows.accept import budget, latency
from flows.stage import Stage
from handlers.outside import google_clients
from handlers.vendors import hubspot

BY_HAND = {latency.ID, budget.ID}  # they look at no vendor, and need a quiet machine


@pytest.fixture(scope="module")
def staged(stage: Stage) -> Stage:
    """The running stack as a staging stack is played."""
    return replace(stage, public=True, run="staged")


def left_of(stage: Stage) -> dict[str, list[Any]]:
    """What names the run at the vendors, in Firebase and in Firestore."""
    assert stage.mailbox
    with ExitStack() as exits:
        opened = exits.enter_context(scene.set_up(replace(stage, public=False)))
        documents = exits.enter_context(closing(stage.documents()))
        accounts, _ = google_clients.accounts(stage.project, stage.environ).page()
        users = [each.id for each in accounts if stage.run in each.email]
        box = exits.enter_context(mailbox.opened(stage.mailbox))
        customers = opened.vendors._stripe_list("customers", {"limit": "100"})
        return {
            "accounts": users,
            "contacts": [each for each in opened.vendors.addresses_in_crm() if stage.run in each],
            "customers": [each["id"] for each in customers if each["metadata"].get("synthetic") == stage.run],
            "mails": [each.subject for each in box.arrived({mailbox.INBOX: (1, 1)}) if each.names(stage.run)],
            "records": [each.id for each in documents.collection("users").get() if each.id in users],
        }


def test_a_staging_stack_is_played_by_public_apis_alone_and_left_clean(staged: Stage) -> None:
    played = [id_ for id_ in accept.CRITERIA if id_ not in {*accept.FAULTY, *BY_HAND}]
    found = accept.play(staged, played)
    assert [each.id for each in found] == played
    assert {each.id: each.observed for each in found if each.status is not Status.PASS} == {}
    assert left_of(staged) == {"accounts": [], "contacts": [], "customers": [], "mails": [], "records": []}


def test_what_needs_a_vendor_that_fails_is_left_to_the_rehearsal_and_unknown_when_it_is_named(staged: Stage) -> None:
    (named,) = accept.play(replace(staged, run="named"), ["edge.crm_timeout"])
    assert named.status is Status.UNKNOWN
    assert "only a rehearsal has" in named.observed


def test_a_key_of_live_mode_is_refused_before_anything_is_played(
    staged: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_vendors, "TEST_KEYS", ("no key is of test mode",))
    found = accept.play(replace(staged, run="live"), ["billing.fast"])
    assert [each.status for each in found] == [Status.UNKNOWN]
    assert "not of Stripe's test mode" in found[0].observed


@pytest.mark.parametrize("path", ["/_rehearsal/requests", "/v1/test_helpers/events"])
def test_a_door_of_the_rehearsal_is_not_used(staged: Stage, path: str) -> None:
    with scene.set_up(replace(staged, run="door")) as opened, pytest.raises(RuntimeError, match="rehearsal's alone"):
        opened.vendors._client.get(f"http://127.0.0.1:9{path}")


def test_on_the_real_clouds_the_vendors_are_where_they_are() -> None:
    outputs: Any = SimpleNamespace(api_host="api.acme.test", domain="acme.test", project="p", services=(), secrets=())
    stage = Stage.staged(outputs, {}, "acme-sandbox")
    assert stage.public
    assert stage.rehearsal is not None
    assert stage.rehearsal.helpdesk == "https://acme-sandbox.zendesk.com"
    assert public_vendors.root(stage.rehearsal.stripe) == "https://api.stripe.com"
    assert public_vendors.root("") == "https:/"
    assert httpx.URL(f"{public_vendors.root('')}/identitytoolkit.googleapis.com/v1").host == (
        "identitytoolkit.googleapis.com"
    )
    assert hubspot.CONTACTS.startswith("/")
