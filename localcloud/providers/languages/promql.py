"""Reads PromQL as Prometheus' own parser does, and checks that each part has the type its place needs.

Source: https://prometheus.io/docs/prometheus/latest/querying/basics/, operators and functions; Cloud Monitoring's
subset and additions: https://cloud.google.com/monitoring/promql.
"""

from __future__ import annotations

import difflib
import re
from enum import Enum

from localcloud.providers.languages.regular_expressions import problem, takes_nothing
from localcloud.providers.languages.scanning import END, LanguageError, Token, Tokens, shown


class Kind(Enum):
    """What an expression yields."""

    SCALAR = "a number"
    TEXT = "a text"
    INSTANT = "series of single values"
    RANGE = "series over a window"


DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
KINDS = (
    ("skip", r"\s+|#[^\n]*"),
    ("duration", DURATION + r"(?![A-Za-z0-9_])"),
    ("number", r"0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_])"),
    ("string", r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`'),
    ("name", r":?[A-Za-z_][A-Za-z0-9_:]*"),
    ("sign", r"=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}\[\],:@]"),
)
AGGREGATIONS = frozenset(
    (
        *("sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk"),
        *("quantile", "limitk", "limit_ratio"),
    )
)
WITH_PARAMETER = frozenset({"count_values", "bottomk", "topk", "quantile", "limitk", "limit_ratio"})
LEVELS = (("or",), ("and", "unless"), ("==", "!=", "<=", "<", ">=", ">"), ("+", "-"), ("*", "/", "%", "atan2"))
COMPARISONS = frozenset(LEVELS[2])
CALLED = ("(", "by", "without")  # what follows a name that is none of a metric's
SETS = frozenset({*LEVELS[0], *LEVELS[1]})

V, R, S, T = Kind.INSTANT, Kind.RANGE, Kind.SCALAR, Kind.TEXT
_OVER = ("avg", "min", "max", "sum", "count", "stddev", "stdvar", "last", "present", "absent", "mad")
_MATH = (
    *("abs", "absent", "ceil", "exp", "floor", "ln", "log2", "log10", "sgn", "sort", "sort_desc", "sqrt", "timestamp"),
    *("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "sin", "sinh", "tan", "tanh", "deg", "rad"),
    *("histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar"),
)
_TIMES = ("day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year")
FUNCTIONS: dict[str, tuple[tuple[Kind, ...], int, Kind]] = {
    **{f"{name}_over_time": ((R,), 1, V) for name in _OVER},
    **dict.fromkeys(("changes", "delta", "deriv", "idelta", "increase", "irate", "rate", "resets"), ((R,), 1, V)),
    **dict.fromkeys(_MATH, ((V,), 1, V)),
    **dict.fromkeys(_TIMES, ((V,), 0, V)),
    "clamp": ((V, S, S), 3, V),
    "clamp_max": ((V, S), 2, V),
    "clamp_min": ((V, S), 2, V),
    "double_exponential_smoothing": ((R, S, S), 3, V),
    "holt_winters": ((R, S, S), 3, V),
    "histogram_fraction": ((S, S, V), 3, V),
    "histogram_quantile": ((S, V), 2, V),
    "label_join": ((V, T, T, *([T] * 20)), 3, V),
    "label_replace": ((V, T, T, T, T), 5, V),
    "pi": ((), 0, S),
    "predict_linear": ((R, S), 2, V),
    "quantile_over_time": ((S, R), 2, V),
    "round": ((V, S), 1, V),
    "scalar": ((V,), 1, S),
    "time": ((), 0, S),
    "vector": ((S,), 1, V),
}
"""Function → the kinds of its arguments, how many it needs at least, and the kind of its result."""


def read(text: str) -> Kind:
    """Return what a query yields; raises LanguageError when Prometheus would not take it."""
    tokens = Tokens(text, KINDS)
    kind = _binary(tokens, 0)
    if tokens.next.kind != END:
        raise LanguageError(f"{shown(tokens.next)} is too much: the query is complete before it")
    return kind


def _binary(tokens: Tokens, level: int) -> Kind:
    if level == len(LEVELS):
        return _unary(tokens)
    left = _binary(tokens, level + 1)
    while operator := tokens.accept(*LEVELS[level]):
        is_bool = _modifiers(tokens, operator)
        right = _binary(tokens, level + 1)
        if operator.text in COMPARISONS and left is right is Kind.SCALAR and not is_bool:
            raise LanguageError(f"{shown(operator)} compares two numbers; write it with bool, such as 1 == bool 1")
        left = _joined(left, operator, right)
    return left


def _modifiers(tokens: Tokens, operator: Token) -> bool:
    """Read what follows an operator, and tell whether it is `bool`."""
    is_bool = tokens.accept("bool") is not None
    if is_bool and operator.text not in COMPARISONS:
        raise LanguageError(f"bool goes with a comparison, not with {shown(operator)}")
    if tokens.accept("on", "ignoring"):
        _labels(tokens)
        if grouping := tokens.accept("group_left", "group_right"):
            if operator.text.lower() in SETS:
                raise LanguageError(f"{shown(grouping)} goes with arithmetic and comparisons, not {shown(operator)}")
            if tokens.next.text == "(":
                _labels(tokens)
    return is_bool


def _joined(left: Kind, operator: Token, right: Kind) -> Kind:
    wrong = {left, right} & {Kind.RANGE, Kind.TEXT}
    if wrong:
        raise LanguageError(
            f"{shown(operator)} joins numbers and series of single values, not {wrong.pop().value}; take rate or "
            "another function of the window first"
        )
    if operator.text.lower() in SETS and Kind.SCALAR in (left, right):
        raise LanguageError(f"{shown(operator)} joins series, and one side is a number")
    return Kind.SCALAR if left is right is Kind.SCALAR else Kind.INSTANT


def _unary(tokens: Tokens) -> Kind:
    if tokens.accept("-", "+"):
        return _unary(tokens)
    is_metric = tokens.next.text == "{" or (tokens.next.kind == "name" and tokens.ahead(1).text not in CALLED)
    kind = _windowed(tokens, _atom(tokens), is_metric=is_metric)
    if tokens.accept("^"):
        return _joined(kind, Token("sign", "^", tokens.next.at), _unary(tokens))
    return kind


def _windowed(tokens: Tokens, kind: Kind, *, is_metric: bool) -> Kind:
    while tokens.next.text in ("[", "offset", "@") and tokens.next.kind in ("sign", "name"):
        kind = _window(tokens, kind, is_metric=is_metric) if tokens.next.text == "[" else _shifted(tokens, kind)
    return kind


def _window(tokens: Tokens, kind: Kind, *, is_metric: bool) -> Kind:
    bracket = tokens.take()
    if kind is not Kind.INSTANT:
        raise LanguageError(f"{shown(bracket)} opens a window on {kind.value}; only series of single values have one")
    if not re.search("[1-9]", tokens.next.text) and tokens.next.kind in ("duration", "number"):
        raise LanguageError(f"{shown(tokens.next)} is a window of no length")
    _duration(tokens)
    if tokens.accept(":"):
        if tokens.next.text != "]":
            _duration(tokens)
    elif not is_metric:
        raise LanguageError(f"{shown(bracket)} opens a window on a result; write it as a subquery, such as [5m:1m]")
    tokens.expect("]", "after the window's length")
    return Kind.RANGE


def _shifted(tokens: Tokens, kind: Kind) -> Kind:
    if tokens.take().text == "offset":
        tokens.accept("-", "+")
        _duration(tokens)
    elif tokens.accept("start", "end"):
        tokens.expect("(", "after start or end")
        tokens.expect(")", "after start or end")
    else:
        tokens.accept("-", "+")
        _of_kind(tokens, "number", "a time in seconds")
    return kind


def _atom(tokens: Tokens) -> Kind:
    token = tokens.next
    if token.kind in ("number", "duration"):
        tokens.take()
        return Kind.SCALAR
    if token.kind == "string":
        tokens.take()
        return Kind.TEXT
    if tokens.accept("("):
        kind = _binary(tokens, 0)
        tokens.expect(")", "to close a bracket")
        return kind
    if token.text == "{" or token.kind == "name":
        return _named(tokens)
    raise LanguageError(f"{shown(token)} stands where a metric, a number or a function belongs")


def _named(tokens: Tokens) -> Kind:
    if tokens.next.text == "{":
        return _selector(tokens, is_named=False)
    name = tokens.take()
    if name.text.lower() in AGGREGATIONS and tokens.next.text.lower() in ("(", "by", "without"):
        return _aggregation(tokens, name)
    if tokens.next.text == "(":
        return _function(tokens, name)
    if name.text.lower() in ("inf", "nan"):
        return Kind.SCALAR
    return _selector(tokens, is_named=True) if tokens.next.text == "{" else Kind.INSTANT


def _selector(tokens: Tokens, *, is_named: bool) -> Kind:
    opening = tokens.next
    tokens.expect("{", "before a metric's labels")
    selects = [is_named]
    while tokens.next.text != "}":
        if is_named and tokens.next.text == "__name__":
            raise LanguageError(f"{shown(tokens.next)} names the metric a second time")
        selects.append(_matcher(tokens))
        if not tokens.accept(","):
            break
    tokens.expect("}", "after a metric's labels")
    if not any(selects):
        raise LanguageError(
            f"{shown(opening)} selects every series: name the metric, or give a label a value that is not empty"
        )
    return Kind.INSTANT


def _matcher(tokens: Tokens) -> bool:
    """Read one label and its value, or a quoted metric, and tell whether series without that label are left out."""
    name = tokens.take()
    if name.kind not in ("name", "string"):
        raise LanguageError(f"{shown(name)} stands where a label belongs")
    operator = tokens.accept("=", "!=", "=~", "!~")
    if operator is None:
        if name.kind == "name":
            raise LanguageError(f"the label {name.text} needs =, !=, =~ or !~ and a value, not {shown(tokens.next)}")
        return True
    value = tokens.next
    _of_kind(tokens, "string", "a label's value in quotes")
    text = value.text[1:-1]
    takes_empty = takes_nothing(_pattern(value)) if "~" in operator.text else not text
    return takes_empty if operator.text.startswith("!") else not takes_empty


def _pattern(value: Token) -> str:
    """Return a regular expression; raises LanguageError for one that RE2 does not compile."""
    text = value.text[1:-1] if value.text.startswith("`") else value.text[1:-1].replace("\\\\", "\\")
    if problem(text):
        raise LanguageError(f"{shown(value)} is not a regular expression that RE2 takes")
    return text


def _aggregation(tokens: Tokens, name: Token) -> Kind:
    grouped = _grouping(tokens)
    arguments = _arguments(tokens)
    if not grouped:
        _grouping(tokens)
    wanted = 2 if name.text.lower() in WITH_PARAMETER else 1
    if len(arguments) != wanted:
        raise LanguageError(f"{name.text} takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}")
    _fits(name, arguments[-1], Kind.INSTANT)
    return Kind.INSTANT


def _grouping(tokens: Tokens) -> bool:
    if not tokens.accept("by", "without"):
        return False
    _labels(tokens)
    return True


def _labels(tokens: Tokens) -> None:
    tokens.expect("(", "before a list of labels")
    while tokens.next.text != ")":
        if tokens.next.kind not in ("name", "string"):
            raise LanguageError(f"{shown(tokens.next)} stands where a label belongs")
        tokens.take()
        if not tokens.accept(","):
            break
    tokens.expect(")", "after a list of labels")


def _function(tokens: Tokens, name: Token) -> Kind:
    if name.text not in FUNCTIONS:
        raise LanguageError(f"there is no function {name.text}{_meant(name.text)}")
    kinds, least, result = FUNCTIONS[name.text]
    arguments = _arguments(tokens)
    if not least <= len(arguments) <= len(kinds):
        raise LanguageError(f"{name.text} takes {least or len(kinds)} arguments, not {len(arguments)}")
    for given, wanted in zip(arguments, kinds, strict=False):
        _fits(name, given, wanted)
    return result


def _arguments(tokens: Tokens) -> list[Kind]:
    tokens.expect("(", "before arguments")
    found: list[Kind] = []
    while tokens.next.text != ")" or tokens.next.kind == "string":
        found.append(_binary(tokens, 0))
        if not tokens.accept(","):
            break
    tokens.expect(")", "after arguments")
    return found


def _fits(name: Token, given: Kind, wanted: Kind) -> None:
    if given is wanted:
        return
    cure = "; write a window behind the metric, such as [5m]" if wanted is Kind.RANGE else ""
    raise LanguageError(f"{name.text} takes {wanted.value}, not {given.value}{cure}")


def _duration(tokens: Tokens) -> None:
    if tokens.next.kind not in ("duration", "number"):
        raise LanguageError(f"{shown(tokens.next)} stands where a length of time such as 5m belongs")
    tokens.take()


def _of_kind(tokens: Tokens, kind: str, what: str) -> None:
    if tokens.next.kind != kind:
        raise LanguageError(f"{shown(tokens.next)} stands where {what} belongs")
    tokens.take()


def _meant(name: str) -> str:
    if name in ("average", "mean"):
        return "; did you mean avg?"
    close = difflib.get_close_matches(name, [*FUNCTIONS, *AGGREGATIONS], n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
