"""Cloudflare's Rules language: what is taken, what is refused with which words, and what it says of a request."""

from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.edge.expressions import ExpressionError, Type, check, evaluate, holds, text_of
from localcloud.edge.fields import FIELDS
from localcloud.edge.functions import FUNCTIONS
from localcloud.edge.http_message import Request, Response
from localcloud.edge.parsing import parse
from localcloud.edge.types import PLANS

REQUEST = Request(
    method="GET",
    scheme="https",
    host="www.acme.test",
    target="/a/Logo.PNG?order=asc&filter=waf&filter=botm",
    headers=(("user-agent", "curl/8"), ("accept", "text/html"), ("accept", "*/*"), ("cookie", "app=1; theme=a%20b")),
    address=ip_address("192.0.2.7"),
    received=1_700_000_000.25,
    ray="ray",
)
RESPONSE = Response(404, (("content-type", "text/html"),))

TRUE = [
    "true",
    "not false",
    "ssl",
    'http.host eq "www.acme.test"',
    'http.host == "www.acme.test" && ssl || false',
    'http.host != "acme.test"',
    'http.request.uri.path contains "/Logo"',
    'http.request.uri.path.extension in {"gif" "png"}',
    'http.request.uri.query eq "order=asc&filter=waf&filter=botm"',
    'http.request.uri eq "/a/Logo.PNG?order=asc&filter=waf&filter=botm"',
    'http.request.full_uri wildcard "https://*.ACME.test/*"',
    'http.request.full_uri strict wildcard "https://*.acme.test/*"',
    r'http.request.uri.path matches r"^/a/\w+\.PNG$"',
    r'http.request.uri.path ~ "\.PNG$"',
    "ip.src in {192.0.2.0/24 2001:db8::/32}",
    "ip.src in {192.0.2.1..192.0.2.9}",
    "ip.src eq 192.0.2.7",
    "cf.edge.server_port in {1..80 443}",
    "http.request.timestamp.sec gt 1699999999 and http.request.timestamp.msec eq 250",
    'starts_with(lower(http.request.uri.path), "/a/logo")',
    'ends_with(http.request.uri.path, ".PNG")',
    "len(http.host) eq 13",
    'any(http.request.headers["accept"][*] eq "*/*")',
    'http.request.headers["accept"][1] eq "*/*"',
    'any(lower(http.request.headers.names[*])[*] contains "agent")',
    'len(http.request.uri.args["filter"][1]) eq 4',
    'all(len(http.request.uri.args["filter"][*])[*] in {3 4})',
    'not all(not len(http.request.uri.args["filter"][*])[*] in {3 4})',
    'len(http.request.uri.args["filter"]) >= 0',
    'not len(http.request.uri.args["nope"]) >= 0',
    'any(http.request.cookies["app"][*] == "1")',
    "cidr(ip.src, 24, 64) eq 192.0.2.0",
    'http.user_agent eq "curl/8" xor http.referer eq "x"',
    "ssl or ssl and not ssl",
    "not (ssl xor ssl) xor false",
    'ip.src.country eq "XX"',
    'http.host eq r#"www.acme.test"#',
    r'http.host eq "\x77\167w.acme.test"',
]
FALSE = [
    'http.host eq "WWW.acme.test"',
    'http.request.headers["nope"][0] eq "x"',
    'http.request.headers["nope"][0] ne "x"',
    'http.request.headers["accept"][7] contains ""',
    'http.request.full_uri strict wildcard "https://*.ACME.test/*"',
    'http.request.full_uri wildcard "*.acme.test"',
    "ip.src in {2001:db8::/32 ::1..::9}",
    'any(http.request.headers["nope"][*] eq "x")',
    "ssl xor ssl",
    "(ssl or ssl) and not ssl",
]


@pytest.mark.parametrize("expression", TRUE)
def test_these_are_true_of_the_request(expression: str) -> None:
    assert check(expression, "enterprise") == []
    assert holds(expression, REQUEST)


