"""The local cloud is the first project that is asked and recorded: its stand-ins answer in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from planted import NOW, good, write

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.control import google_web
from localcloud.control.identitytoolkit import IdentityToolkit
from localcloud.saas import crm
from localcloud.saas.stripe import app as stripe
from localcloud.saas.stripe.ledger import Ledger
from triage.online.accounts import bases, live, plain
from triage.online.answers import Answers, RefusedError, collect
from triage.online.judged import judged
from triage.online.live import TRIES, Live, times
from triage.online.mask import Mask
from triage.online.questions import QUESTIONS
from triage.online.recorded import Recorded, Recording

PEOPLE = ("Ann.Smith@Mail.test", "ben@mail.test")
ASKED = {question.id: question for question in QUESTIONS}


class Switch(httpx.BaseTransport):
    """Passes each request to the stand-in of its host, an ASGI application."""

    def __init__(self, applications: Mapping[str, Any]) -> None:
        self.applications, self.seen = applications, list[httpx.Request]()

    def post(self, url: str, **body: Any) -> None:
        """Plant something by a request that has to succeed."""
        request = httpx.Request("POST", url, headers={"Authorization": "Bearer sk_test_1"}, **body)
        assert self.handle_request(request).is_success
        self.seen.clear()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        application = self.applications.get(request.url.host)
        if application is None:
            raise httpx.ConnectError("nobody is there", request=request)
        return asyncio.run(_answered(application, request))


async def _answered(application: Any, request: httpx.Request) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application)) as client:
        answer = await client.request(
            request.method, request.url, content=request.read(), headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, content=await answer.aread(), headers={"content-type": "text/json"})


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Switch]:
    """Yield the stand-ins of a payment provider, a CRM and Firebase Auth, with faults planted in each."""
    world = World(tmp_path / "world.db")
    later = lambda: NOW.timestamp() - 7200  # noqa: E731 - what happened in the rehearsal happened two hours ago
    world.put(Resource(iam.PROJECT, "p1", "urn:p1", {"projectId": "acme"}))
    toolkit = IdentityToolkit(tmp_path, world)
    switch = Switch(
        {
            "stripe.test": stripe.app(Ledger(world, later), lambda: None, later),
            "crm.test": crm.app(world, later),
            "auth.test": google_web.app(tmp_path, world, toolkit),
        }
    )
    _plant(switch)
    yield switch
    world.close()


def _plant(cloud: Switch) -> None:
    hook = {"url": "https://hook.test/x", "enabled_events[0]": "customer.created", "enabled_events[1]": "charge.failed"}
    cloud.post("http://stripe.test/v1/webhook_endpoints", data=hook)
    cloud.post("http://stripe.test/v1/customers", data={"email": PEOPLE[0], "name": "Ann Smith"})
    for email in (PEOPLE[0], "ann.smith+news@mail.test"):
        body = {"properties": {"email": email, "firstname": "Ann"}}
        cloud.post("http://crm.test/crm/objects/2026-09/contacts", json=body)
    for email in PEOPLE:
        body = {"email": email, "password": "correct-horse", "returnSecureToken": True}
        cloud.post("http://auth.test/v1/accounts:signUp?key=web", json=body)


def asking(cloud: Switch, **more: Any) -> Live:
    base = {
        "stripe": "http://stripe.test",
        "hubspot": "http://crm.test",
        "auth": "http://auth.test/identitytoolkit.googleapis.com",
    }
    fill = {"project": "acme", "contact_properties": "email,plan", **times(NOW)}
    headers = lambda service: {"Authorization": f"Bearer {'owner' if service == 'auth' else 'sk_test_1'}"}  # noqa: E731
    client = httpx.Client(transport=cloud)
    return Live(client, more.get("bases", base), headers, fill, list, pause=lambda _: None)


def found(answers: Answers) -> set[str]:
    return {hit.check for hit in judged(answers, ("customer.created", "invoice.paid"), "", NOW)}


def test_faults_of_the_local_cloud_are_found_live_and_from_its_record(cloud: Switch, tmp_path: Path) -> None:
    asked = collect(Recording(asking(cloud), tmp_path / "kept", Mask(b"key")))
    wanted = {
        "online.stripe.undelivered",
        "online.stripe.not-subscribed",
        "online.stripe.not-handled",
        "online.crm.duplicate",
        "online.crm.missing",
    }
    assert wanted <= found(asked)
    again = collect(Recorded(tmp_path / "kept"))
    assert found(again) == found(asked)
    assert {one.what for one in again.missing} == {one.what for one in asked.missing}


def test_a_record_holds_no_person_and_no_secret(cloud: Switch, tmp_path: Path) -> None:
    collect(Recording(asking(cloud), tmp_path / "kept", Mask(b"key")))
    kept = "".join(file.read_text() for file in (tmp_path / "kept").rglob("*.json")).lower()
    assert "masked.invalid" in kept
    for private in ("smith", '"ann', "ben@", "mail.test", "whsec_", 'passwordhash": "u', "sk_test"):
        assert private not in kept, private
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "kept").rglob("*.json"))


def test_nothing_is_ever_written_to_an_account(cloud: Switch) -> None:
    collect(asking(cloud))
    posts = {request.url.path for request in cloud.seen if request.method != "GET"}
    assert posts <= {"/v2/entries:list", "/v1/projects/acme:getIamPolicy"}
    assert {request.method for request in cloud.seen} <= {"GET", "POST"}


def test_long_lists_are_read_page_by_page(cloud: Switch) -> None:
    for number in range(120):
        cloud.post("http://stripe.test/v1/customers", data={"email": f"u{number}@mail.test"})
        body = {"properties": {"email": f"u{number}@mail.test"}}
        cloud.post("http://crm.test/crm/objects/2026-09/contacts", json=body)
    source = asking(cloud)
    assert len(source.ask(ASKED["stripe/events"], ())) == 121
    assert len(source.ask(ASKED["hubspot/contacts"], ())) == 122
    assert len(source.ask(ASKED["auth/users"], ())) == 2


class Told(httpx.BaseTransport):
    """Answers what it was told, in turn."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.seen = list(answers), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def told(*answers: httpx.Response) -> tuple[Live, Told]:
    transport = Told(*answers)
    fill = {"project": "acme", "contact_properties": "email", **times(NOW)}
    bases = {"zendesk": "https://acme.zendesk.com"}
    source = Live(httpx.Client(transport=transport), bases, lambda _: {}, fill, list, pause=lambda _: None)
    return source, transport


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_vendor_is_asked_again_and_then_told(status: int) -> None:
    source, transport = told(httpx.Response(status, json={"error": {"message": "slow down"}}))
    with pytest.raises(RefusedError, match=f"{status}: slow down"):
        source.ask(ASKED["monitoring/uptime"], ())
    assert len(transport.seen) == TRIES


