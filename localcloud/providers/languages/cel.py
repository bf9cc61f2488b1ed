"""Looks over expressions in CEL, as attribute mappings and conditions of identities are written in.

It reads tokens, brackets and the order of operands and operators, and leaves types to the real service. Source:
https://github.com/google/cel-spec/blob/master/doc/langdef.md.
"""

from __future__ import annotations

from localcloud.providers.languages.scanning import END, LanguageError, Token, Tokens, shown

KINDS = (
    ("skip", r"\s+|//[^\n]*"),
    ("string", r'[rRbB]{0,2}(?:"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'),
    ("number", r"0x[0-9a-fA-F]+u?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?"),
    ("name", r"[A-Za-z_]\w*"),
    ("operator", r"&&|\|\||==|!=|<=|>=|[<>+\-*/%?:]"),
    ("sign", r"[()\[\]{},.!]"),
)
PAIRS = {"(": ")", "[": "]", "{": "}"}
PREFIXES = ("!", "-")


def read(text: str) -> list[str]:
    """Return the names that an expression begins its paths with; raises LanguageError when it is not valid."""
    tokens = Tokens(text, KINDS)
    names: list[str] = []
    open_: list[Token] = []
    operand = False  # whether an operand came last
    while tokens.next.kind != END:
        token = tokens.take()
        operand = _step(token, operand, open_, names)
        if token.text == "." and tokens.take().kind != "name":
            raise LanguageError(f"{shown(token)} is followed by no name")
    if open_:
        raise LanguageError(f"{shown(open_[-1])} is never closed")
    if not operand:
        raise LanguageError("it ends where a value belongs")
    return names


def _step(token: Token, operand: bool, open_: list[Token], names: list[str]) -> bool:
    if token.kind in ("string", "number", "name") and token.text != "in":
        if operand:
            raise LanguageError(f"{shown(token)} follows a value without an operator")
        names += [token.text] if token.kind == "name" else []
        return True
    if token.text in PAIRS:
        open_.append(token)
        return False
    if token.text in PAIRS.values():
        if not open_ or PAIRS[open_.pop().text] != token.text:
            raise LanguageError(f"{shown(token)} closes what was not opened")
        return True
    if token.text == ".":
        return True
    if not operand and token.text not in PREFIXES:
        raise LanguageError(f"{shown(token)} stands where a value belongs")
    return False
