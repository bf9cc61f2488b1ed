"""The helpdesk's doors over HTTP."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import requests

from handlers.doors.helpdesk_webhooks import HelpdeskDoor, ZendeskDoor
from handlers.doors.routing import route
from handlers.senders import standard_webhooks, zendesk_signatures
from handlers.work.acceptor import Acceptor

JSON = {"Content-Type": "application/json"}
TICKET = "tkt_" + "0" * 24
STATUS = {
    "id": "cbe4028c-7239",
    "type": "zen:event-type:ticket.status_changed",
    "detail": {"id": "7", "external_id": TICKET, "status": "SOLVED"},
    "event": {"current": "SOLVED", "previous": "OPEN"},
}
REPLIED = {"type": "ticket.replied", "data": {"ticket_id": TICKET, "by": "Cleo", "text": "Which phone? 📱"}}


@pytest.fixture
def doors(serve, documents, queue, secret_cache, clock, log):
    secret_cache.kept["zendesk-signing-secret"] = ("current", "previous")
    secret_cache.kept["helpdesk-signing-secret"] = ("whsec_Y3VycmVudA==", "whsec_cHJldmlvdXM=")
    acceptor = Acceptor(documents, queue, clock, log)
    zendesk = ZendeskDoor(secret_cache, acceptor, time.time, log)
    helpdesk = HelpdeskDoor(secret_cache, acceptor, time.time, log)
    url = serve([route("/webhooks/zendesk", zendesk, log), route("/webhooks/helpdesk", helpdesk, log)])
    return SimpleNamespace(url=url, documents=documents, queue=queue, secret_cache=secret_cache)


def zendesk(doors, event=STATUS, secret="current", body=None, **headers):
    body = json.dumps(event, ensure_ascii=False).encode() if body is None else body
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = {
        "X-Zendesk-Webhook-Signature": zendesk_signatures.sign(at, body, secret),
        "X-Zendesk-Webhook-Signature-Timestamp": at,
    }
    return requests.post(f"{doors.url}/webhooks/zendesk", body, headers={**JSON, **signed, **headers}, timeout=5)


def helpdesk(doors, event=REPLIED, secret="whsec_Y3VycmVudA==", id_="msg_1", **headers):
    body, at = json.dumps(event, ensure_ascii=False).encode(), str(int(time.time()))
    signature = f"v1,{standard_webhooks.sign(id_, at, body, secret)}"
    signed = {"Webhook-Id": id_, "Webhook-Timestamp": at, "Webhook-Signature": signature}
    return requests.post(f"{doors.url}/webhooks/helpdesk", body, headers={**JSON, **signed, **headers}, timeout=5)


@pytest.mark.parametrize(("send", "id_"), [(zendesk, "zen_cbe4028c-7239"), (helpdesk, "hdk_msg_1")])
def test_a_signed_event_is_stored_once_and_goes_to_support(doors, send, id_):
    first, again = send(doors), send(doors)
    assert (first.status_code, first.json()) == (200, {"id": id_, "state": "received", "duplicate": False})
    assert again.json() == {"id": id_, "state": "received", "duplicate": True}
    assert [(task.service, task.path) for task in doors.queue.sent] == [("support-ticket", f"/events/{id_}/run")]


@pytest.mark.parametrize(("send", "previous"), [(zendesk, "previous"), (helpdesk, "whsec_cHJldmlvdXM=")])
def test_the_previous_secret_still_opens_the_door_and_is_noticed(doors, send, previous, lines):
    assert send(doors, secret=previous).status_code == 200
    assert "previous_secret" in lines.getvalue()


@pytest.mark.parametrize("send", [zendesk, helpdesk])
def test_a_door_without_its_secret_is_answered_with_503(doors, send):
    doors.secret_cache.kept["zendesk-signing-secret"] = doors.secret_cache.kept["helpdesk-signing-secret"] = ()
    assert send(doors).status_code == 503


@pytest.mark.parametrize("send", [zendesk, helpdesk])
def test_a_stranger_gets_400_and_nothing_is_kept(doors, send):
    assert send(doors, secret="stranger").status_code == 400
    assert send(doors, **{"X-Zendesk-Webhook-Signature": "", "Webhook-Signature": "v1"}).status_code == 400
    assert not doors.documents.kept


@pytest.mark.parametrize("kind", ["zen:event-type:ticket.priority_changed", "zen:event-type:user.created"])
def test_what_we_do_not_follow_is_kept_as_ignored(doors, kind):
    assert zendesk(doors, {**STATUS, "type": kind}).json()["state"] == "ignored"
    assert not doors.queue.sent


def test_a_ticket_that_is_not_the_apps_is_kept_as_ignored(doors):
    assert zendesk(doors, {**STATUS, "detail": {"id": "8", "external_id": "42"}}).json()["state"] == "ignored"
    assert helpdesk(doors, {"type": "ticket.snoozed", "data": {}}).json()["state"] == "ignored"


@pytest.mark.parametrize(
    ("send", "event"),
    [
        (zendesk, {}),
        (zendesk, {**STATUS, "id": 7}),
        (zendesk, {**STATUS, "id": "a/b"}),
        (zendesk, {**STATUS, "type": None}),
        (helpdesk, {"type": "ticket.replied", "data": {"ticket_id": TICKET, "text": " "}}),
        (helpdesk, {"type": "ticket.replied", "data": {"ticket_id": "../users/u1", "text": "x"}}),
        (helpdesk, {"type": "ticket.resolved", "data": []}),
    ],
)
def test_a_signed_event_that_makes_no_sense_is_a_400_and_nothing_is_kept(doors, send, event):
    assert send(doors, event).status_code == 400
    assert not doors.documents.kept


def test_a_message_id_that_cannot_be_a_path_is_refused(doors):
    assert helpdesk(doors, id_="a/b").status_code == 400


def test_only_json_comes_in(doors):
    assert zendesk(doors, **{"Content-Type": "text/plain"}).status_code == 415
    assert zendesk(doors, body=b'{"id": NaN}').status_code == 400
