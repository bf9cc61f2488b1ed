"""Reads the JSON body of a request to a stand-in."""

from __future__ import annotations

import json
from typing import Any


class BodyError(ValueError):
    """The body is not a JSON object."""


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`; raises BodyError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BodyError("the body is not JSON") from error
    if not isinstance(found, dict):
        raise BodyError("the body is not a JSON object")
    return found
