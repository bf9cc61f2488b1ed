"""The types that Python does not have, and the name of each type in the language."""

from dataclasses import dataclass, field
from types import NoneType
from typing import Any, TypeAlias

Value: TypeAlias = Any

NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment in UTC: nanoseconds since 1970, within the years 1 to 9999."""

    nanos: int


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in nanoseconds, which may be negative."""

    nanos: int


@dataclass(frozen=True, slots=True)
class LatLng:
    """A place in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Variable:
    """A segment of a path literal that names nothing: `bind()` may give it a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """The segments of a path; `bound` are the values that `bind()` gave to names."""

    segments: tuple[str | Variable, ...]
    bound: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return "/" + "/".join(part if isinstance(part, str) else f"$({part.name})" for part in self.segments)


@dataclass(frozen=True, slots=True, eq=False)
class RulesSet:
    """Distinct values in the order in which they came; numbers are the same by value."""

    items: list[Value]


@dataclass(frozen=True, slots=True, eq=False)
class MapDiff:
    """The keys of two maps, by what became of them."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    unchanged: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A map of which a query tells only some entries: what else is in it, nobody knows."""

    known: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a query says of one field: `operator` is one of `== != < <= > >= contains`."""

    operator: str
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """A field that a query filters on without giving its value. All filters hold."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that a query does not tell, such as the ID of a document it may return."""


NAMES: dict[type, str] = {
    NoneType: "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    Timestamp: "timestamp",
    Duration: "duration",
    LatLng: "latlng",
    Path: "path",
    RulesSet: "set",
    MapDiff: "map_diff",
    Partial: "map",
    Constraint: "constraint",
    Unknown: "unknown",
}


def name_of(value: Value) -> str:
    """The name of a value's type, as `is` and messages have it."""
    return NAMES.get(type(value), type(value).__name__)
