"""What a refusal of HubSpot's says: which property is wrong or missing, which contact exists already. Pure.

Its shapes, of which a batch's 207 has one an item: a list in JSON within `message`, as in
https://developers.hubspot.com/changelog/upcoming-property-validations-rules-will-be-enforced-for-apis-and-integrations,
and `errors` with a `code` and a `context`, as in the error schema of the API reference (both read 2026-11-29).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from handlers.outside.http_client import Reply

EXISTING = re.compile(r"Existing ID: (\d+)")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
MISSING = "PROPERTY_DOESNT_EXIST"
NOT_UNIQUE_YET = "launch_user_id"  # named in the message while that property is not there


def lacks_property(reply: Reply) -> bool:
    """Tell whether a property of ours is not there yet."""
    if reply.status != 400:
        return False
    return MISSING in str(reply.body) or NOT_UNIQUE_YET in str(reply.body.get("message", ""))


def existing_contact(reply: Reply) -> str:
    """Return the id of the contact that has a unique value already (409, or the item of a 207), or nothing."""
    found = (EXISTING.search(str(each.get("message", ""))) for each in _errors(reply) if _category(each) == "CONFLICT")
    return next((match[1] for match in found if match), "")


def dislikes(reply: Reply, name: str) -> bool:
    """Tell whether the value of a property is why the reply is a refusal."""
    return name in {property_ for property_, _ in _properties(reply)}


def in_words(reply: Reply) -> str:
    """Return what is wrong, property by property, and what to do; no value of the user's is in it."""
    category = _category(next(iter(_errors(reply)), {})) or "no category"
    wrong = sorted(f"{name} ({code})" for name, code in _properties(reply))
    if not wrong:
        return category
    return (
        f"{category} of {', '.join(wrong)}; change the account's rules for these properties in HubSpot, then replay it"
    )


def _errors(reply: Reply) -> list[Mapping[str, Any]]:
    if reply.status == 207:
        return [each for each in reply.body.get("errors") or () if isinstance(each, dict)]
    return [reply.body] if reply.status >= 400 else []


def _category(error: Mapping[str, Any]) -> str:
    found = str(error.get("category") or "")
    return found if NAME.fullmatch(found) else ""


def _properties(reply: Reply) -> set[tuple[str, str]]:
    """Return the properties that a refusal names, each with the code of what is wrong with it."""
    named = {pair for error in _errors(reply) for pair in (*_in_message(error), *_in_context(error))}
    return {(name, code) for name, code in named if NAME.fullmatch(name)}


def _in_message(error: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    _, found, listed = str(error.get("message", "")).partition("Property values were not valid: ")
    try:
        wrong = json.loads(listed) if found else []
    except ValueError:
        wrong = []
    for each in wrong if isinstance(wrong, list) else ():
        if isinstance(each, dict):
            yield str(each.get("name", "")), _code(each.get("error"))


def _in_context(error: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in (error, *(error.get("errors") or ())):
        context = each.get("context") if isinstance(each, dict) else None
        for key, values in context.items() if isinstance(context, dict) else ():
            if "propert" in key.lower():
                for name in values if isinstance(values, list) else [values]:
                    yield str(name), _code(each.get("code"))


def _code(found: Any) -> str:
    return found if isinstance(found, str) and NAME.fullmatch(found) else "not valid"
