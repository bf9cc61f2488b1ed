"""Rules that are open until a date, or were."""

from rules.language.syntax import Call, Literal, Member, Name, Node, walk
from rules.probe.inline import Inliner, TooLargeError
from rules.ruleset import Rule
from rules.values.kinds import Timestamp

FAR = Timestamp(7_258_118_400 * 10**9)
"""The year 2200: after every date that is meant as a limit."""
PAST = Timestamp(946_684_800 * 10**9)
"""The year 2000: before every date that is meant as a limit."""


def looks_at_clock(rule: Rule) -> bool:
    """Whether a condition compares the time of the request with a date that the rules write."""
    if rule.allow.condition is None:
        return False
    try:
        nodes = walk(Inliner().inlined(rule.allow.condition, rule.scope, {}))
    except (TooLargeError, RecursionError):
        return False
    return any(_is_now(node) for node in nodes) and any(_is_date(node) for node in nodes)


def _is_now(node: Node) -> bool:
    return isinstance(node, Member) and node.field == "time" and isinstance(node.object, Name)


def _is_date(node: Node) -> bool:
    fixed = isinstance(node, Call) and node.name in {"timestamp.date", "timestamp.value"}
    return fixed and all(isinstance(part, Literal) for part in walk(node)[1:])
