"""The helpdesk's lists, page by page: by number, or by cursor as official clients ask.

https://developer.zendesk.com/api-reference/introduction/pagination (read 2026-11-29).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.requests import Request

from localcloud.saas.helpdesk_errors import HelpdeskError
from localcloud.saas.object_store import StoredObject

MOST = 100  # records of a page
SIZE, AFTER = "page[size]", "page[after]"
PARAMETERS = frozenset({"page", SIZE, AFTER})


def paged(request: Request, kind: str, found: Sequence[StoredObject]) -> StoredObject:
    """Return the page that a request asks for, under the name of its kind; raises HelpdeskError.

    `found` are all records, by ascending `id`.
    """
    asked = dict(request.query_params)
    return _by_cursor(request, asked, kind, found) if {SIZE, AFTER} & set(asked) else _by_number(request, kind, found)


def _by_number(request: Request, kind: str, found: Sequence[StoredObject]) -> StoredObject:
    number = _number(request.query_params.get("page", "1"), 10**6)
    start, end = (number - 1) * MOST, number * MOST
    return {
        kind: list(found[start:end]),
        "count": len(found),
        "next_page": _url(request, {"page": str(number + 1)}) if len(found) > end else None,
        "previous_page": _url(request, {"page": str(number - 1)}) if number > 1 else None,
    }


def _by_cursor(request: Request, asked: Mapping[str, str], kind: str, found: Sequence[StoredObject]) -> StoredObject:
    size, after = _number(asked.get(SIZE, str(MOST)), MOST), _position(asked.get(AFTER, ""))
    left = [each for each in found if each["id"] > after]
    page = left[:size]
    has_more = len(left) > size
    cursor = _cursor(page[-1]["id"]) if page else None
    following = _url(request, {AFTER: str(cursor), SIZE: str(size)}) if has_more else None
    meta = {"has_more": has_more, "after_cursor": cursor, "before_cursor": _cursor(page[0]["id"]) if page else None}
    return {kind: page, "meta": meta, "links": {"prev": None, "next": following}}


def _url(request: Request, more: Mapping[str, str]) -> str:
    query = {**request.query_params, **more}
    return f"https://{request.headers.get('host', 'localhost')}{request.url.path}?{urlencode(query)}"


def _number(text: str, most: int) -> int:
    if not (text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        said = f"page and page[size] must be numbers from 1 on, page[size] up to {MOST}"
        raise HelpdeskError(400, {"error": "InvalidPaginationParameter", "description": said})
    return int(text)


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"id:{number}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("id:") or 0)
    except ValueError as error:
        said = {"error": "InvalidPaginationParameter", "description": "page[after] is no cursor of this list"}
        raise HelpdeskError(400, said) from error
