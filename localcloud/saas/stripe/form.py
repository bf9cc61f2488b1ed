"""The form encoding of Stripe's API: `items[0][price]=p&metadata[user]=u` (docs.stripe.com/api)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def parse(text: str) -> dict[str, Any]:
    """Return the nested parameters; all values are texts. Raises ValueError for a key that is not well formed."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict"):
        shaped = KEY.fullmatch(key)
        if shaped is None:
            raise ValueError(f"Invalid parameter name: {key}")
        steps = [shaped[1], *re.findall(r"\[([^\[\]]*)\]", shaped[2])]
        _insert(found, steps, value)
    return {key: _lists(value) for key, value in found.items()}


def _insert(into: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        into = into.setdefault(step or str(len(into)), {})
        if not isinstance(into, dict):
            raise ValueError(f"Parameter {step} is given both as a text and as an object")  # noqa: TRY004 - bad input
    into[steps[-1] or str(len(into))] = value


def _lists(value: Any) -> Any:
    """Turn objects whose keys are 0, 1, 2 … into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    return list(inner.values()) if inner and all(key.isdecimal() for key in inner) else inner