@pytest.mark.parametrize("expression", FALSE)
def test_these_are_not_true_of_the_request(expression: str) -> None:
    assert check(expression, "enterprise") == []
    assert not holds(expression, REQUEST)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('concat("https://acme.test", http.request.uri.path)', "https://acme.test/a/Logo.PNG"),
        ('concat("a", http.request.headers["nope"][0], "b")', "ab"),
        ("upper(http.host)", "WWW.ACME.TEST"),
        ("substring(http.host, 4)", "acme.test"),
        ("substring(http.host, 4, -5)", "acme"),
        ('wildcard_replace(http.request.full_uri, "https://www.*/*", "https://${1}/x/${2}$$")',
         "https://acme.test/x/a/Logo.PNG?order=asc&filter=waf&filter=botm$"),
        ('wildcard_replace(http.request.uri.path, "/A/*", "/${1}", "s")', "/a/Logo.PNG"),
        ('wildcard_replace(http.request.uri.path, "/A/*", "/${1}")', "/Logo.PNG"),
        ('regex_replace(http.request.uri.path, "^/([^/]*)/(.*)$", "/${2}/${1}${9}")', "/Logo.PNG/a"),
        ('regex_replace("/a/a", "/a", "/b")', "/b/a"),
        ('remove_query_args(http.request.uri.query, "filter")', "order=asc"),
        ('to_string(ssl)', "true"),
        ('to_string(ip.src)', "192.0.2.7"),
        ('join(http.request.uri.args["filter"], "+")', "waf+botm"),
        (r'remove_bytes(http.host, "\x2e\x77")', "acmetest"),
        ('url_decode(http.cookie)', "app=1; theme=a b"),
        ('http.request.uri.args["filter"][0]', "waf"),
        ('"é"', "é".encode().decode("latin-1")),
    ],
)  # fmt: skip
def test_values_come_to_texts(expression: str, text: str) -> None:
    assert check(expression, "enterprise", result=Type.STRING) == []
    assert text_of(expression, REQUEST) == text


def test_a_missing_value_is_none() -> None:
    assert text_of('http.request.headers["nope"][0]', REQUEST) is None
    assert text_of('lower(http.request.headers["nope"][0])', REQUEST) is None


def test_the_response_is_known_only_when_there_is_one() -> None:
    expression = 'http.response.code eq 404 and any(http.response.headers["content-type"][*] eq "text/html")'
    assert holds(expression, REQUEST, RESPONSE)
    assert not holds(expression, REQUEST)
    assert check(expression, "free", phase="http_response_headers_transform") == []
    assert "not known yet" in check(expression, "free", phase="http_request_firewall_custom")[0]


