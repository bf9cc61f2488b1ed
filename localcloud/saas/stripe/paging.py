"""Lists as Stripe pages them: newest first, by cursors that are ids (docs.stripe.com/api/pagination)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.errors import StripeError, missing

PARAMETERS = frozenset({"limit", "starting_after", "ending_before", "expand"})
BOUNDS = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def page(things: Sequence[StoredObject], wanted: Mapping[str, Any], url: str) -> StoredObject:
    """Return the page of `things` (newest first) that `limit` and the cursors ask for; raises StripeError."""
    limit = number(wanted.get("limit", "10"), "limit")
    if not 1 <= limit <= 100:
        raise StripeError(400, "Invalid integer: limit must be from 1 to 100", param="limit")
    ids = [each["id"] for each in things]
    if "ending_before" in wanted:
        end = _position(ids, str(wanted["ending_before"]), "ending_before")
        start = max(0, end - limit)
        return _list(things[start:end], url, has_more=start > 0)
    start = _position(ids, str(wanted["starting_after"]), "starting_after") + 1 if "starting_after" in wanted else 0
    return _list(things[start : start + limit], url, has_more=start + limit < len(things))


def created_within(thing: StoredObject, created: Any) -> bool:
    """Tell whether an object was made at the time, or within the bounds, that the `created` parameter gives."""
    if isinstance(created, str):
        return bool(thing["created"] == number(created, "created"))
    if not (isinstance(created, dict) and set(created) <= set(BOUNDS)):
        raise StripeError(400, "Invalid created: use gt, gte, lt or lte", param="created")
    return all(BOUNDS[name](thing["created"], number(value, f"created[{name}]")) for name, value in created.items())


def number(text: Any, param: str) -> int:
    """Return a whole number; raises StripeError that names the parameter."""
    if not (isinstance(text, str) and text.isdecimal() and len(text) < 16):
        raise StripeError(400, f"Invalid integer: {text}", param=param)
    return int(text)


def boolean(value: Any, param: str) -> bool:
    """Return whether a parameter is true; raises StripeError that names it for what is neither."""
    if value not in ("true", "false", True, False):
        raise StripeError(400, f"Invalid boolean: {value}", param=param)
    return value in ("true", True)


def _position(ids: Sequence[str], wanted: str, param: str) -> int:
    if wanted not in ids:
        raise missing("object", wanted, param, in_path=False)
    return ids.index(wanted)


def _list(things: Sequence[StoredObject], url: str, *, has_more: bool) -> StoredObject:
    return {"object": "list", "url": url, "has_more": has_more, "data": list(things)}
