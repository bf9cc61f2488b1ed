"""The CRM's search: which contacts match, page by page (developers.hubspot.com/docs/api-reference/search/guide)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.saas.crm_contacts import CrmError, not_done, shown
from localcloud.saas.object_store import StoredObject

USUAL, MOST = 10, 200  # contacts of a page
KNOWN = frozenset({"filterGroups", "limit", "after", "properties", "sorts", "query"})


def search(contacts: Sequence[StoredObject], body: Mapping[str, Any]) -> StoredObject:
    """Return a page of the contacts that match; raises CrmError.

    `contacts` are those that the index knows. The cursor `after` says how many come before a page.
    """
    asked = [name for name in ("sorts", "query") if body.get(name)] + sorted(set(body) - KNOWN)
    if asked:
        raise not_done(f"search has no {', '.join(asked)}")
    start, limit = _number(body.get("after") or 0), _number(body.get("limit") or USUAL)
    if not 1 <= limit <= MOST:
        raise CrmError(400, "VALIDATION_ERROR", f"limit must be from 1 to {MOST}")
    found = [each for each in contacts if _matches(each, body.get("filterGroups") or [])]
    page = [shown(each, body.get("properties") or ()) for each in found[start : start + limit]]
    more = {"paging": {"next": {"after": str(start + limit)}}} if len(found) > start + limit else {}
    return {"total": len(found), "results": page, **more}


def _number(value: Any) -> int:
    if not (isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) < 10):
        raise CrmError(400, "VALIDATION_ERROR", "limit must be a whole number, and after a paging cursor")
    return int(value)


def _matches(contact: Mapping[str, Any], groups: Any) -> bool:
    """Groups are joined by OR, the filters of one by AND; no group at all matches everything."""
    if not (isinstance(groups, list) and all(isinstance(each, dict) for each in groups)):
        raise CrmError(400, "VALIDATION_ERROR", "filterGroups must be a list of objects")
    return not groups or any(all(_passes(contact, each) for each in group.get("filters") or ()) for group in groups)


def _passes(contact: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    has, value = contact["properties"].get(wanted.get("propertyName")), wanted.get("value")
    match wanted.get("operator"):
        case "EQ":
            return bool(has == value)
        case "NEQ":
            return bool(has != value)
        case "HAS_PROPERTY":
            return has is not None
        case "NOT_HAS_PROPERTY":
            return has is None
    raise not_done(f"search has no operator {wanted.get('operator')}")
