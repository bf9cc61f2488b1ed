"""Which statements a request meets, what they see, and what they may look up."""

from collections.abc import Callable
from typing import Any

import pytest

import rules
from rules import Auth, Request, RulesError, Verdict, document
from rules.lookups import Budget
from rules.values.kinds import Timestamp

NOW = Timestamp(1_800_000_000 * 10**9)


def compiled(body: str, version: int = 2) -> rules.Ruleset:
    head = f"rules_version = '{version}'; service cloud.firestore {{ match /databases/{{db}}/documents {{ "
    return rules.compile(head + body + " } }")


def allowed(body: str, path: str, method: str = "get", version: int = 2) -> bool:
    return compiled(body, version).evaluate(Request(method, document(path), None, NOW, {})).allowed


@pytest.mark.parametrize(
    ("written", "granted"),
    [
        ("read", {"get", "list"}),
        ("write", {"create", "update", "delete"}),
        ("get", {"get"}),
        ("list", {"list"}),
        ("create", {"create"}),
        ("update", {"update"}),
        ("delete", {"delete"}),
        ("get, write", {"get", "create", "update", "delete"}),
    ],
)
def test_a_method_or_group_grants_exactly_its_methods(written: str, granted: set[str]) -> None:
    body = f"match /a/{{b}} {{ allow {written}; }}"
    methods = ("get", "list", "create", "update", "delete")
    found = {method for method in methods if allowed(body, "a" if method == "list" else "a/x", method)}
    assert found == granted


@pytest.mark.parametrize(
    ("pattern", "path", "version", "covered"),
    [
        ("/a/{b}", "a/x", 2, True),
        ("/a/{b}", "a/x/c/y", 2, False),
        ("/a/x", "a/y", 2, False),
        ("/a/{rest=**}", "a/x", 2, True),
        ("/a/{rest=**}", "a/x/c/y", 2, True),
        ("/a/{b}/{rest=**}", "a/x", 2, True),
        ("/a/{b}/{rest=**}", "a/x", 1, False),
        ("/{rest=**}/c/{d}", "c/y", 2, True),
        ("/{rest=**}/c/{d}", "a/x/c/y", 2, True),
        ("/{rest=**}/c/{d}", "a/x", 2, False),
        ("/{rest=**}", "a/x", 1, True),
    ],
)
def test_a_pattern_covers_what_its_version_says(pattern: str, path: str, version: int, covered: bool) -> None:
    assert allowed(f"match {pattern} {{ allow read; }}", path, version=version) is covered


def test_nested_blocks_join_their_paths_and_see_the_variables_around_them() -> None:
    body = "match /a/{b} { match /c/{d} { allow read: if b == 'x' && d == 'y' && db == '(default)'; } }"
    assert allowed(body, "a/x/c/y")
    assert not allowed(body, "a/z/c/y")
    assert not allowed(body, "a/x")


def test_a_recursive_variable_holds_a_path() -> None:
    assert allowed("match /{rest=**} { allow read: if rest == /a/x && rest[0] == 'a'; }", "a/x")


def test_one_statement_that_allows_is_enough_and_is_named() -> None:
    body = "match /a/{b} {\n allow read: if false;\n allow read: if b == 'x';\n } match /{rest=**} { allow read; }"
    verdict = compiled(body).evaluate(Request("get", document("a/x"), None, NOW))
    assert (verdict.allowed, verdict.line) == (True, 3)


def test_a_path_that_nothing_covers_is_denied_and_says_so() -> None:
    verdict = compiled("match /a/{b} { allow read; }").evaluate(Request("get", document("z/x"), None, NOW))
    assert str(verdict) == "denied: no allow statement covers this path and method"


def test_another_service_grants_nothing() -> None:
    text = "rules_version = '2'; service firebase.storage { match /{any=**} { allow read, write; } }"
    assert not rules.compile(text).evaluate(Request("get", document("a/x"), None, NOW)).allowed


def test_an_error_is_told_with_the_line_it_happened_on(ask: Callable[..., Verdict]) -> None:
    verdict = ask("check()", functions="function check() {\n return request.auth.uid == 'x'; }")
    assert "line 6: error at line 5: The field uid is taken of null." in str(verdict)


def test_the_request_shows_who_asks_for_what(ask: Callable[..., Verdict]) -> None:
    auth = Auth("alice", {"email": "a@x.y", "plan": "pro"})
    assert ask("request.auth.uid == 'alice' && request.auth.token.plan == 'pro'", auth=auth).allowed
    sent = {"a": 1, "b": {"c": 2}}
    assert ask("request.resource.data.b.c == 2 && resource.data.a == 7", data=sent, before={"a": 7}).allowed
    assert ask("request.resource.id == 'one' && request.resource.__name__ == request.path", data=sent).allowed
    assert ask("resource == null && request.method == 'create'", data=sent).allowed


def test_documents_are_looked_up_before_and_after_the_write(stored: Callable[..., Any]) -> None:
    body = """match /a/{b} { allow write:
      if get(/databases/$(db)/documents/u/1).data.n == 1 && getAfter(/databases/$(db)/documents/u/1).data.n == 2
      && !exists(/databases/$(db)/documents/u/2) && existsAfter(/databases/$(db)/documents/u/2)
      && get(/databases/$(db)/documents/u/2) == null; }"""
    documents = stored({"u/1": {"n": 1}}, {"u/1": {"n": 2}, "u/2": {}})
    assert compiled(body).evaluate(Request("create", document("a/x"), None, NOW, {}), documents).allowed


