"""Firebase's accounts beside odd ids and addresses: a customer at Stripe may have any text as its address."""

from __future__ import annotations

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.outside.firebase_accounts import FirebaseAccounts
from handlers.outside.http_client import Refused

ADA = {"localId": "u1", "email": "ada@acme.test"}


@pytest.fixture
def accounts(serve):
    """Accounts at a Firebase that refuses a whole question for one bad address or id."""

    async def look_up(request):
        wanted = await request.json()
        if not all("@" in each for each in wanted.get("email", ())):
            return JSONResponse({"error": {"code": 400, "message": "INVALID_EMAIL"}}, 400)
        if not all(0 < len(each) <= 128 for each in wanted.get("localId", ())):
            return JSONResponse({"error": {"code": 400, "message": "INVALID_LOCAL_ID"}}, 400)
        is_known = ADA["localId"] in wanted.get("localId", ()) or ADA["email"] in wanted.get("email", ())
        return JSONResponse({"users": [ADA]} if is_known else {})

    async def refuse(_):
        return JSONResponse({"error": {"code": 400, "message": "INVALID_EMAIL"}}, 400)

    routes = [("lookup", look_up), ("update", refuse)]
    served = serve([Route(f"/projects/p/accounts:{name}", door, methods=["POST"]) for name, door in routes])
    return FirebaseAccounts("p", dict, served)


def test_what_is_no_address_is_nobodys(accounts):
    assert accounts.by_email("not an address") is None
    assert accounts.by_email("ada@acme.test").id == "u1"


def test_what_cannot_be_an_id_is_nobodys_and_costs_the_others_nothing(accounts):
    assert [each.id for each in accounts.some(["u1", "x" * 129, ""])] == ["u1"]
    assert accounts.get("x" * 129) is None
    assert accounts.get("u1").email == "ada@acme.test"


def test_another_refusal_stays_one(accounts):
    with pytest.raises(Refused):
        accounts.set_claims("u1", {})
