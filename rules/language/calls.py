"""Which functions call which: recursion and calls that nest too deep are refused before anything runs."""

from collections.abc import Iterator

from rules.language.scopes import Scope
from rules.language.syntax import Call, Function, walk
from rules.limits import MAX_CALL_DEPTH


def called(function: Function, scope: Scope) -> Iterator[tuple[Function, Scope]]:
    """The functions of the file that a function calls, each with the scope that declares it."""
    for root in (*(binding.value for binding in function.lets), function.result):
        for node in walk(root):
            if isinstance(node, Call):
                target = scope.function(node.name)
                if target is not None:
                    yield target


def cycles(whole: Scope) -> list[tuple[int, str]]:
    """Where functions call themselves, directly or through others, or nest deeper than the limit."""
    depths: dict[Function, int] = {}
    found: list[tuple[int, str]] = []
    for scope in whole.everything():
        for function in scope.body.functions:
            _depth(function, scope, [], depths, found)
    return found


def _depth(
    function: Function,
    scope: Scope,
    stack: list[Function],
    depths: dict[Function, int],
    found: list[tuple[int, str]],
) -> int:
    if function in stack:
        names = " → ".join(one.name for one in [*stack[stack.index(function) :], function])
        found.append((function.start, f"Functions may not call themselves, directly or through others: {names}."))
        return 0
    if function not in depths and len(stack) < 4 * MAX_CALL_DEPTH:
        below = [_depth(*target, [*stack, function], depths, found) for target in called(function, scope)]
        depths[function] = 1 + max(below, default=0)
        if depths[function] == MAX_CALL_DEPTH + 1:
            found.append((function.start, f"Calls nest deeper than {MAX_CALL_DEPTH}, which is the limit."))
    return depths.get(function, 0)
