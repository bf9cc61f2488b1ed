"""The vendors' stand-ins take the keys that they issued, and refuse others in the vendors' own shapes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.base.network import RECORD
from localcloud.base.world import Resource, World
from localcloud.saas import crm, helpdesk, mailer
from localcloud.saas.helpdesk_webhooks import Hooks
from localcloud.saas.stripe import app as stripe
from localcloud.saas.stripe.ledger import Ledger

ISSUE = "/_rehearsal/keys"
MAIL = {"from": "a@acme.test", "to": ["b@acme.test"], "subject": "s", "text": "t"}


class Client:
    """Calls an application without a server around it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._call("GET", path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._call("POST", path, **options))

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://vendor") as client:
            return await client.request(method, path, **options)


@pytest.fixture
def vendors(tmp_path: Path) -> Iterator[Mapping[str, Client]]:
    world = World(tmp_path / "world.db")
    world.put(Resource(RECORD, "r1", "u", {"name": "resend._domainkey.acme.test", "type": "TXT", "content": "x"}))
    apps = {
        "stripe": stripe.app(Ledger(world, time.time), lambda: None),
        "crm": crm.app(world),
        "helpdesk": helpdesk.app(Hooks(world, time.time, lambda: None)),
        "mailer": mailer.app(world, lambda _: None),
    }
    yield {name: Client(app) for name, app in apps.items()}
    world.close()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def asked(vendors: Mapping[str, Client], vendor: str, key: str) -> Any:
    """The answer of a vendor to a call with a key."""
    if vendor == "stripe":
        return vendors[vendor].get("/v1/customers", headers=bearer(key))
    if vendor == "crm":
        return vendors[vendor].get(f"{crm.OBJECTS[crm.VERSION]}", headers=bearer(key))
    return vendors[vendor].post("/emails", json=MAIL, headers=bearer(key))


WRONG = {"stripe": "rk_test_wrong_0123456789", "crm": "pat-eu1-wrong", "mailer": "re_wrong"}
REFUSALS = {
    "stripe": (401, {"error": {"type": "invalid_request_error"}}),
    "crm": (401, {"status": "error", "category": "INVALID_AUTHENTICATION"}),
    "mailer": (403, {"statusCode": 403, "name": "invalid_api_key", "message": "API key is invalid"}),
}


@pytest.mark.parametrize("vendor", WRONG)
def test_a_vendor_takes_what_it_issued_and_nothing_else(vendors: Mapping[str, Client], vendor: str) -> None:
    assert asked(vendors, vendor, WRONG[vendor]).status_code == 200  # nothing was issued: it is used alone
    keys = [vendors[vendor].post(ISSUE).json()["key"] for _ in range(2)]
    assert [asked(vendors, vendor, key).status_code for key in keys] == [200, 200]
    refused = asked(vendors, vendor, WRONG[vendor])
    status, body = REFUSALS[vendor]
    assert refused.status_code == status
    assert {name: value for name, value in refused.json().items() if name in body and name != "error"} == {
        name: value for name, value in body.items() if name != "error"
    }
    if vendor == "stripe":
        said = refused.json()["error"]
        assert (said["type"], said["message"]) == (
            "invalid_request_error",
            "Invalid API Key provided: rk_test_************6789",
        )


def test_a_key_of_one_vendor_opens_no_other(vendors: Mapping[str, Client]) -> None:
    keys = {vendor: vendors[vendor].post(ISSUE).json()["key"] for vendor in WRONG}
    for vendor in WRONG:
        for other in set(WRONG) - {vendor}:
            assert asked(vendors, vendor, keys[other]).status_code in (401, 403)


def test_a_key_of_the_rehearsal_s_own_changes_nothing_for_others(vendors: Mapping[str, Client]) -> None:
    own = vendors["crm"].post(ISSUE, json={"ours": True}).json()["key"]
    assert [asked(vendors, "crm", key).status_code for key in (own, WRONG["crm"])] == [200, 200]
    vendors["crm"].post(ISSUE)
    assert [asked(vendors, "crm", key).status_code for key in (own, WRONG["crm"])] == [200, 401]


def token(vendors: Mapping[str, Client], client: Mapping[str, str]) -> Any:
    form = {"grant_type": "client_credentials", "scope": "read", **client}
    return vendors["helpdesk"].post("/oauth/tokens", json=form)


def test_the_helpdesk_knows_its_clients_by_both_parts(vendors: Mapping[str, Client]) -> None:
    first, second = (vendors["helpdesk"].post(ISSUE).json() for _ in range(2))
    assert token(vendors, first).status_code == 200
    swapped = {"client_id": first["client_secret"], "client_secret": first["client_id"]}
    mixed = {**first, "client_secret": second["client_secret"]}
    for wrong in (swapped, mixed, {**first, "client_secret": "a-secret-of-nobody"}):
        refused = token(vendors, wrong)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    renewed = vendors["helpdesk"].post(ISSUE, json={"client_id": first["client_id"]}).json()
    assert (renewed["client_id"], token(vendors, renewed).status_code) == (first["client_id"], 200)


def test_test_mode_and_live_mode_do_not_see_each_other(vendors: Mapping[str, Client]) -> None:
    test, live = (vendors["stripe"].post(ISSUE, json={"live": mode}).json()["key"] for mode in (False, True))
    made = vendors["stripe"].post("/v1/customers", data={"email": "a@acme.test"}, headers=bearer(test)).json()
    theirs = vendors["stripe"].post("/v1/customers", data={"email": "b@acme.test"}, headers=bearer(live)).json()
    assert (made["livemode"], theirs["livemode"]) == (False, True)

    def seen(key: str) -> list[str]:
        answer = vendors["stripe"].get("/v1/customers", headers=bearer(key)).json()
        return [each["id"] for each in answer["data"]]

    assert (seen(test), seen(live)) == ([made["id"]], [theirs["id"]])
    refused = vendors["stripe"].get(f"/v1/customers/{made['id']}", headers=bearer(live))
    assert refused.status_code == 404
    assert refused.json()["error"]["message"] == (
        f"No such customer: '{made['id']}'; a similar object exists in test mode, but a live mode key was used to make "
        "this request."
    )
    events = vendors["stripe"].get("/v1/events", headers=bearer(live)).json()["data"]
    assert [(each["livemode"], each["data"]["object"]["id"]) for each in events] == [(True, theirs["id"])]


def test_no_key_is_kept_where_it_could_be_read(vendors: Mapping[str, Client], tmp_path: Path) -> None:
    shown = [value for vendor in vendors for value in vendors[vendor].post(ISSUE).json().values()]
    for vendor in WRONG:
        asked(vendors, vendor, next(each for each in shown if each.startswith(WRONG[vendor][:3])))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [value for value in shown if value.encode() in kept] == []
