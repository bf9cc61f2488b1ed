"""What compiles, what does not, and where a mistake is said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from rules import RulesError
from rules.language.declarations import parse
from rules.language.source import Source
from rules.language.syntax import Node, children

HEAD = "rules_version = '2';\nservice cloud.firestore {\n  match /databases/{database}/documents {\n"
TAIL = "\n  }\n}\n"


def inside(body: str) -> str:
    return HEAD + body + TAIL


ACCEPTED = [
    "match /a/{b} { allow read; }",
    "match /a/{b} { allow read, write: if true; }",
    "match /a/{b} { allow get, list, create, update, delete: if true }",
    "match /a/{b=*} { allow read: if b == 'x'; }",
    "match /{rest=**} { allow read: if rest == /a/b; }",
    "match /a/{b}/{rest=**}/c/{d} { allow read: if d == b; }",
    "match /a/b { match /c/{d} { allow read; } }",
    "match /a%20b/{c} { allow read; }",
    "function f() { return true; } match /a/{b} { allow read: if f(); }",
    "match /a/{b} { function f(x, y) { let z = x; let w = z; return w == y } allow read: if f(1, 1); }",
    "/* a comment */ match /a/{b} { // another\n allow read: if true /* inside */ ; }",
    "match /a/{b} { allow read: if [1, 2,].size() == 2 && {'a': 1,}.a == 1; }",
    "match /a/{b} { allow read: if 'it\\'s' == \"it's\" && '\\u00e9' == 'é' && '\\x41' == 'A' && '\\101' == 'A'; }",
    "match /a/{b} { allow read: if -9223372036854775808 < 0; }",
    "match /a/{b} { allow read: if get(/databases/$(database)/documents/a/$(b)).data.x == 1; }",
    "match /a/{b} { allow read: if resource.data.list[0:1] == ['a'] && .5 < 1.; }",
]

REFUSED = [
    ("match /a/{b} { allow read: if ; }", 4, 31, "Expected an expression"),
    ("match /a/{b} { allow read if true; }", 4, 27, "Expected ':'"),
    ("match /a/{b} { allow read: true; }", 4, 28, "Expected 'if'"),
    ("match /a/{b} { allow read: if true; ", 7, 1, "Expected 'match'"),
    ("match /a/{b} { allow read: if 1 +; }", 4, 34, "Expected an expression"),
    ("match /a/{b} { allow read: if (1; }", 4, 33, "Expected ')'"),
    ("match /a/{b} { allow read: if 'a; }", 4, 31, "has no closing '"),
    ("match /a/{b} { allow read: if '\\d' == ''; }", 4, 31, "unknown escape"),
    ("match /a/{b} { allow read: if a is str; }", 4, 36, "is not a type"),
    ("match /a/{b} { allow read: if a # b; }", 4, 33, "has no meaning"),
    ("match /a/{b} { allow read: if 99999999999999999999 > 0; }", 4, 31, "64 bits"),
    ("match /a/{b} { allow read: if math == 1; }", 4, 31, "is a namespace"),
    ("match /a/{b} { allow read: if a --b; }", 4, 33, "Expected"),
    ("match /a/{b} { allow read: if a.let() == 1; }", 4, 33, "a word of the language"),
    ("match /a/{b} { }", 4, 16, "is empty"),
    ("match a/{b} { allow read; }", 4, 7, "starts with '/'"),
    ("match /a/{b}/{b} { allow read; }", 4, 15, "bound twice"),
    ("match /{a=**}/{b=**} { allow read; }", 4, 16, "one recursive wildcard"),
    ("match /{a=**} { match /{b=**} { allow read; } }", 4, 25, "one recursive wildcard"),
    ("function f() { return 1; } function f() { return 1; } match /a/{b} { allow read; }", 4, 37, "declared twice"),
    ("function f() { return f(); } match /a/{b} { allow read; }", 4, 10, "may not call themselves"),
    ("function f() { return g(); } function g() { return f(); } match /a/{b} { allow read; }", 4, 10, "f → g → f"),
    ("function f(a, a) { return a; } match /a/{b} { allow read; }", 4, 10, "two parameters of one name"),
    ("function f(a) { let a = 1; return a; } match /a/{b} { allow read; }", 4, 21, "bound already"),
    ("function f() { let a = 1 return a; } match /a/{b} { allow read; }", 4, 26, "Expected ';'"),
    ("function f() { } match /a/{b} { allow read; }", 4, 16, "Expected 'return'"),
    ("function f(a, b, c, d, e, g, h, i) { return a; } match /a/{b} { allow read; }", 4, 10, "more than 7 parameters"),
    ("match /a/{b} { allow read: if b.matches('('); }", 4, 41, "not a regular expression"),
    ("match /a/{b} { allow read: if b.matches('a(?=b)'); }", 4, 41, "not a regular expression"),
]  # fmt: skip


@pytest.mark.parametrize("body", ACCEPTED)
def test_this_compiles(body: str) -> None:
    assert rules.compile(inside(body)).rules


@pytest.mark.parametrize(("body", "line", "column", "words"), REFUSED)
def test_a_mistake_is_said_with_its_place_and_in_a_sentence(body: str, line: int, column: int, words: str) -> None:
    with pytest.raises(RulesError) as refused:
        rules.compile(inside(body))
    problem = refused.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.message
    assert problem.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no 'service' block"),
        ("rules_version = '3'; service cloud.firestore { match /a/{b} { allow read; } }", "has to be '1' or '2'"),
        ("service cloud.firestore { allow read; }", "Expected 'match', 'function'"),
        ("service a { match /a { allow read; } } service a { match /a { allow read; } }", "declared twice"),
        ("service a { match /{x=**}/b { allow read; } }", "last segment"),
        ("service a { function f() { let x = 1; return x; } match /b { allow read: if f(); } }", "'let' needs"),
        ("import 'x'; service a { match /b { allow read; } }", "Expected 'service'"),
        (
            "service cloud.firestore { match /a { allow read: if " + "(" * 2000 + "1" + ")" * 2000 + "; } }",
            "nests deeper",
        ),
        ("service cloud.firestore { match /a { allow read: if " + "!" * 5000 + "true; } }", "nests deeper"),
        ("service cloud.firestore { match /a { allow read: if 1" + " + 1" * 500 + " > 0; } }", "nests deeper"),
        ("service cloud.firestore { match /a { allow read: if a" + ".b" * 500 + "; } }", "More than 150"),
        ("// " + "x" * 300_000, "longer than 256 KiB"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(text: str, words: str) -> None:
    with pytest.raises(RulesError, match=words):
        rules.compile(text)


def test_all_problems_of_names_are_listed_at_once() -> None:
    with pytest.raises(RulesError) as refused:
        rules.compile(inside("function f() { return f(); } match /a/{b}/{b} { allow read; }"))
    assert len(refused.value.problems) == 2


def test_rules_without_a_version_are_of_version_1() -> None:
    text = "service cloud.firestore { match /databases/{d}/documents { match /a/{rest=**} { allow read; } } }"
    assert rules.compile(text).file.version == 1


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        ("match /a/{b} { allow reed: if true; }", 4, 16, "'reed' is not a method and allows nothing"),
        ("match /a/{b} { allow read: if c == 1; }", 4, 31, "no variable c"),
        ("match /a/{b} { allow read: if f(); }", 4, 31, "no function f"),
        ("match /a/{b} { allow read: if b.length() == 1; }", 4, 33, "No type has a method length"),
        ("function f(x) { return x; } match /a/{b} { allow read: if f(); }", 4, 59, "wrong number of arguments"),
        ("function f() { return 1; } match /a/{b} { allow read; }", 4, 10, "Nothing calls f()"),
        ("function f() { return c; } match /a/{c} { allow read: if f(); }", 4, 23, "no variable c"),
    ],
)
def test_what_cannot_be_meant_compiles_with_a_warning(body: str, line: int, column: int, words: str) -> None:
    warning = rules.compile(inside(body)).warnings[0]
    assert (warning.line, warning.column) == (line, column)
    assert words in warning.message


@pytest.mark.parametrize("body", ACCEPTED[1:])
def test_rules_that_can_be_meant_have_no_warning(body: str) -> None:
    assert rules.compile(inside(body)).warnings == ()


def test_a_method_that_does_not_exist_allows_nothing() -> None:
    ruleset = rules.compile(inside("match /a/{b} { allow reed: if true; }"))
    assert ruleset.rules[0].allow.methods == frozenset()


PRECEDENCE = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]]
LEVEL = {operator: level for level, operators in enumerate(PRECEDENCE) for operator in operators}

Tree = str | tuple[str, "Tree", "Tree"]
trees: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from(["1", "'a'", "x", "x.y", "f(1)", "[1]"]),
    lambda inner: st.tuples(st.sampled_from(sorted(LEVEL)), inner, inner),
    max_leaves=12,
)


def full(tree: Tree) -> str:
    return tree if isinstance(tree, str) else f"({full(tree[1])} {tree[0]} {full(tree[2])})"


def least(tree: Tree, level: int = 0) -> str:
    """With brackets only where the operators would bind otherwise; all operators bind from the left."""
    if isinstance(tree, str):
        return tree
    own = LEVEL[tree[0]]
    text = f"{least(tree[1], own)} {tree[0]} {least(tree[2], own + 1)}"
    return f"({text})" if own < level else text


def shape(node: Node) -> tuple[object, ...]:
    label = getattr(node, "operator", None) or getattr(node, "name", None) or getattr(node, "value", None)
    return (type(node).__name__, label, *(shape(child) for child in children(node)))


def condition(text: str) -> Node:
    file = parse(Source(inside(f"match /a/{{b}} {{ allow read: if {text}; }}")))
    found = file.services[0].body.matches[0].body.matches[0].body.allows[0].condition
    assert found is not None
    return found


@given(trees)
def test_operators_bind_as_their_precedence_says(tree: Tree) -> None:
    assert shape(condition(least(tree))) == shape(condition(full(tree)))


@given(st.text(max_size=40))
def test_a_string_literal_holds_what_was_written(text: str) -> None:
    escaped = "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in text)
    assert getattr(condition(f"'{escaped}'"), "value", None) == text


@given(st.integers(0, 2**63 - 1))
def test_an_int_literal_holds_what_was_written(number: int) -> None:
    assert getattr(condition(str(number)), "value", None) == number


@given(trees, st.integers(0, 3))
def test_spaces_and_comments_change_nothing(tree: Tree, comments: int) -> None:
    text = full(tree)
    spaced = text.replace(" ", " /* ; */ " * comments + "\n")
    assert shape(condition(spaced)) == shape(condition(text))