@pytest.mark.parametrize(
    ("path", "extension"),
    {
        "/foo": "",
        "/foo.mp3": "mp3",
        "/.mp3": "",
        "/.foo.mp3": "mp3",
        "/foo.": "",
        "/a.b/c.MP3": "mp3",
        "/a.b/c": "",
    }.items(),
)
def test_extensions_are_read_as_documented(path: str, extension: str) -> None:
    request = Request("GET", "https", "acme.test", path, (), ip_address("::1"), 0.0, "ray")
    assert request.extension == extension


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "ends too early"),
        ("ssl and", "ends too early"),
        ('http.host eq "a', "at character 14"),
        ('http.host ends_with "x"', "unexpected 'ends_with' at character 11"),
        ('http.hots eq "a"', "did you mean http.host?"),
        ('startswith(http.host, "a")', "did you mean starts_with()?"),
        ("cf.bot_management.score lt 30", "the rehearsal does not know the field cf.bot_management.score"),
        ("uuidv4(http.host)", "the rehearsal does not know the function uuidv4()"),
        ("http.host", "http.host evaluates to String, not to Boolean"),
        ("http.host and ssl", "http.host is String, not a condition"),
        ("ssl eq true", "eq does not work on ssl, which is Boolean"),
        ("http.host eq 1", "http.host is String and cannot be compared with 1"),
        ('ip.src eq "1.2.3.4"', 'ip.src is IP address and cannot be compared with "1.2.3.4"'),
        ('ip.src contains "1"', "contains does not work on ip.src"),
        ("ip.src in $office", "the rehearsal has no lists"),
        ('http.host in {"a" 1}', "cannot be compared with 1"),
        ("http.host in {}", "at least one value"),
        ("http.host eq http.referer", "where only a literal may stand"),
        ('"a" eq "a"', "where a field or a function has to stand"),
        ('http.request.headers["a"] eq "x"', "which is Array<String>"),
        ('http.request.headers[0] eq "x"', "has no element [0]"),
        ('http.request.headers.names[*] eq "x"', "evaluates to Array<Boolean>, not to Boolean"),
        ('http.host eq "\\q"', "is not an escape sequence"),
        ('http.host wildcard "a**"', "two * in a row"),
        ('http.host matches "a("', "is not a regular expression"),
        ('http.host matches "(?<=a)b"', "no look-around"),
        ('starts_with("a", http.host)', "has to be a field"),
        ("starts_with(http.host)", "takes 2 arguments, not 1"),
        ('len(concat(http.host, 1)) eq 3', "is Integer, which concat() does not take there"),
        ('wildcard_replace(http.host, "*", "a") eq "a"', "only where a value is made"),
        ("ip.src in {999.1.1.1}", "is not an address"),
        ("ip.src in {10.0.0.1/8}", "is not a network"),
        ("cf.threat_score in {9..1}", "is not a range"),
        ("not " * 70 + "ssl", "nested more than 64 deep"),
        ("ssl or " * 800 + "ssl", "Cloudflare takes at most 4096"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(expression: str, words: str) -> None:
    assert words in "; ".join(check(expression, "enterprise"))
    if "only where a value" not in words:
        with pytest.raises(ExpressionError):
            holds(expression, REQUEST)


@pytest.mark.parametrize(
    ("expression", "plan"),
    [
        ('http.host matches "a"', "business"),
        ('any(http.request.cookies["a"][*] eq "b")', "pro"),
        ('len(regex_replace(http.host, "a", "b")) eq 1', "business"),
    ],
)
def test_larger_plans_have_more(expression: str, plan: str) -> None:
    for position, each in enumerate(PLANS):
        refused = any("plan or a larger one" in problem for problem in check(expression, each))
        assert refused is (position < PLANS.index(plan))


def test_functions_are_kept_to_their_phases() -> None:
    once = 'wildcard_replace(http.host, "*", "${1}")'
    assert check(once, "free", result=Type.STRING, phase="http_request_dynamic_redirect") == []
    assert (
        "not available in the phase" in check(once, "free", result=Type.STRING, phase="http_request_late_transform")[0]
    )
    twice = check(f"concat({once}, {once})", "free", result=Type.STRING)
    assert "only one of" in twice[0]


LITERALS = st.one_of(
    st.text(max_size=6).map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    st.integers(-9, 999).map(str),
    st.sampled_from(["1.2.3.4", "::1", "10.0.0.0/8", 'r#"a"b"#', "true"]),
)
FIELD_NAMES = st.sampled_from([*FIELDS, "http.hots", "x"])
OPERATORS = st.sampled_from(["eq", "==", "ne", "<", "ge", "contains", "matches", "~", "wildcard", "strict wildcard"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, OPERATORS, LITERALS).map(" ".join),
        st.tuples(inner, st.sampled_from([" and ", "&&", " or ", "||", " xor ", "^^"]), inner).map("".join),
        st.tuples(st.sampled_from(["not ", "!"]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"{text}[*]"),
        inner.map(lambda text: f'{text}["accept"][0]'),
        st.tuples(inner, st.lists(LITERALS, max_size=3)).map(lambda pair: f"{pair[0]} in {{{' '.join(pair[1])}}}"),
        st.tuples(st.sampled_from([*FUNCTIONS]), st.lists(inner | LITERALS, max_size=3)).map(
            lambda pair: f"{pair[0]}({', '.join(pair[1])})"
        ),
    )


EXPRESSIONS = st.recursive(FIELD_NAMES | LITERALS, grown, max_leaves=8)


@given(EXPRESSIONS | st.text())
def test_a_parsed_expression_survives_being_written_out(expression: str) -> None:
    with contextlib.suppress(ExpressionError):
        node = parse(expression)
        assert parse(str(node)) == node


@given(EXPRESSIONS | st.text(), st.sampled_from(PLANS), st.sampled_from([Type.BOOLEAN, Type.STRING]))
def test_what_is_sound_can_be_evaluated_and_nothing_else_is_raised(expression: str, plan: str, result: Type) -> None:
    problems = check(expression, plan, result=result)
    try:
        value = evaluate(expression, REQUEST, RESPONSE, result)
    except ExpressionError:
        assert problems
    else:
        assert value is None or isinstance(value, bool if result is Type.BOOLEAN else str)
