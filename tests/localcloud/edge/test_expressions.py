from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.edge.evaluating import check, matches, text
from localcloud.edge.parsing import parse
from localcloud.edge.request import Request
from localcloud.edge.syntax import ExpressionError

REQUEST = Request("https", "acme.test", "GET", "/assets/App.js", "v=1", {"x-mark": "yes"}, "192.0.2.7")


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        'http.host eq "acme.test"',
        'http.host == "acme.test" && ssl',
        'not (http.host in {"www.acme.test" "app.acme.test"})',
        'starts_with(http.request.uri.path, "/assets/") and ends_with(lower(http.request.uri.path), ".JS") or ssl',
        'http.request.full_uri contains "App.js?v=1"',
        "ip.src in {192.0.2.0/24}",
        "len(http.request.uri.query) in {1..5}",
        'http.request.headers["x-mark"][0] eq "yes"',
        'http.request.method ne "POST" xor http.cookie eq "a"',
    ],
)
def test_what_is_true_of_the_request_matches(expression: str) -> None:
    assert check(expression) is None
    assert matches(expression, REQUEST)


@pytest.mark.parametrize(
    "expression",
    ["false", 'http.host eq "www.acme.test"', "not ssl", "ip.src in {198.51.100.0/24}", 'http.cookie contains "a"'],
)
def test_what_is_not_true_of_the_request_does_not_match(expression: str) -> None:
    assert not matches(expression, REQUEST)


def test_an_expression_makes_a_text() -> None:
    assert text('concat("https://", http.host, http.request.uri.path)', REQUEST) == "https://acme.test/assets/App.js"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('http.hots eq "a"', "does not know the field http.hots"),
        ('uuidv4(http.host) eq "a"', "does not know the function uuidv4"),
        ('http.host matches "a"', "does not know the operator matches"),
        ("ip.src in $office", "does not know the list $office"),
        ('http.host eq "a', "at character"),
        ("", "ends too early"),
    ],
)
def test_what_the_edge_cannot_do_is_refused_with_its_place(expression: str, words: str) -> None:
    assert words in (check(expression) or "")


@given(st.text())
def test_a_parser_raises_nothing_but_its_one_error(expression: str) -> None:
    try:
        node = parse(expression)
    except ExpressionError:
        return
    assert parse(str(node)) == node
