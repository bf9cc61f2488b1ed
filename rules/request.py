"""A request as rules see it: who asks, for what, when, and with which data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rules.values.kinds import Path, Timestamp, Unknown, Value

ROOT = ("databases", "(default)", "documents")
"""What the path of every document of the default database starts with."""


@dataclass(frozen=True, slots=True)
class Auth:
    """A signed-in user: the user ID and all claims of the token."""

    uid: str
    token: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Where:
    """One filter of a query. `field` is the path of a field, or `("__name__",)`.

    `operator` is one of `== != < <= > >= in not-in array-contains array-contains-any is-null is-not-null is-nan
    is-not-nan`; the unary ones have no value.
    """

    field: tuple[str, ...]
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Combined:
    """Filters of which all (`and`) or at least one (`or`) has to hold."""

    operator: str
    filters: "tuple[Where | Combined, ...]"


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for. `group` is the ID of a collection group, whose collections lie anywhere below the path."""

    where: Where | Combined | None = None
    limit: int | None = None
    offset: int = 0
    order_by: tuple[tuple[str, str], ...] = ()
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `method` is get, list, create, update or delete; `path` has the segments from `databases` on, of a document or (for
    a list) of its collection; `data` is the whole document as it would be after a create or an update.
    """

    method: str
    path: tuple[str, ...]
    auth: Auth | None
    time: Timestamp
    data: Mapping[str, Any] | None = None
    query: Query = Query()


class Documents(Protocol):
    """The documents that rules may look up: their data, or None where there is none. A path starts with `databases`."""

    def get(self, path: tuple[str, ...]) -> Mapping[str, Any] | None:
        """A document as it is."""
        ...

    def get_after(self, path: tuple[str, ...]) -> Mapping[str, Any] | None:
        """A document as it would be after the request's writes."""
        ...


class NoDocuments:
    """A database without documents."""

    def get(self, path: tuple[str, ...]) -> None:
        """None."""

    def get_after(self, path: tuple[str, ...]) -> None:
        """None."""


def document(path: str, database: str = "(default)") -> tuple[str, ...]:
    """The segments of a document's or collection's path such as `users/alice`."""
    return ("databases", database, "documents", *path.split("/"))


def resource(path: tuple[str, ...], data: Mapping[str, Any]) -> dict[str, Value]:
    """A document as `resource` and `get()` give it."""
    return {"data": data if type(data) is dict else dict(data), "__name__": Path(path), "id": path[-1]}


def request_value(request: Request, path: Value = None) -> dict[str, Value]:
    """`request` as the rules see it; `path` is given where it is not the request's own, and left out where unknown.

    Source: https://firebase.google.com/docs/reference/rules/rules.firestore.Request.
    """
    auth = request.auth
    value: dict[str, Value] = {
        "auth": None if auth is None else {"uid": auth.uid, "token": dict(auth.token)},
        "method": request.method,
        "path": Path(request.path) if path is None else path,
        "time": request.time,
    }
    if request.method == "list":
        value["query"] = _query(request.query)
        if type(path) is Unknown:
            del value["path"]
    elif request.method != "get":
        value["resource"] = None if request.data is None else resource(request.path, request.data)
    return value


def _query(query: Query) -> dict[str, Value]:
    return {"limit": query.limit, "offset": query.offset, "orderBy": dict(query.order_by)}
