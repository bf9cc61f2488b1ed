"""Values to try: of a type, beside another value, or matching a pattern."""

from collections.abc import Iterator
from typing import Any

from rules.errors import EvaluationError
from rules.values.kinds import Duration, LatLng, Path, Timestamp, Value
from rules.values.pattern import matches

OF_TYPE: dict[str, Any] = {
    "string": "x",
    "int": 1,
    "float": 1.5,
    "number": 1,
    "bool": True,
    "map": {},
    "list": [],
    "bytes": b"x",
    "timestamp": Timestamp(1_700_000_000 * 10**9),
    "latlng": LatLng(0.0, 0.0),
    "path": Path(("databases", "(default)", "documents", "x", "y")),
    "duration": Duration(10**9),
}

_TEXTS = (
    "x", "a", "A", "abc", "Abc", "x1", "1", "12", "1234", "12345678",
    "mallory@example.com", "a@b.co", "mallory", "alice",
        "https://example.com", "https://example.com/x.png", "2026-01-31", "2026-01-31T12:00:00Z", "12:30",
    "+491701234567",
    "x-y", "x_y", "en", "en-US", "USD", "00000000-0000-4000-8000-000000000000", "#ffffff", "Password1!", "0xabcdef", "",
    "abcdefghijklmnopqrst", "a" * 28,
)  # fmt: skip


def matching(pattern: str) -> Iterator[str]:
    """Texts that match a pattern; alternatives that are plain words are taken from it."""
    plain = pattern.strip("^$()").split("|")
    for text in (*_TEXTS, *plain, pattern.replace("\\", "")):
        try:
            if matches(text, pattern):
                yield text
        except EvaluationError:
            return


def different(value: Value) -> Value:
    """A value of the same type that is not equal to one."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case Timestamp() | Duration():
            return type(value)(value.nanos + 10**9)
        case None:
            return "x"
        case _:
            return OF_TYPE["string"]


def beside(operator: str, value: Value) -> Value | None:
    """A value x with `x operator value`, or None where there is none."""
    step = {"<": -1, "<=": 0, ">": 1, ">=": 0}[operator]
    match value:
        case bool():
            return None
        case int() | float():
            return value + step
        case Timestamp() | Duration():
            return type(value)(value.nanos + step * 10**9)
        case str():
            return value + "x" if step == 1 else value if step == 0 or not value else value[:-1]
        case _:
            return None


def of_size(kind: str, size: int) -> Value:
    """A value of a type with so many characters, items or entries."""
    size = max(0, min(size, 100_000))
    if kind == "list":
        return ["x"] * size
    return {f"k{n}": 1 for n in range(size)} if kind == "map" else "x" * size
