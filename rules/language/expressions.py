"""Tokens to expressions, by precedence climbing.

From loose to tight: `?:`, `||`, `&&`, comparisons with `in` and `is` (all alike, from the left), `+ -`, `* / %`,
`! -`, and what follows a value (`.field`, `.method()`, `[index]`, `[first:last]`).
Source: https://firebase.google.com/docs/rules/rules-language and the reference of the types.
"""

from rules.language import operands
from rules.language.cursor import Cursor
from rules.language.lexer import Token
from rules.language.syntax import Binary, Conditional, IsType, Literal, Logic, Node, Unary
from rules.limits import MAX_NESTING

TOO_COMPLEX = (
    f"This expression nests deeper than {MAX_NESTING} levels, which is the limit; move a part into a function."
)

TYPES = frozenset(
    [
        "bool",
        "bytes",
        "constraint",
        "duration",
        "float",
        "int",
        "latlng",
        "list",
        "map",
        "map_diff",
        "number",
        "path",
        "set",
        "string",
        "timestamp",
        "vector",
    ]
)

_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "is"), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
}
_SMALLEST = "9223372036854775808"


def expression(cursor: Cursor) -> Node:
    """Read one expression. Raises RulesError where there is none, or it nests too deep."""
    _enter(cursor)
    condition = _binary(cursor, 1)
    if cursor.at("?"):
        at = cursor.next().start
        then = expression(cursor)
        cursor.expect(":", "between the two results of a conditional")
        otherwise = expression(cursor)
        condition = Conditional(condition.start, otherwise.end, at, condition, then, otherwise)
    cursor.depth -= 1
    return condition


def _operator(cursor: Cursor) -> str:
    token = cursor.token
    return token.text if token.kind in {"symbol", "keyword", "slash"} and token.text in _PRECEDENCE else ""


def _binary(cursor: Cursor, least: int) -> Node:
    left = _unary(cursor)
    count = 0
    while (operator := _operator(cursor)) and _PRECEDENCE[operator] >= least:
        count += 1
        _enter(cursor, count)
        left = _joined(cursor, left, operator)
        cursor.depth -= count
    return left


def _enter(cursor: Cursor, levels: int = 1) -> None:
    cursor.depth += levels
    if cursor.depth > MAX_NESTING:
        raise cursor.wrong(TOO_COMPLEX)


def _joined(cursor: Cursor, left: Node, operator: str) -> Node:
    at = cursor.next().start
    if operator == "is":
        return _is(cursor, left, at)
    right = _binary(cursor, _PRECEDENCE[operator] + 1)
    if operator not in {"&&", "||"}:
        return Binary(left.start, right.end, at, operator, left, right)
    before = left.operands if isinstance(left, Logic) and left.operator == operator else (left,)
    return Logic(left.start, right.end, at, operator, (*before, right))


def _is(cursor: Cursor, value: Node, at: int) -> Node:
    token = cursor.name("the name of a type after 'is'")
    if token.text not in TYPES:
        raise cursor.wrong(f"'{token.text}' is not a type; 'is' knows {', '.join(sorted(TYPES))}.", token.start)
    return IsType(value.start, token.end, at, value, token.text)


def _unary(cursor: Cursor) -> Node:
    token = cursor.token
    if cursor.at("!"):
        _enter(cursor)
        cursor.next()
        operand = _unary(cursor)
        cursor.depth -= 1
        return Unary(token.start, operand.end, token.start, "!", operand)
    if cursor.at("-"):
        return _negative(cursor, cursor.next())
    if cursor.at("--", "++"):
        raise cursor.wrong(f"'{token.text}' is not an operator of security rules; write a space between two signs.")
    return operands.operand(cursor, expression)


def _negative(cursor: Cursor, minus: Token) -> Node:
    token = cursor.token
    after = cursor.ahead(1)
    if token.kind == "int" and token.text == _SMALLEST and after.text not in {".", "["}:
        cursor.next()
        return Literal(minus.start, token.end, minus.start, -int(_SMALLEST))
    operand = operands.operand(cursor, expression)
    return Unary(minus.start, operand.end, minus.start, "-", operand)
