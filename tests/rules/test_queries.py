"""Rules are not filters: a query is allowed only where it proves that all it may return is allowed."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import rules
from rules import Auth, Combined, Query, Request, Verdict, Where, document
from rules.values.kinds import Path, Timestamp
from tools.rulesoracle.expressions import Generator
from tools.rulesoracle.refute import counterexample
from tools.rulesoracle.triples import FIXED, asked

NOW = Timestamp(1_800_000_000 * 10**9)
ALICE = Auth("alice")


def where(name: str, operator: str, value: Any = None) -> Where:
    return Where(tuple(name.split(".")), operator, value)


@pytest.mark.parametrize(
    ("condition", "query", "allowed"),
    [
        ("resource.data.owner == request.auth.uid", where("owner", "==", "alice"), True),
        ("resource.data.owner == request.auth.uid", where("owner", "==", "bob"), False),
        ("resource.data.owner == request.auth.uid", None, False),
        ("resource.data.owner == request.auth.uid", where("owner", "in", ["alice"]), True),
        ("resource.data.owner == request.auth.uid", where("owner", "in", ["alice", "bob"]), False),
        ("resource.data.owner != 'bob'", where("owner", "!=", "bob"), True),
        ("resource.data.owner != 'bob'", where("owner", "not-in", ["bob", "eve"]), True),
        ("resource.data.n > 5", where("n", ">", 5), True),
        ("resource.data.n > 5", where("n", ">=", 5), False),
        ("resource.data.n >= 5", where("n", ">", 5), True),
        ("resource.data.n < 5", where("n", "<", 4), True),
        ("resource.data.n < 5", where("n", "<", 6), False),
        ("5 < resource.data.n", where("n", ">", 7), True),
        ("resource.data.n == 5", where("n", ">=", 5), False),
        ("resource.data.n != null", where("n", ">", 5), True),
        ("request.auth.uid in resource.data.members", where("members", "array-contains", "alice"), True),
        ("request.auth.uid in resource.data.members", where("members", "array-contains-any", ["alice", "bob"]), False),
        ("resource.data.members.hasAny(['alice', 'x'])", where("members", "array-contains-any", ["alice", "x"]), True),
        ("resource.data.a.b == 1", where("a.b", "==", 1), True),
        ("resource.data.a.c == 1", where("a.b", "==", 1), False),
        ("resource.data.public == true || resource.data.owner == 'alice'", where("public", "==", True), True),
        ("!(resource.data.secret == true)", where("secret", ">", False), False),
        ("!(resource.data.secret in ['a'])", where("secret", ">", "b"), False),
        ("!('secret' in resource.data)", where("n", "==", 1), False),
        ("resource.data.get('secret', false) == false", where("n", "==", 1), False),
        ("resource.data.get('n', 0) == 1", where("n", "==", 1), True),
        ("resource.data.keys().hasOnly(['n'])", where("n", "==", 1), False),
        ("!(resource.data.n is string)", where("n", ">", 1), False),
        ("id == 'one'", None, False),
        ("!(id in [])", None, False),
        ("!(id in [].toSet())", None, False),
        ("resource.data.n == null", where("n", "is-null"), True),
        ("resource.data.n != null", where("n", "is-not-null"), True),
        ("true", None, True),
        ("request.auth != null", None, True),
    ],
)
def test_a_query_is_judged_by_what_it_asks_for(
    condition: str, query: Where | None, allowed: bool, ask: Callable[..., Verdict]
) -> None:
    assert ask(condition, auth=ALICE, query=Query(query)).allowed is allowed


def test_every_way_of_an_or_has_to_be_allowed(ask: Callable[..., Verdict]) -> None:
    both = Combined("or", (where("owner", "==", "alice"), where("public", "==", True)))
    one = Combined("or", (where("owner", "==", "alice"), where("n", "==", 1)))
    condition = "resource.data.owner == 'alice' || resource.data.public == true"
    assert ask(condition, query=Query(both)).allowed
    assert not ask(condition, query=Query(one)).allowed


def test_filters_that_all_hold_are_known_together(ask: Callable[..., Verdict]) -> None:
    query = Combined("and", (where("owner", "==", "alice"), where("n", ">", 5), where("n", "!=", 7)))
    assert ask(
        "resource.data.owner == 'alice' && resource.data.n > 4 && resource.data.n != 7", query=Query(query)
    ).allowed


def test_the_limit_and_order_of_a_query_are_seen(ask: Callable[..., Verdict]) -> None:
    query = Query(limit=10, order_by=(("n", "ASC"),))
    assert ask("request.query.limit <= 10 && request.query.orderBy.n == 'ASC'", query=query).allowed
    assert not ask("request.query.limit <= 10", query=Query(limit=11)).allowed
    assert not ask("request.query.limit <= 10", query=Query()).allowed


def test_a_query_for_one_document_is_judged_on_that_document(ask: Callable[..., Verdict]) -> None:
    name = Query(Where(("__name__",), "==", Path(document("things/one"))))
    given = {"query": name, "documents": {"things/one": {"n": 1}}}
    assert ask("resource.data.n == 1 && id == 'one'", **given).allowed
    assert not ask("resource.data.n == 2", **given).allowed
    assert ask("request.path == /databases/$(database)/documents/things/one", **given).allowed


def test_a_collection_group_needs_a_recursive_wildcard() -> None:
    head = "rules_version = '2'; service cloud.firestore { match /databases/{db}/documents { "
    query = Request("list", ("databases", "(default)", "documents"), None, NOW, query=Query(group="posts"))
    assert rules.compile(head + "match /{path=**}/posts/{id} { allow read; } } }").evaluate(query).allowed
    group = "match /{path=**}/posts/{id} { allow read: if "
    assert not rules.compile(head + group + "request.path[0] == 'databases'; } } }").evaluate(query).allowed
    assert not rules.compile(head + group + "!(path == /x); } } }").evaluate(query).allowed
    assert not rules.compile(head + group + "!(request.path in []); } } }").evaluate(query).allowed
    assert not rules.compile(head + "match /posts/{id} { allow read; } } }").evaluate(query).allowed
    assert not rules.compile(head + "match /a/{b}/posts/{id} { allow read; } } }").evaluate(query).allowed


def test_a_query_with_too_many_ways_is_denied(ask: Callable[..., Verdict]) -> None:
    many = Combined("and", tuple(where(f"f{n}", "in", list(range(10))) for n in range(4)))
    assert not ask("true", query=Query(many)).allowed


def test_no_allowed_query_returns_a_document_that_the_rules_deny(stored: Callable[..., Any]) -> None:
    random = Random(20260131)
    generator = Generator(random)
    judged = 0
    while judged < 60:
        condition = generator.condition(2)
        text = "rules_version = '2'; service cloud.firestore { match /databases/{database}/documents { "
        ruleset = rules.compile(f"{text} match /things/{{id}} {{ allow read: if {condition}; }} }} }}")
        one = next(one for one in asked(random, "things", condition) if one.method == "list")
        if "resource.data" in condition and ruleset.evaluate(one.request(NOW), stored(FIXED)).allowed:
            found = counterexample(ruleset, one, random, tries=60)
            assert found is None, f"{condition} where {one.where} returns {found}"
            judged += 1
