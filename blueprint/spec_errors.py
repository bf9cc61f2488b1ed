"""What pydantic finds wrong with a spec, as sentences for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from blueprint.part import PartError, Problem
from blueprint.suggestion import closest, did_you_mean

ROOT = "spec"
MODEL = "Pulumi.local.yaml"  # a spec that works, to look at
OF_THE_KEY = "[key]"  # pydantic's last step to a name that is wrong, and not what stands under it
SHOWN = 60  # characters of a wrong value that are repeated

_SENTENCES: Mapping[str, str] = {
    "missing": f"{{path}} is missing; add it, as in {MODEL}",
    "extra_forbidden": "{path} is not known here; check its spelling and its indentation, or drop it",
    "bool_type": "{path} must be true or false, without quotes",
    "int_type": "{path} must be a whole number such as 15, without quotes",
    "int_from_float": "{path} must be a whole number such as 15",
    "float_type": "{path} must be a number such as 2.5, without quotes",
    "float_parsing": "{path} must be a number such as 2.5, without quotes",
    "finite_number": "{path} must be a number such as 2.5",
    "string_type": '{path} must be text; put it in quotes, such as "123"',
    "tuple_type": "{path} must be a list, such as [first, second]",
    "dict_type": "{path} must hold names and values, one `name: value` a line, indented below it",
    "model_type": "{path} must hold names and values, one `name: value` a line, indented below it",
    "literal_error": "{path} must be {expected}, not {given}",
    "greater_than": "{path} must be above {gt}, not {given}",
    "greater_than_equal": "{path} must be at least {ge}, not {given}",
    "less_than": "{path} must be below {lt}, not {given}",
    "less_than_equal": "{path} must be at most {le}, not {given}",
    "string_too_short": "{path} is empty; give it a value",
    "string_too_long": "{path} has more than {max_length} characters; shorten it",
    "invalid_key": "{path}: a name here must be text; put it in quotes",
    "value_error": "{path}: {reason}",
}


def sentences(mistake: Mapping[str, Any], keys: Iterable[str] = ()) -> tuple[str, ...]:
    """Return one of `ValidationError.errors()` as sentences, each of which begins with the path of what is wrong.

    `keys` are those that the place knows, for one that it does not know.
    """
    error = mistake.get("ctx", {}).get("error")
    if isinstance(error, PartError):
        return tuple(told(path(mistake["loc"]), problem) for problem in error.problems)
    return (f"{_sentence(mistake)}{_guess(mistake, keys)}",)


def told(place: str, problem: Problem) -> str:
    """Return a problem of the part at `place` as a sentence."""
    return f"{place}.{problem.place}: {problem.text}" if problem.place else f"{place}: {problem.text}"


def _guess(mistake: Mapping[str, Any], keys: Iterable[str]) -> str:
    if mistake["type"] == "extra_forbidden":
        return did_you_mean(*closest(str(mistake["loc"][-1]), keys)[:1])
    if mistake["type"] == "literal_error" and isinstance(mistake.get("input"), str):
        allowed = re.findall(r"'([^']+)'", str(mistake["ctx"]["expected"]))
        spelled = {each.lower(): each for each in allowed}
        return did_you_mean(*(spelled[each] for each in closest(mistake["input"].strip().lower(), spelled)[:1]))
    return ""


def _sentence(mistake: Mapping[str, Any]) -> str:
    said = str(mistake["msg"]).removeprefix("Value error, ")
    known = {name: _number(value) for name, value in mistake.get("ctx", {}).items()}
    if mistake["type"] != "missing" and mistake.get("input", "") is None:
        return f"{path(mistake['loc'])} is empty; give it a value, as in {MODEL}"
    template = _SENTENCES.get(mistake["type"], "{path}: {reason}")
    return template.format_map({**known, "path": path(mistake["loc"]), "reason": said, "given": given(mistake)})


def path(steps: Sequence[int | str]) -> str:
    """Return the place of a value: `spec.redirects.0.source`."""
    return ".".join([ROOT, *(str(step) for step in steps if step != OF_THE_KEY)])


def given(mistake: Mapping[str, Any]) -> str:
    """Return what was written instead, when it is short enough to be told."""
    value = mistake.get("input")
    shown = f'"{value}"' if isinstance(value, str) else _number(value) if isinstance(value, int | float) else ""
    return shown if 0 < len(shown) <= SHOWN else "this"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
