"""JSON as RFC 8259 and Firestore both take it: what either would refuse later is refused at the door."""

from __future__ import annotations

import json
import math
from typing import Any

from handlers.failures import Rejected
from handlers.words import Code

CODE = Code.BAD_BODY


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Raises Rejected (400) when it is not UTF-8, not JSON, not an object, nested too deeply, or holds NaN, an infinite
    number, a key twice or half of a surrogate pair.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except RecursionError as error:
        raise Rejected(400, CODE, "the body is nested too deeply") from error
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise Rejected(400, CODE, "the body is not valid JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise Rejected(400, CODE, "the body must be a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    for key, value in pairs:
        _encodable(key)
        _all_encodable(value)
    return found


def _all_encodable(value: Any) -> None:
    """Check the texts in a value; objects inside were already checked when they were read."""
    if isinstance(value, str):
        _encodable(value)
    elif isinstance(value, list):
        for item in value:
            _all_encodable(item)


def _encodable(text: str) -> None:
    text.encode("utf-8")  # a lone surrogate raises UnicodeEncodeError, a ValueError


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
