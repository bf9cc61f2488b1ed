"""A request under construction: what is asked, what is stored, and what was assumed on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.closures.run import Run
from rules.lookups import Budget, Lookups
from rules.request import Auth, Query, Request, request_value, resource
from rules.values.kinds import Path, Timestamp, Value

Data = dict[str, Any]
Place = tuple[str | tuple[str, ...], ...]
"""`("sent", field, …)`, `("stored", field, …)` or `("other", path of the document, field, …)`."""


@dataclass(slots=True)
class World:
    """One request and one state of the database. `method`, `path` and who asks are fixed; data is not."""

    method: str
    path: tuple[str, ...]
    auth: Auth | None
    time: Timestamp
    sent: Data | None = None
    stored: Data | None = None
    others: dict[tuple[str, ...], Data] = field(default_factory=dict)
    query: Query = field(default_factory=Query)

    def copy(self) -> "World":
        """The same, to be changed."""
        return World(
            self.method,
            self.path,
            self.auth,
            self.time,
            _copied(self.sent),
            _copied(self.stored),
            _copied(self.others),
            self.query,
        )

    def get(self, path: tuple[str, ...]) -> Mapping[str, Any] | None:
        """A document as it is."""
        return self.stored if path == self.path and self.method != "list" else self.others.get(path)

    def get_after(self, path: tuple[str, ...]) -> Mapping[str, Any] | None:
        """A document as it would be after the write."""
        return self.sent if path == self.path and self.method in {"create", "update", "delete"} else self.get(path)

    def request(self) -> Request:
        """The request; an update sends the whole document as it would be."""
        return Request(self.method, self.path, self.auth, self.time, self.sent, self.query)

    def run(self, wild: tuple[Value, ...]) -> Run:
        """What an expression needs to be evaluated in this world."""
        known = None if self.stored is None else resource(self.path, self.stored)
        run = Run(request_value(self.request()), known, Lookups(self.path, self, Budget()))
        run.wild = wild
        return run

    def documents(self) -> dict[tuple[str, ...], Data]:
        """Every stored document."""
        return {**({} if self.stored is None else {self.path: self.stored}), **self.others}

    def base(self, place: Place) -> Data | None:
        """The document that a place is in; of a document elsewhere, it is made where there is none."""
        if place[0] == "other" and isinstance(place[1], tuple):
            return self.others.setdefault(place[1], {})
        return self.sent if place[0] == "sent" else self.stored

    def put(self, place: Place, value: Value) -> bool:
        """Store a value at a place, making the maps on the way. False where there is no document to put it in."""
        data = self.base(place)
        steps = [step for step in place[2 if place[0] == "other" else 1 :] if isinstance(step, str)]
        if data is None or not steps:
            return place[0] == "other" and data is not None
        for step in steps[:-1]:
            inner = data.get(step)
            if not isinstance(inner, dict):
                inner = data[step] = {}
            data = inner
        data[steps[-1]] = value
        return True


def _copied(value: Any) -> Any:
    """A copy whose maps and lists can be changed; all other values of rules are frozen."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def place_of_path(path: Path) -> Place:
    """The place of a whole document elsewhere."""
    return ("other", tuple(str(part) for part in path.segments))
