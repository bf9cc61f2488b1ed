"""Search: `email:'a@b.test' AND metadata['user']:'u1'` (docs.stripe.com/search).

Stripe's index is behind by up to a minute; this one knows everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import StripeError, required
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.paging import number

PARAMETERS = frozenset({"query", "limit", "page", "expand"})
# Kind → path, and the fields that can be searched by, beside `created` and `metadata`.
RESOURCES: Mapping[str, tuple[str, frozenset[str]]] = {
    "charge": ("charges", frozenset({"amount", "currency", "customer", "disputed", "refunded", "status"})),
    "customer": ("customers", frozenset({"email", "name", "phone"})),
    "invoice": ("invoices", frozenset({"currency", "customer", "number", "status", "total"})),
    "price": ("prices", frozenset({"active", "currency", "lookup_key", "product", "type"})),
    "product": ("products", frozenset({"active", "description", "name", "shippable", "url"})),
    "subscription": ("subscriptions", frozenset({"canceled_at", "status"})),
}
ALWAYS = frozenset({"created", "metadata"})
_CLAUSE = re.compile(
    r"(?P<not>-)?(?P<field>[a-z_]+)(?:\[(?P<quote>[\"'])(?P<key>[^\"']+)(?P=quote)\])?"
    r"(?P<operator>:|~|>=|<=|>|<)"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<plain>[^\s\"']+))"
)
_ESCAPED = re.compile(r"\\(.)")  # a quote or a backslash in a value
_JOIN = re.compile(r"\s+(AND|OR)\s+|\s+", re.IGNORECASE)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": float.__gt__,
    ">=": float.__ge__,
    "<": float.__lt__,
    "<=": float.__le__,
}


class Search:
    """The searches of the account's objects."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def operations(self) -> list[Operation]:
        """Return what can be called; put them before the paths that take an id."""
        return [Operation("GET", f"/v1/{RESOURCES[kind][0]}/search", self._of(kind), PARAMETERS) for kind in RESOURCES]

    def _of(self, kind: str) -> Callable[[Call], StoredObject]:
        path, fields = RESOURCES[kind]

        def search(call: Call) -> StoredObject:
            if not call.wanted.get("query"):
                raise required("query")
            fits = parse(str(call.wanted["query"]), path, fields | ALWAYS)
            found = [each for each in self._ledger.newest_first(kind) if not each.get("deleted") and fits(each)]
            start, limit = number(call.wanted.get("page", "0"), "page"), number(call.wanted.get("limit", "10"), "limit")
            more = str(start + limit) if len(found) > start + limit else None
            shown = found[start : start + limit]
            return {
                "object": "search_result",
                "url": f"/v1/{path}/search",
                "data": shown,
                "has_more": more is not None,
                "next_page": more,
                "total_count": len(found),
            }

        return search


def parse(query: str, path: str, fields: frozenset[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Return what tells whether an object fits a query; raises StripeError for one that Stripe does not read."""
    clauses, joins, at = [], set(), 0
    text = query.strip()
    while True:
        found = _CLAUSE.match(text, at)
        if found is None:
            raise StripeError(400, f"We were unable to parse your search query near {text[at:][:40]!r}.", param="query")
        if found["field"] not in fields:
            message = f"Field `{found['field']}` is an unsupported search field for resource `{path}`."
            raise StripeError(400, message, param="query")
        clauses.append(found)
        if found.end() == len(text):
            break
        join = _JOIN.match(text, found.end())
        joins.add((join[1] or "AND").upper() if join else "")
        at = join.end() if join else found.end()
    if "" in joins or len(joins) > 1:
        raise StripeError(400, "A search query joins its clauses by AND or by OR, not by both.", param="query")
    every = any if joins == {"OR"} else all
    return lambda thing: every(_fits(thing, clause) for clause in clauses)


def _fits(thing: Mapping[str, Any], clause: re.Match[str]) -> bool:
    value = thing.get(clause["field"])
    if clause["key"]:
        value = (value or {}).get(clause["key"])
    wanted = next(clause[name] for name in ("double", "single", "plain") if clause[name] is not None)
    return _compares(value, clause["operator"], _ESCAPED.sub(r"\1", wanted)) is not bool(clause["not"])


def _compares(value: Any, operator: str, wanted: str) -> bool:
    if operator in _COMPARE:
        is_number = isinstance(value, int) and re.fullmatch(r"-?\d+(\.\d+)?", wanted) is not None
        return is_number and _COMPARE[operator](float(value), float(wanted))
    if wanted == "null":
        return value is None
    text = str(value).lower() if value is not None else ""
    return wanted.lower() in text if operator == "~" else value is not None and text == wanted.lower()
