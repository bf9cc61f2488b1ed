"""`&&`, `||` and `? :`.

An error on one side of `&&` or `||` does not matter where the other side decides: `error && false` is false and
`error || true` is true, whichever side comes first. Source:
https://firebase.google.com/docs/rules/rules-language ("Evaluation") and the Common Expression Language it builds on.
"""

from rules.closures.run import Code, Frame, Run, spend
from rules.errors import EvaluationError, UndecidedError
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import Value, name_of


def logic(operands: list[tuple[Code, int]], at: int, *, decides: bool) -> Code:
    """`a && b && …` (where False decides) or `a || b || …` (where True does); each operand with its cost."""

    def run(state: Run, frame: Frame) -> Value:
        failed: EvaluationError | None = None
        for code, cost in operands:
            if cost:
                spend(state, cost)
            try:
                value = code(state, frame)
            except EvaluationError as error:
                failed = failed or error
                continue
            if value is decides:
                return value
            if value is not (not decides):
                failed = failed or no_bool(value, at)
        if failed is not None:
            raise failed
        return not decides

    return run


def no_bool(value: Value, at: int) -> EvaluationError:
    """The error for a value that has to be a bool."""
    return (
        UndecidedError(UNDECIDED, at)
        if type(value) in OPAQUE
        else EvaluationError(f"{name_of(value)} is not a bool.", at)
    )


def conditional(condition: Code, then: tuple[Code, int], otherwise: tuple[Code, int], at: int) -> Code:
    """`condition ? then : otherwise`; each result with its cost."""

    def run(state: Run, frame: Frame) -> Value:
        value = condition(state, frame)
        if value is not True and value is not False:
            raise no_bool(value, at)
        code, cost = then if value else otherwise
        spend(state, cost)
        return code(state, frame)

    return run
