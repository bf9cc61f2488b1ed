"""JSON as RFC 8259 and Firestore both take it: what either would refuse later is refused at the door."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from handlers.failures import Rejected
from handlers.words import Code

CODE = Code.BAD_BODY
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # only an escape can bring one in: UTF-8 itself has none


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Raises Rejected (400) when it is not UTF-8, not JSON, not an object, nested too deeply, or holds NaN, an infinite
    number, a key twice or half of a surrogate pair.
    """
    try:
        text = body.decode("utf-8")
        value = _decoder.decode(text)
        if "\\" in text and SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a pair raises UnicodeEncodeError
    except RecursionError as error:
        raise Rejected(400, CODE, "the body is nested too deeply") from error
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors, and so is UnicodeEncodeError
        raise Rejected(400, CODE, "the body is not valid JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise Rejected(400, CODE, "the body must be a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


# Made once: making one costs a tenth of what it takes to read a webhook.
_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
