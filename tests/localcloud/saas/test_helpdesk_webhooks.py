"""The helpdesk's webhooks: who is told of what, signed, and how often when nobody takes it."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from handlers.senders import zendesk_signatures
from handlers.support import helpdesk_events
from localcloud.base.world import World
from localcloud.saas import helpdesk as stand_in
from localcloud.saas.helpdesk_webhooks import Hooks

TICKETS = "/api/v2/tickets.json"
WANTED = {"name": "Launch", "http_method": "POST", "request_format": "json", "status": "active"}


@pytest.fixture
def hook(helpdesk, receiver):
    subscriptions = [helpdesk_events.ZENDESK_PREFIX + kind for kind in helpdesk_events.ZENDESK_KINDS]
    wanted = {**WANTED, "endpoint": receiver.url, "subscriptions": subscriptions}
    made = helpdesk("POST", "/api/v2/webhooks", {"webhook": wanted}).json()["webhook"]
    yield made
    helpdesk("DELETE", f"/api/v2/webhooks/{made['id']}")


def until(true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def opened(helpdesk):
    wanted = {"subject": "s", "comment": {"body": "It is broken 🦜"}, "external_id": "tkt_" + "1" * 24}
    return helpdesk("POST", TICKETS, {"ticket": wanted}).json()["ticket"]


def test_a_change_is_told_signed_and_in_zendesks_shape(helpdesk, receiver, hook):
    ticket = opened(helpdesk)
    reply = {"status": "pending", "comment": {"body": "Which phone? 📱"}}
    helpdesk("PUT", f"/api/v2/tickets/{ticket['id']}.json", {"ticket": reply})
    until(lambda: len(receiver.got) == 3)
    secret = helpdesk("GET", f"/api/v2/webhooks/{hook['id']}/signing_secret").json()["signing_secret"]["secret"]
    told = {}
    for headers, body in receiver.got:
        at, signature = (headers[f"x-zendesk-webhook-signature{end}"] for end in ("-timestamp", ""))
        assert zendesk_signatures.verify(at, signature, body, [secret], time.time()) == 0
        event = json.loads(body)
        _, kind = helpdesk_events.zendesk_envelope(event)
        told.setdefault(kind, []).append(helpdesk_events.zendesk_event(event))
    assert sorted(told) == ["comment_added", "status_changed"]
    assert {each.text for each in told["comment_added"]} == {"It is broken 🦜", "Which phone? 📱"}
    assert {each.helpdesk_id for each in told["status_changed"]} == {str(ticket["id"])}


def test_a_receiver_that_is_down_for_a_moment_is_told_again_and_a_refusal_is_final(helpdesk, receiver, hook):
    receiver.answers = [503, 503, 200]
    opened(helpdesk)
    until(lambda: len(receiver.got) == 3)
    receiver.answers = [400]
    opened(helpdesk)
    until(lambda: len(receiver.got) == 4)
    time.sleep(0.7)
    assert len(receiver.got) == 4


def test_a_signing_secret_can_be_replaced(helpdesk, hook):
    path = f"/api/v2/webhooks/{hook['id']}/signing_secret"
    before = helpdesk("GET", path).json()
    after = helpdesk("POST", path, {}).json()
    assert before == {"signing_secret": hook["signing_secret"]} != after
    assert helpdesk("GET", path).json() == after


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://api.acme.test/hook"},
        {"subscriptions": []},
        {"subscriptions": ["zen:event-type:ticket.exploded"]},
        {"http_method": "GET"},
        {"name": ""},
    ],
)
def test_a_webhook_that_zendesk_would_not_make_is_refused(helpdesk, change):
    wanted = {**WANTED, "endpoint": "https://api.acme.test/hook", "subscriptions": ["zen:event-type:ticket.created"]}
    assert helpdesk("POST", "/api/v2/webhooks", {"webhook": {**wanted, **change}}).status_code == 400
    assert helpdesk("GET", "/api/v2/webhooks/nobody/signing_secret").status_code == 404


def test_who_delivers_is_woken_when_others_can_see_what_is_to_be_told(tmp_path):
    world, seen = World(tmp_path / "world.db"), []
    hooks = Hooks(world, time.time, lambda: seen.append(elsewhere.submit(lambda: len(hooks.due(9))).result()))
    with ThreadPoolExecutor(1) as elsewhere:
        asyncio.run(told_twice(stand_in.app(hooks)))
        elsewhere.submit(world.close).result()
    world.close()
    assert seen == [0, 1, 2]


CLIENT = {
    "grant_type": "client_credentials",
    "client_id": "tests",
    "client_secret": "secret-of-the-client",
    "scope": "read write",
}


async def told_twice(app):
    """Have a webhook made, a ticket opened, and a word added to it."""
    kinds = [helpdesk_events.ZENDESK_PREFIX + "comment_added"]
    hook = {**WANTED, "endpoint": "https://api.acme.test/hook", "subscriptions": kinds}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://helpdesk") as client:
        made = await client.post("/oauth/tokens", json=CLIENT)
        client.headers["Authorization"] = f"Bearer {made.json()['access_token']}"
        await client.post("/api/v2/webhooks", json={"webhook": hook})
        opened = await client.post(TICKETS, json={"ticket": {"subject": "s", "comment": {"body": "one"}}})
        path = f"/api/v2/tickets/{opened.json()['ticket']['id']}.json"
        await client.put(path, json={"ticket": {"comment": {"body": "two"}}})


def test_what_became_of_a_webhook_can_be_asked(helpdesk, receiver, hook):
    receiver.answers = [503, 200]
    ticket = opened(helpdesk)
    until(lambda: len(receiver.got) == 2)

    def told():
        return helpdesk("GET", f"/_rehearsal/deliveries?about={ticket['external_id']}").json()["deliveries"]

    until(lambda: told()[-1]["state"] == "done")
    type_ = f"{helpdesk_events.ZENDESK_PREFIX}comment_added"
    assert told()[-1] == {"type": type_, "state": "done", "outcome": "200", "attempts": 2}
