"""Lists of the helpdesk, page by page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.requests import Request

from localcloud.saas.helpdesk_errors import HelpdeskError
from localcloud.saas.helpdesk_pages import paged

FOUND = [{"id": number} for number in range(1, 251)]


def asked(**query: str) -> dict[str, Any]:
    named = {name.replace("__", "[") + ("]" if "__" in name else ""): value for name, value in query.items()}
    scope = {"type": "http", "method": "GET", "path": "/api/v2/tickets.json", "headers": [(b"host", b"acme.test")]}
    return paged(Request({**scope, "query_string": urlencode(named).encode()}), "tickets", FOUND)


def ids(answer: dict[str, Any]) -> list[int]:
    return [each["id"] for each in answer["tickets"]]


def test_pages_by_number_name_their_neighbours() -> None:
    first, last = asked(external_id="a b"), asked(page="3")
    assert (ids(first), first["count"], first["previous_page"]) == (list(range(1, 101)), 250, None)
    assert first["next_page"] == "https://acme.test/api/v2/tickets.json?external_id=a+b&page=2"
    assert (ids(last), last["next_page"]) == (list(range(201, 251)), None)


@pytest.mark.parametrize("size", ["1", "100"])
def test_pages_by_cursor_hold_every_record_once(size: str) -> None:
    answer, seen = asked(page__size=size), list[int]()
    while True:
        seen += ids(answer)
        if not answer["meta"]["has_more"]:
            break
        query = parse_qs(urlsplit(answer["links"]["next"]).query)
        assert query["page[after]"] == [answer["meta"]["after_cursor"]]
        answer = asked(page__size=size, page__after=query["page[after]"][0])
    assert (seen, answer["links"]["next"]) == (list(range(1, 251)), None)


@pytest.mark.parametrize(
    "query", [{"page": "0"}, {"page": "x"}, {"page__size": "101"}, {"page__size": "0"}, {"page__after": "never"}]
)
def test_a_page_that_cannot_be_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(HelpdeskError) as refused:
        asked(**query)
    assert refused.value.status == 400
