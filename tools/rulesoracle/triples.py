"""Random documents, users and queries to go with the conditions."""

from dataclasses import dataclass
from random import Random
from typing import Any

from rules import Auth, Query, Request, Where, document
from rules.values.kinds import LatLng, Path, Timestamp
from tools.rulesoracle.emulator import field_filter
from tools.rulesoracle.expressions import FIELDS

VALUES: dict[str, tuple[Any, ...]] = {
    "int": (0, 1, 2, -3, 7, 2**63 - 1),
    "float": (0.5, 1.5, -2.5, 7.25, 0.001, 12345678.9),
    "string": ("", "a", "b", "ab", "a,b", " a ", "12", "äö", "😀x", "AB"),
    "bool": (True, False),
    "bytes": (b"", b"a", b"\xff\x00", b"abc"),
    "list": ([], ["a"], ["a", "b"], [1, 2], [1, "a", None], [{"a": 1}]),
    "map": ({}, {"a": 1}, {"a": 1, "b": 2}, {"a": {"b": "x"}}, {"i": 1, "s": "a"}),
    "timestamp": (Timestamp(0), Timestamp(1770091506007000000), Timestamp(1770076800000000000)),
    "latlng": (LatLng(0.0, 0.0), LatLng(10.5, -20.0)),
    "path": (Path(document("fixed/one")), Path(document("fixed/two"))),
}
FIXED: dict[str, dict[str, Any]] = {"fixed/one": {"i": 1, "s": "a"}, "fixed/two": {"s": "b"}}
_OPERATORS = {
    "==": "EQUAL",
    "!=": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "in": "IN",
    "array-contains": "ARRAY_CONTAINS",
}
_QUERIED = ("int", "float", "string", "bool", "timestamp", "list")
CLAIMS = {"sub": "alice", "user_id": "alice", "email": "alice@example.com", "email_verified": True, "plan": "free"}


def data(random: Random) -> dict[str, Any]:
    """A document: most fields present, now and then null or of another type."""
    made: dict[str, Any] = {}
    for kind, names in FIELDS.items():
        for name in names:
            chance = random.random()
            if chance < 0.85:
                made[name] = random.choice(VALUES[kind])
            elif chance < 0.9:
                made[name] = random.choice([None, *random.choice([*VALUES.values()])])
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for the documents of a collection, for both engines."""

    method: str
    collection: str
    stored: dict[str, Any]
    data: dict[str, Any] | None
    claims: dict[str, Any] | None
    where: Where | None = None
    limit: int | None = None

    @property
    def path(self) -> str:
        """The path from the root."""
        return {"list": self.collection, "create": f"{self.collection}/two"}.get(self.method, f"{self.collection}/one")

    def request(self, now: Timestamp) -> Request:
        """The request for our engine."""
        auth = None if self.claims is None else Auth(self.claims["sub"], self.claims)
        return Request(self.method, document(self.path), auth, now, self.data, Query(self.where, self.limit))

    def filter(self) -> Any:
        """The query's filter in REST's form."""
        if self.where is None:
            return None
        return field_filter(".".join(self.where.field), _OPERATORS[self.where.operator], self.where.value)


def asked(random: Random, collection: str, condition: str) -> list[Asked]:
    """One request of each method for one collection, the ones that change it last."""
    stored = data(random)
    claims = random.choice([None, CLAIMS, CLAIMS])
    made = [Asked("get", collection, stored, None, claims)]
    made.append(
        Asked("list", collection, stored, None, claims, _where(random, condition), random.choice([None, 1, 10]))
    )
    made.append(Asked("create", collection, stored, data(random), claims))
    changed = {**stored, **dict(random.sample([*data(random).items()], 3))}
    made += [
        Asked("update", collection, stored, changed, claims),
        Asked("delete", collection, stored, None, claims),
    ]
    return made


def _where(random: Random, condition: str) -> Where | None:
    if random.random() < 0.1:
        return None
    kinds = [(kind, name) for kind in _QUERIED for name in FIELDS[kind]]
    named = [one for one in kinds if f"resource.data.{one[1]})" in f"{condition})"]
    kind, name = random.choice(named or kinds)
    if kind == "list":
        return Where((name,), "array-contains", random.choice(("a", "b", 1)))
    operator = random.choice(["==", "==", "==", "!=", "<", "<=", ">", ">=", "in"])
    value = random.choice(VALUES[kind])
    return Where((name,), operator, [value, random.choice(VALUES[kind])] if operator == "in" else value)
