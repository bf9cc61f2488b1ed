"""What a user of the app may do, as the deployed security rules say. Services come without a guard: IAM judges them.

Order and meaning: https://firebase.google.com/docs/firestore/security/rules-structure and …/rules-query.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from grpc import StatusCode

from localcloud.firestore import rule_queries
from localcloud.firestore.paths import Location
from localcloud.firestore.rulebook import Rulebook, segments
from localcloud.firestore.store import Reader
from localcloud.rpc import Refused

if TYPE_CHECKING:
    from rules import Request
    from rules.lookups import Budget

log = logging.getLogger(__name__)
DENIED = "Missing or insufficient permissions."
MILLI = 1000  # microseconds
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One write of a commit: its method by the rules, its document before and after it (None: not there).

    `result` is the WriteResult that the caller gets.
    """

    method: str
    place: Location
    before: Any | None
    after: Any | None
    result: Any


class Guard:
    """Judges the requests of one user: `uid` and the claims of the ID token, or None for a caller without one."""

    def __init__(self, rulebook: Rulebook, uid: str | None, claims: Fields) -> None:
        self._rulebook = rulebook
        self._uid = uid
        self._claims = claims

    def get(self, documents: Mapping[Location, Any | None], reader: Reader, now: int) -> None:
        """Raise Refused unless the user may get every one of the documents; `now` is in microseconds."""
        from rules.lookups import Budget

        budget = Budget.batch() if len(documents) > 1 else Budget()
        for place, document in documents.items():
            budget.next_write()
            self._require(
                self._request("get", place, now), _Stored(reader, place.database, {place: document}), place, budget
            )

    def list(self, parent: Location, query: Any, reader: Reader, now: int) -> None:
        """Raise Refused unless the user may ask a StructuredQuery below `parent`: rules are not filters."""
        from rules.lookups import Budget

        place, asked = rule_queries.read(parent, query)
        request = self._request("list", place, now, query=asked)
        self._require(request, _Stored(reader, place.database, {}), place, Budget())

    def list_collection(self, collection: Location, limit: int, reader: Reader, now: int) -> None:
        """Raise Refused unless the user may list the documents of a collection, at most `limit` of them."""
        from rules import Query
        from rules.lookups import Budget

        request = self._request("list", collection, now, query=Query(limit=limit))
        self._require(request, _Stored(reader, collection.database, {}), collection, Budget())

    def write(self, changes: Sequence[Change], reader: Reader, now: int) -> None:
        """Raise Refused unless the user may make every change; together they are one commit, at `now`."""
        from rules.lookups import Budget

        after = {change.place: change.after for change in changes}
        budget = Budget.batch(frozenset(segments(place) for place in after)) if len(changes) > 1 else Budget()
        for change in changes:
            budget.next_write()
            data = None if change.method == "delete" else _fields(change.after)
            request = self._request(change.method, change.place, now, data)
            stored = _Stored(reader, change.place.database, {change.place: change.before}, after)
            self._require(request, stored, change.place, budget)

    def refuse(self, what: str) -> NoReturn:
        """Raise Refused for what no rule can allow a user."""
        raise Refused(StatusCode.PERMISSION_DENIED, f"{DENIED} {what}")

    def _request(
        self, method: str, place: Location, now: int, data: Fields | None = None, query: Any = None
    ) -> Request:
        from rules import Auth, Query, Request
        from rules.values.kinds import Timestamp

        auth = None if self._uid is None else Auth(self._uid, self._claims)
        moment = Timestamp(now // MILLI * MILLI * 1000)  # of which a document's server time is a copy
        return Request(method, segments(place), auth, moment, data, query or Query())

    def _require(self, request: Request, stored: _Stored, place: Location, budget: Budget) -> None:
        ruleset = self._rulebook.of(place.database)
        verdict = ruleset.evaluate(request, stored, budget) if ruleset else None
        if verdict is None or not verdict.allowed:
            who = "nobody signed in" if self._uid is None else f"uid {self._uid}"
            why = verdict or "denied: no rules that compile are deployed"
            asked = f"{request.method} {'/'.join(place.segments)} as {who}"
            log.info("%s: %s", asked, why)
            raise Refused(StatusCode.PERMISSION_DENIED, f"{DENIED} {asked}: {why}")


class _Stored:
    """The documents as rules look them up: of `before` and `after` those that are known, the others as they are."""

    def __init__(
        self,
        reader: Reader,
        database: str,
        before: Mapping[Location, Any | None],
        after: Mapping[Location, Any | None] | None = None,
    ) -> None:
        self._reader = reader
        self._project = database.partition("/databases/")[0]
        self._before = {segments(place): document for place, document in before.items()}
        self._after = {segments(place): document for place, document in (after or {}).items()}

    def get(self, path: tuple[str, ...]) -> Fields | None:
        """The document's fields before the commit."""
        known = path in self._before
        return _fields(self._before[path] if known else self._read(path))

    def get_after(self, path: tuple[str, ...]) -> Fields | None:
        """The document's fields after the commit."""
        return _fields(self._after[path]) if path in self._after else self.get(path)

    def _read(self, path: tuple[str, ...]) -> Any | None:
        database, place = "/".join((self._project, *path[:2])), path[3:]
        return self._reader.get(Location(database, place)) if place else None


def _fields(document: Any | None) -> Fields | None:
    if document is None:
        return None
    from rules.values.firestore import from_fields

    return from_fields(document.fields)
