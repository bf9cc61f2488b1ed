"""What HubSpot refuses, in each shape that it has: told by property, and with nothing of the user's in it."""

from __future__ import annotations

import json

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.failures import NotSent
from handlers.outside.http_client import Reply
from handlers.vendors import hubspot_refusals
from handlers.vendors.hubspot import SCOPES, HubSpot


def not_valid(*wrong):
    listed = [
        {"isValid": False, "message": f"ada@acme.test: {code}", "error": code, "name": name} for name, code in wrong
    ]
    return {"message": f"Property values were not valid: {json.dumps(listed)}", "category": "VALIDATION_ERROR"}


MISSING = {
    "category": "VALIDATION_ERROR",
    "errors": [{"code": "MISSING_REQUIRED_PROPERTY", "context": {"propertyName": ["phone"]}}],
}


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, not_valid(("firstname", "INVALID_ALPHA")), "VALIDATION_ERROR of firstname (INVALID_ALPHA);"),
        (400, not_valid(("a", "X"), ("b", "Y")), "VALIDATION_ERROR of a (X), b (Y);"),
        (400, MISSING, "VALIDATION_ERROR of phone (MISSING_REQUIRED_PROPERTY);"),
        (207, {"errors": [MISSING]}, "VALIDATION_ERROR of phone (MISSING_REQUIRED_PROPERTY);"),
        (400, {"category": "VALIDATION_ERROR", "context": {"properties": ["phone"]}}, "of phone (not valid);"),
        (400, {"message": "Property values were not valid: [", "category": "X"}, "X"),
        (400, {"category": "ada@acme.test"}, "no category"),
        (400, {"errors": ["?", {"context": {"propertyName": "ada@acme.test"}}]}, "no category"),
        (502, {}, "no category"),
    ],
)
def test_a_refusal_is_told_by_property(status, body, words):
    told = hubspot_refusals.in_words(Reply(status, body))
    assert words in told
    assert "ada@" not in told


@pytest.mark.parametrize(
    ("status", "body", "contact"),
    [
        (409, {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 51"}, "51"),
        (207, {"errors": [{"category": "CONFLICT", "message": "Contact already exists. Existing ID: 51"}]}, "51"),
        (409, {"category": "CONFLICT", "message": "Another conflict"}, ""),
        (400, {"category": "VALIDATION_ERROR", "message": "Existing ID: 51"}, ""),
        (200, {"results": []}, ""),
    ],
)
def test_the_contact_that_exists_already_is_named_by_a_conflict_alone(status, body, contact):
    assert hubspot_refusals.existing_contact(Reply(status, body)) == contact


class Token:
    def values(self, _):
        return ("pat-1",)


def test_a_key_without_the_scopes_is_told_apart_from_a_bad_key(serve):
    said = "This app hasn't been granted all required scopes to make this call, ada@acme.test."

    async def refuses(_):
        return JSONResponse({"status": "error", "message": said, "category": "MISSING_SCOPES"}, 403)

    url = serve([Route("/{path:path}", refuses, methods=["POST"])])
    with pytest.raises(NotSent) as caught:
        HubSpot(Token(), url).upsert("u1", {})
    told = str(caught.value)
    assert told.startswith("the provider knows secret hubspot-token and refuses: 403 MISSING_SCOPES This app hasn't")
    assert told.endswith(f"the service key needs the scopes {', '.join(SCOPES)}")
    assert "ada@" not in told
