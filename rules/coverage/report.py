"""A coverage report as data."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.closures.run import Seen
from rules.language.scopes import expressions
from rules.language.syntax import Literal, Node, walk
from rules.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Covered:
    """An expression: where it is (offsets in characters, lines and columns from 1) and what it came to, how often.

    `values` counts `true`, `false`, `error`, or the name of the value's type.
    """

    start: int
    end: int
    line: int
    column: int
    text: str
    values: Mapping[str, int]

    @property
    def count(self) -> int:
        """How often it was evaluated."""
        return sum(self.values.values())


@dataclass(frozen=True, slots=True)
class Report:
    """Every expression but literals, in the order of the text; and how often each `allow` was asked, by its line."""

    text: str
    expressions: tuple[Covered, ...]
    statements: Mapping[int, int]

    @property
    def missed(self) -> tuple[Covered, ...]:
        """The outermost expressions that no request reached."""
        found: list[Covered] = []
        for one in self.expressions:
            if not one.count and not (found and found[-1].start <= one.start and one.end <= found[-1].end):
                found.append(one)
        return tuple(found)

    @property
    def share(self) -> float:
        """The share of expressions that were reached, 0 to 1; a text without expressions counts as reached."""
        reached = sum(1 for one in self.expressions if one.count)
        return reached / len(self.expressions) if self.expressions else 1.0

    def as_data(self) -> dict[str, Any]:
        """The report in types that JSON has."""
        return {
            "share": self.share,
            "statements": [{"line": line, "count": count} for line, count in sorted(self.statements.items())],
            "expressions": [
                {"line": one.line, "column": one.column, "text": one.text, "values": dict(one.values)}
                for one in self.expressions
            ],
        }


def report(ruleset: Ruleset, seen: Seen, statements: Counter[int]) -> Report:
    """The report of what was seen, and of how often the statement of each line was asked."""
    found = sorted(_nodes(ruleset), key=lambda node: (node.start, -node.end))
    covered = tuple(_covered(ruleset, node, seen.get(node, Counter())) for node in found)
    asked = {rule.line: statements[rule.line] for rule in ruleset.rules}
    return Report(ruleset.source.text, covered, asked)


def _nodes(ruleset: Ruleset) -> Iterator[Node]:
    for scope in ruleset.whole.everything():
        for root, _ in expressions(scope):
            yield from (node for node in walk(root) if not isinstance(node, Literal))


def _covered(ruleset: Ruleset, node: Node, values: Counter[str]) -> Covered:
    source = ruleset.source
    text = source.text[node.start : node.end]
    return Covered(node.start, node.end, source.line(node.start), source.column(node.start), text, dict(values))
