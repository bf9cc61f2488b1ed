"""Looks over expressions in CEL, as attribute mappings and conditions of identities are written in.

It reads tokens, brackets and the order of operands and operators, and leaves types to the real service. Source:
https://github.com/google/cel-spec/blob/master/doc/langdef.md.
"""

from __future__ import annotations

import difflib
import re

from localcloud.providers.languages.scanning import END, LanguageError, Token, Tokens, shown

KINDS = (
    ("skip", r"\s+|//[^\n]*"),
    ("string", r'[rRbB]{0,2}(?:"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'),
    ("number", r"0x[0-9a-fA-F]+u?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?"),
    ("name", r"[A-Za-z_]\w*"),
    ("operator", r"&&|\|\||==|!=|<=|>=|[<>+\-*/%?:]"),
    ("sign", r"[()\[\]{},.!]"),
)
BOUND = re.compile(r"\.(?:all|exists|exists_one|existsOne|map|filter)\(\s*(\w+)\s*,")
PAIRS = {"(": ")", "[": "]", "{": "}"}
PREFIXES = ("!", "-")
# The language's own, its extension for texts, and IAM's (https://cloud.google.com/iam/docs/conditions-attribute-reference)
FUNCTIONS = frozenset(
    (
        *("size", "contains", "startsWith", "endsWith", "matches", "has", "all", "exists", "exists_one", "existsOne"),
        *("map", "filter", "int", "uint", "double", "string", "bytes", "bool", "type", "dyn", "timestamp", "duration"),
        *("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds"),
        *("getMinutes", "getMonth", "getSeconds", "charAt", "indexOf", "lastIndexOf", "join", "lowerAscii"),
        *("upperAscii", "replace", "split", "substring", "trim", "format", "quote", "reverse", "extract", "date"),
        *("matchTag", "matchTagId", "hasTagKey", "hasTagKeyId", "getAttribute", "hasOnly", "inIpRange", "optional"),
        *(
            "matchLoadBalancingSchemes",
            "lower",
            "upper",
            "urlDecode",
            "urlDecodeUni",
            "utf8ToUnicode",
            "base64Decode",
            "math",
            "sets",
            "bind",
        ),
    )
)


def read(text: str) -> list[str]:
    """Return the names that an expression begins its paths with; raises LanguageError when it is not valid."""
    tokens = Tokens(text, KINDS)
    names: list[str] = []
    open_: list[Token] = []
    operand = False  # whether an operand came last
    while tokens.next.kind != END:
        token = tokens.take()
        operand = _step(token, operand, open_, names)
        if token.text == ".":
            dot, token = token, tokens.take()
            if token.kind != "name":
                raise LanguageError(f"{shown(dot)} is followed by no name")
        if token.kind == "name" and tokens.next.text == "(" and tokens.next.kind == "sign":
            _known(token)
    if open_:
        raise LanguageError(f"{shown(open_[-1])} is never closed")
    if not operand:
        raise LanguageError("it ends where a value belongs")
    return names


def roots(text: str) -> list[str]:
    """Return the names that an expression's paths begin with, but for functions, constants and names of its own.

    Raises LanguageError when it is not valid.
    """
    own = {*BOUND.findall(text), *FUNCTIONS, "true", "false", "null", "in"}
    return [name for name in read(text) if name not in own]


def _known(function: Token) -> None:
    if function.text != "in" and function.text not in FUNCTIONS:
        close = difflib.get_close_matches(function.text, FUNCTIONS, n=1, cutoff=0.5)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise LanguageError(f"there is no function {function.text}{meant}")


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
