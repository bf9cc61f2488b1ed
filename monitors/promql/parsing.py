"""Text → syntax. Whatever our rules do not use is refused: a rule that is judged wrongly is worse than none."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from monitors.promql.syntax import (
    AGGREGATIONS,
    COMPARISONS,
    OVER_TIME,
    Aggregation,
    Combined,
    Compared,
    Constant,
    Expression,
    Match,
    Matcher,
    Number,
    OverTime,
    Quantile,
    Ratio,
    Scaled,
    Selector,
    Subquery,
)

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<time>\d+[smhd])(?![A-Za-z0-9_])|(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_:]*)|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/<>=(){}\[\],:]))""",
    re.VERBOSE,
)
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
TIGHTNESS = {"or": 1, "and": 2, "unless": 2, **dict.fromkeys(COMPARISONS, 3), "*": 4, "/": 4}


class RefusedError(ValueError):
    """An expression that is no PromQL, or uses a part of it that our evaluator does not know."""


@lru_cache(maxsize=512)
def parse(expression: str) -> Expression:
    """Return an expression as syntax. Raises RefusedError that says what is not known, and where."""
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._text = expression
        self._tokens = self._read()
        self._at = 0

    def whole(self) -> Expression:
        found = self._vector(self._operation(0))
        if self._at < len(self._tokens):
            raise self._refusal("this does not belong here")
        return found

    def _read(self) -> list[tuple[str, str, int]]:
        tokens, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            found = TOKEN.match(self._text, at)
            if found is None:
                raise RefusedError(f"{self._text!r}, from character {at}: this is not a part of PromQL that rules use")
            tokens.append((str(found.lastgroup), found.group(str(found.lastgroup)), at))
            at = found.end()
        return tokens

    def _refusal(self, why: str) -> RefusedError:
        where = self._tokens[self._at][2] if self._at < len(self._tokens) else len(self._text)
        return RefusedError(f"{self._text!r}, from character {where}: {why}")

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, kind: str, wanted: str = "") -> str:
        if self._at == len(self._tokens) or self._tokens[self._at][0] != kind or wanted not in ("", self._peek()):
            raise self._refusal(f"expected {wanted or f'a {kind}'}")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _taken(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self._at += 1
        return True

    def _vector(self, found: Expression | Number) -> Expression:
        if isinstance(found, Number):
            raise self._refusal("a number stands where series are needed")
        return found

    def _operation(self, loosest: int) -> Expression | Number:
        left = self._operand()
        while TIGHTNESS.get(self._peek(), -1) > loosest:
            operator = self._peek()
            self._at += 1
            if self._peek() in ("bool", "on", "ignoring"):
                raise self._refusal(f"{self._peek()} is not a part of PromQL that rules use")
            left = self._applied(operator, self._vector(left), self._operation(TIGHTNESS[operator]))
        return left

    def _applied(self, operator: str, left: Expression, right: Expression | Number) -> Expression:
        if operator == "*":
            if not isinstance(right, Number):
                raise self._refusal("only a number may follow *")
            return Scaled(left, right.value)
        if operator in COMPARISONS:
            return Compared(operator, left, right)
        return Ratio(left, self._vector(right)) if operator == "/" else Combined(operator, left, self._vector(right))

    def _operand(self) -> Expression | Number:
        if self._taken("("):
            found = self._operation(0)
            self._take("sign", ")")
            return found
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "number":
            return Number(float(self._take("number")))
        return self._named(self._take("name"))

    def _named(self, name: str) -> Expression:
        if name in AGGREGATIONS:
            return self._aggregation(name)
        self._at -= 1
        if self._at + 1 == len(self._tokens) or self._tokens[self._at + 1][1] != "(":
            raise self._refusal("series are read by a window only: engines differ in how old a lone sample may be")
        if name not in (*OVER_TIME, "vector", "histogram_quantile"):
            raise self._refusal(f"{name} is not a function that rules use")
        self._at += 2
        found = self._call(name)
        self._take("sign", ")")
        return found

    def _call(self, name: str) -> Expression:
        if name in OVER_TIME:
            return OverTime(name, self._samples())
        first = float(self._take("number"))
        if name == "vector":
            return Constant(first)
        self._take("sign", ",")
        return Quantile(first, self._vector(self._operation(0)))

    def _aggregation(self, name: str) -> Expression:
        by = self._labels() if self._taken("by") else ()
        self._take("sign", "(")
        inside = self._vector(self._operation(0))
        self._take("sign", ")")
        return Aggregation(name, by or (self._labels() if self._taken("by") else ()), inside)

    def _labels(self) -> tuple[str, ...]:
        self._take("sign", "(")
        names = [self._take("name")]
        while self._taken(","):
            names.append(self._take("name"))
        self._take("sign", ")")
        return tuple(names)

    def _samples(self) -> Selector | Subquery:
        if self._taken("("):
            inside = self._vector(self._operation(0))
            self._take("sign", ")")
            self._take("sign", "[")
            window = self._duration()
            self._take("sign", ":")
            step = self._duration()
            self._take("sign", "]")
            return Subquery(inside, window, step)
        return self._selector()

    def _selector(self) -> Selector:
        metric = self._take("name")
        matchers = self._matchers() if self._taken("{") else ()
        self._take("sign", "[")
        window = self._duration()
        self._take("sign", "]")
        return Selector(metric, matchers, window, self._duration() if self._taken("offset") else 0)

    def _matchers(self) -> tuple[Matcher, ...]:
        found = []
        while not self._taken("}"):
            label = self._take("name")
            operator = self._take("sign")
            if operator not in ("=", "!=", "=~", "!~"):
                raise self._refusal(f"{operator} does not compare labels")
            value = re.sub(r"\\(.)", r"\1", self._take("text")[1:-1])
            found.append(Matcher(label, cast(Match, operator), value))
            if self._peek() != "}":
                self._take("sign", ",")
        return tuple(found)

    def _duration(self) -> int:
        token = self._take("time")
        return int(token[:-1]) * SECONDS[token[-1]]
