"""Each small language: texts that the real service takes, and texts that it refuses, with the reason."""

from __future__ import annotations

import pytest

from localcloud.providers.languages import cel, filters, promql
from localcloud.providers.languages.scanning import LanguageError

QUERIES = [
    "up",
    "1 + 2 * 3 ^ -2",
    'sum(rate(run_googleapis_com:request_count{monitored_resource="service",code=~"5.."}[5m])) by (name) > 1',
    "sum by (a, b) (increase(x[1h30m])) / ignoring(b) group_left(c) sum(y) > bool 0.5",
    "max_over_time((sum(increase(x[15m])) > 5)[30m:1m])",
    "histogram_quantile(0.95, sum(rate(lat_bucket[5m])) by (le)) > 2e3",
    '{__name__="x", y!~"a|b",}',
    "x offset 5m and y @ 1609746000 unless z @ end()",
    "absent(up) or vector(1)",
    "quantile_over_time(0.9, x[5m]) or topk(3, y)",
    'label_replace(up, "a", "$1", "b", "(.*)")',
    "rate(x[5m] offset 1w)",
    "time() - timestamp(x) > 300 # stale",
]
NO_QUERIES = [
    ("", "the end stands where"),
    ("sum(up", "')' belongs"),
    ("up)", "too much"),
    ("rate(up)", "[5m]"),
    ("rate(up[5m]", "')' belongs"),
    ("up[5m] > 1", "joins numbers and series"),
    ("sum(up[5m])", "series of single values"),
    ("raet(up[5m])", "did you mean rate"),
    ("mean(up)", "did you mean avg"),
    ('up{job="a}', "no closing"),
    ("up{job=a}", "in quotes"),
    ("up{job}", "needs ="),
    ("up[5]m", "too much"),
    ("up[five]", "a length of time"),
    ("up > ", "the end stands where"),
    ("up and 1", "one side is a number"),
    ("clamp_max(up)", "takes 2 arguments, not 1"),
    ("topk(up)", "takes 2 arguments, not 1"),
    ("up == 1 bool 2", "too much"),
    ("up ; down", "belongs to nothing"),
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_read(query: str) -> None:
    assert promql.read(query) in promql.Kind


@pytest.mark.parametrize(("query", "words"), NO_QUERIES)
def test_what_is_no_query_is_told_why(query: str, words: str) -> None:
    with pytest.raises(LanguageError) as told:
        promql.read(query)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", []),
        ("severity>=ERROR", ["severity"]),
        ('resource.type="cloud_run_revision" AND jsonPayload.outcome="gone"', ["resource.type", "jsonPayload.outcome"]),
        ('resource.type = "gce_instance"\nseverity = (ERROR OR CRITICAL) -- both', ["resource.type", "severity"]),
        ('NOT textPayload:"health" AND ("a" OR -httpRequest.status=404)', ["textPayload", "httpRequest.status"]),
        ('labels."k8s-pod/app"="x" log_id("run.googleapis.com/stderr")', ['labels."k8s-pod/app"']),
        (
            'metric.label.code = one_of("500", "502") AND metric.type = starts_with("run")',
            ["metric.label.code", "metric.type"],
        ),
        ('timestamp >= "2026-01-01T00:00:00Z" AND latency > 0.5s AND n < -1', ["timestamp", "latency", "n"]),
        ('protoPayload.methodName =~ "google.iam.*Set"', ["protoPayload.methodName"]),
    ],
)
def test_a_filter_is_read(text: str, fields: list[str]) -> None:
    assert filters.read(text) == fields


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("severity>=", "the end stands where a value"),
        ("severity >> ERROR", "'>' at character 11"),
        ("(severity>=ERROR", "')' belongs"),
        ("severity>=ERROR)", "stands where AND"),
        ('textPayload:"open', "no closing"),
        ("a = AND b", "stands where a value"),
        ("= ERROR", "a comparison"),
        ("a=1 OR", "a comparison"),
        ('one_of("a", ', "the end stands where a value"),
    ],
)
def test_what_is_no_filter_is_told_why(text: str, words: str) -> None:
    with pytest.raises(LanguageError) as told:
        filters.read(text)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("assertion.sub", ["assertion"]),
        ("assertion.ref == 'refs/heads/main' && assertion.n == 1", ["assertion", "assertion"]),
        ("assertion.arn.extract('assumed-role/{role}/')", ["assertion"]),
        ("'admin' in google.groups || !(assertion.a.startsWith('x'))", ["google", "assertion"]),
        ("{'a': assertion.b}[assertion.c] ? 'x' : \"y\"", ["assertion", "assertion"]),
        ('assertion.a == """say "hi" \n"""', ["assertion"]),
        ("assertion.a == '''it's'''", ["assertion"]),
        (r"assertion.ref.matches(r'^v\d+$')", ["assertion"]),
        (r"assertion.ref.matches('^v\\d+$')", ["assertion"]),
        (r"assertion.a == '\x41\u00e9\101\n\'' && b'\xff' == bR'\d'", ["assertion"]),
        ("assertion.n > .5 && assertion.m < 1e3", ["assertion", "assertion"]),
        ("assertion.`reusable-workflow` == 'a'", ["assertion"]),
        ("assertion.a ? 'x' : assertion.b ? 'y' : 'z'", ["assertion", "assertion"]),
        ("{assertion.a ? 'k' : 'l': [1, 2,], 'm': 3,}['k'][assertion.i]", ["assertion", "assertion"]),
        ("assertion.a in [] || !(-assertion.n == - -1)", ["assertion", "assertion"]),
    ],
)
def test_an_expression_is_read(text: str, names: list[str]) -> None:
    assert cel.read(text) == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ends where a value belongs"),
        ("assertion.ref == 'main", "no closing"),
        ("(assertion.ref", "never closed"),
        ("assertion.ref)", "not opened"),
        ("assertion.ref == ", "ends where a value"),
        ("assertion.ref 'main'", "without an operator"),
        ("&& assertion.ref", "where a value belongs"),
        ("assertion. == 'a'", "followed by no name"),
        ("assertion.ref = 'a'", "belongs to nothing"),
        (r"assertion.ref.matches('^v\d+$')", "has an escape that there is not; double the backslash"),
        ("assertion.a ? 'x'", "no colon before the end"),
        ("(assertion.a ? 'x')", "no colon before ')' at character 19"),
        ("[assertion.a ? 'x', 'y']", "no colon before ','"),
        ("assertion.a : 'x'", "no question mark and to no key"),
        ("{'a': 'b': 'c'}", "no question mark and to no key"),
        ("{'a'}", "a key has no value before '}'"),
        ("{'a', 'b': 1}", "a key has no value before ','"),
        ("{'a': }", "stands where a value belongs"),
        ("assertion.a, assertion.b", "separates nothing here"),
        ("(assertion.a, assertion.b)", "separates nothing here"),
        ("assertion.a[]", "stands where a value belongs"),
        ("assertion.a[1, 2]", "separates nothing here"),
        ("size(assertion.a,)", "stands where a value belongs"),
        ("()", "stands where a value belongs"),
        ("assertion.a !assertion.b", "without an operator"),
        ("'a'('b')", "without an operator"),
        ("assertion.in", "followed by no name"),
        ("rb'a'", "without an operator"),
    ],
)
def test_what_is_no_expression_is_told_why(text: str, words: str) -> None:
    with pytest.raises(LanguageError) as told:
        cel.read(text)
    assert words in str(told.value)