@pytest.mark.parametrize(
    "answer", [httpx.Response(403, text="no"), httpx.Response(200, text="<html>"), httpx.Response(200, json=[])]
)
def test_an_answer_that_is_no_answer_is_refused(answer: httpx.Response) -> None:
    with pytest.raises(RefusedError):
        told(answer)[0].ask(ASKED["run/locations"], ())


def test_each_question_goes_to_its_host_with_its_words_filled_in() -> None:
    source, transport = told(httpx.Response(200, json={}))
    for question in QUESTIONS:
        if question.service != "zendesk":
            source.ask(question, good()["monitoring/policies"] if question.each[0] else ())
    assert all("{" not in str(request.url) and "%7B" not in str(request.url) for request in transport.seen)
    entries = next(request for request in transport.seen if request.url.path == "/v2/entries:list")
    body = json.loads(entries.content)
    assert body["resourceNames"] == ["projects/acme"]
    assert 'timestamp>="2026-11-28T12:00:00Z"' in body["filter"]
    assert {"cloudresourcemanager.googleapis.com", "iam.googleapis.com"} <= {one.url.host for one in transport.seen}


def test_credentials_never_leave_over_plain_http() -> None:
    with pytest.raises(RefusedError, match="https only"):
        bases({"TRIAGE_STRIPE_URL": "http://stripe.example"})
    assert bases({"TRIAGE_STRIPE_URL": "http://127.0.0.1:7001", "ZENDESK_SUBDOMAIN": "acme"}) == {
        "stripe": "http://127.0.0.1:7001",
        "zendesk": "https://acme.zendesk.com",
    }


def test_an_account_without_credentials_is_told_by_the_variable_that_is_missing() -> None:
    source = live({"GOOGLE_OAUTH_ACCESS_TOKEN": "x"}, "", (), NOW)
    with pytest.raises(RefusedError, match="STRIPE_API_KEY"):
        source.ask(ASKED["stripe/events"], ())
    with pytest.raises(RefusedError, match="--project"):
        source.ask(ASKED["run/locations"], ())
    with pytest.raises(RefusedError, match="--project"):
        source.ask(ASKED["firestore/documents"], ())


def test_a_mask_keeps_who_is_who_and_hides_who_it_is() -> None:
    mask = Mask(b"one")
    row = {
        "email": "Ann@Mail.test",
        "note": "call +49 170 1234567 or ann@mail.test, from 203.0.113.9",
        "displayName": "Ann",
        "plan": "pro",
        "createTime": "2026-11-28T12:00:00Z",
        "billing_details": {"name": "Ann", "address": {"city": "Bonn"}},
        "serviceAccount": "api@acme.iam.gserviceaccount.com",
        "list": ["ann+x@mail.test"],
        "count": 3,
    }
    masked = mask.row(row)
    text = json.dumps(masked)
    for private in ("Ann", "ann@", "170 123", "203.0.113.9", "Bonn"):
        assert private not in text, private
    assert masked["plan"] == "pro"
    assert masked["createTime"] == row["createTime"]
    assert masked["serviceAccount"] == row["serviceAccount"]
    assert masked["email"].replace("@", "+tag@") == masked["list"][0]
    assert mask.row(row) == masked
    assert Mask(b"two").row(row)["email"] != masked["email"]


def test_the_planted_project_is_judged_the_same_once_it_is_masked(tmp_path: Path) -> None:
    mask = Mask(b"key")
    masked = {name: [mask.row(row) for row in rows] for name, rows in good().items()}
    assert not found(collect(Recorded(write(tmp_path, masked)))) - {
        "online.stripe.not-subscribed",
        "online.stripe.not-handled",
    }


def test_values_of_firestore_become_plain() -> None:
    assert plain({"at": NOW, "raw": b"abc", "list": [NOW.date()], "n": 1}) == {
        "at": "2026-11-29T12:00:00+00:00",
        "raw": "3 bytes",
        "list": ["2026-11-29"],
        "n": 1,
    }