def _lookups(count: int) -> str:
    exists = " && ".join(f"!exists(/databases/$(db)/documents/u/{n})" for n in range(count))
    return f"match /a/{{b}} {{ allow read, write: if {exists}; }}"


def test_one_request_may_look_ten_documents_up() -> None:
    assert allowed(_lookups(10), "a/x")
    assert not allowed(_lookups(11), "a/x")


def test_a_query_may_look_ten_documents_up() -> None:
    assert allowed(_lookups(10), "a", "list")
    assert not allowed(_lookups(11), "a", "list")


def test_a_document_looked_up_again_and_the_requests_own_are_free() -> None:
    again = " && ".join(["!exists(/databases/$(db)/documents/u/1) && !exists(/databases/$(db)/documents/a/x)"] * 20)
    assert allowed(f"match /a/{{b}} {{ allow read: if {again}; }}", "a/x")


def test_a_batch_may_look_twenty_documents_up_and_each_write_ten() -> None:
    ruleset = compiled(
        "match /c/{b} { allow write: if "
        + " && ".join(f"!exists(/databases/$(db)/documents/$(b)/{n})" for n in range(10))
        + "; }"
    )
    budget = Budget.batch()
    outcomes = []
    for name in ("one", "two", "three"):
        budget.next_write()
        outcomes.append(ruleset.evaluate(Request("create", document(f"c/{name}"), None, NOW, {}), None, budget).allowed)
    assert outcomes == [True, True, False]


def test_a_request_may_evaluate_a_thousand_expressions_and_nothing_absorbs_the_limit() -> None:
    ten = " && ".join(["1 == 1"] * 40)
    functions = "function f() { return " + ten + "; } "
    few = f"match /a/{{b}} {{ {functions} allow read: if f() && f() && f() && f(); }}"
    many = f"match /a/{{b}} {{ {functions} allow read: if (f() && f() && f() && f() && f() && f() && f()) || true; }}"
    assert allowed(few, "a/x")
    assert not allowed(many, "a/x")


def test_functions_see_the_block_they_are_declared_in_and_their_own_names_first() -> None:
    body = """function outer(x) { let y = x + 1; return y == db_is_two(); }
      function db_is_two() { return 2; }
      match /a/{b} { function own(b) { return b == 'other'; } allow read: if outer(1) && own('other') && b == 'x'; }"""
    assert allowed(body, "a/x")


def test_an_argument_or_let_that_fails_matters_only_where_it_is_used() -> None:
    body = """function f(x) { let y = request.auth.uid; return true; } function g(x) { return x == 1; }
      match /a/{b} { allow get: if f(1 / 0); } match /c/{b} { allow get: if g(1 / 0); }"""
    assert allowed(body, "a/x")
    assert not allowed(body, "c/x")


@pytest.mark.parametrize("depth", [20, 21])
def test_calls_nest_twenty_deep(depth: int) -> None:
    chain = "".join(f"function f{n}() {{ return f{n + 1}(); }} " for n in range(1, depth))
    body = f"{chain} function f{depth}() {{ return true; }} match /a/{{b}} {{ allow read: if f1(); }}"
    if depth == 20:
        assert allowed(body, "a/x")
    else:
        with pytest.raises(RulesError, match="Calls nest deeper than 20"):
            compiled(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("match /a/b { " * 11 + "allow read;" + "}" * 11, "deeper than 10"),
        ("match /" + "/".join(["a"] * 99) + " { allow read; }", "the limit is 100"),
        ("match /" + "/".join(f"{{v{n}}}" for n in range(21)) + " { allow read; }", "the limit is 20"),
        (
            "function f() { " + "".join(f"let v{n} = 1; " for n in range(11)) + "return 1; } match /a { allow read; }",
            "10",
        ),
    ],
)
def test_a_file_past_a_published_limit_is_refused(body: str, words: str) -> None:
    with pytest.raises(RulesError, match=words):
        compiled(body)


def test_debug_notes_its_value_and_gives_it_back(ask: Callable[..., Verdict]) -> None:
    verdict = ask("debug(1 + 1) == 2 && debug('x') == 'x'")
    assert (verdict.allowed, verdict.debug) == (True, (2, "x"))


def test_an_expression_as_deep_as_the_limit_is_decided_and_one_across_deep_calls_denies_without_a_crash() -> None:
    deep = "(1 + " * 45 + "1" + ")" * 45
    assert allowed(f"match /a/{{b}} {{ allow read: if {deep} == 46; }}", "a/x")
    nested = "!" * 96
    chain = "".join(f"function f{n}() {{ return {nested}f{n + 1}(); }} " for n in range(1, 20))
    body = f"{chain} function f20() {{ return true; }} match /a/{{b}} {{ allow read: if f1(); }}"
    verdict = compiled(body).evaluate(Request("get", document("a/x"), None, NOW))
    assert not verdict.allowed
    assert "limit" in str(verdict) or "too deep" in str(verdict)
