"""Looks over expressions in CEL, as attribute mappings and conditions of identities are written in.

It reads tokens, brackets and the order of operands and operators, and leaves types to the real service. Source:
https://github.com/google/cel-spec/blob/master/doc/langdef.md; in doubt cel-expr-python 0.1.3, Google's own parser.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from localcloud.providers.languages.scanning import END, LanguageError, Token, Tokens, shown

_ESCAPE = r"""\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"""
_QUOTED = r'"""(?s:{0}|[^\\])*?"""|\'\'\'(?s:{0}|[^\\])*?\'\'\'|"(?:{0}|[^"\\\r\n])*"|\'(?:{0}|[^\'\\\r\n])*\''
KINDS = (
    ("skip", r"\s+|//[^\n]*"),
    ("raw", r'[bB]?[rR](?:"""(?s:.)*?"""|\'\'\'(?s:.)*?\'\'\'|"[^"\r\n]*"|\'[^\'\r\n]*\')'),
    ("string", f"[bB]?(?:{_QUOTED.replace('{0}', _ESCAPE)})"),
    ("escaped", r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''),
    ("number", r"0x[0-9a-fA-F]+[uU]?|\d*\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+|[uU])?"),
    ("name", r"[A-Za-z_]\w*"),
    ("field", r"`[\w./ -]+`"),
    ("operator", r"&&|\|\||==|!=|<=|>=|[<>+\-*/%?:]"),
    ("sign", r"[()\[\]{},.!]"),
)
BOUND = re.compile(r"\.(?:all|exists|exists_one|existsOne|map|filter)\(\s*(\w+)\s*,")
PAIRS = {"(": ")", "[": "]", "{": "}"}
PREFIXES = ("!", "-")
WORDS = ("in", "true", "false", "null")  # never the name of a field
VALUES = ("raw", "string", "number", "name")
# The language's own, its extension for texts, IAM's (https://cloud.google.com/iam/docs/conditions-attribute-reference)
# and Cloud Armor's (https://cloud.google.com/armor/docs/rules-language-reference)
FUNCTIONS = frozenset(
    (
        *("size", "contains", "startsWith", "endsWith", "matches", "has", "all", "exists", "exists_one", "existsOne"),
        *("map", "filter", "int", "uint", "double", "string", "bytes", "bool", "type", "dyn", "timestamp", "duration"),
        *("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds"),
        *("getMinutes", "getMonth", "getSeconds", "charAt", "indexOf", "lastIndexOf", "join", "lowerAscii"),
        *("upperAscii", "replace", "split", "substring", "trim", "format", "quote", "reverse", "extract", "date"),
        *("matchTag", "matchTagId", "hasTagKey", "hasTagKeyId", "getAttribute", "hasOnly", "inIpRange", "optional"),
        *("matchLoadBalancingSchemes", "lower", "upper", "urlDecode", "urlDecodeUni", "utf8ToUnicode"),
        *("base64Decode", "math", "sets", "bind"),
        *("evaluatePreconfiguredWaf", "evaluatePreconfiguredExpr", "evaluateThreatIntelligence"),
        *("evaluateAddressGroup", "evaluateOrganizationAddressGroup", "evaluateAdaptiveProtectionAutoDeploy"),
    )
)


@dataclass
class _Open:
    """A bracket that is not closed yet, or the whole text: what stands in it, and what is still to come."""

    token: Token | None
    lists: bool = False  # whether commas separate what is in it
    empty_allowed: bool = False
    choices: int = 0  # question marks without their colon
    keyed: bool = False  # whether the present entry of a map has its colon


def read(text: str) -> list[str]:
    """Return the names that an expression begins its paths with; raises LanguageError when it is not valid."""
    tokens = Tokens(text, KINDS)
    names: list[str] = []
    open_ = [_Open(None)]
    operand = False  # whether an operand came last
    before = tokens.next
    while tokens.next.kind != END:
        token = tokens.take()
        if token.kind == "escaped":
            raise LanguageError(f"{shown(token)} has an escape that there is not; double the backslash, or write r'…'")
        if token.text == "." and token.kind == "sign":
            token, operand = _field(token, tokens.take()), True
        elif token.text in PAIRS:
            open_.append(_opened(token, before, operand))
            operand = False
        else:
            operand = _step(token, before, operand, open_, names)
        if token.kind == "name" and tokens.next.text == "(" and tokens.next.kind == "sign":
            _known(token)
        before = token
    if len(open_) > 1:
        raise LanguageError(f"{shown(open_[-1].token or before)} is never closed")
    if not operand:
        raise LanguageError("it ends where a value belongs")
    _decided(open_[-1], "the end")
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


def _field(dot: Token, field: Token) -> Token:
    if field.kind not in ("name", "field") or field.text in WORDS:
        raise LanguageError(f"{shown(dot)} is followed by no name")
    return field


def _opened(token: Token, before: Token, operand: bool) -> _Open:
    called = token.text == "(" and operand and before.kind == "name"
    if token.text == "(" and operand and not called:
        raise LanguageError(f"{shown(token)} follows a value without an operator")
    lists = called or token.text == "{" or (token.text == "[" and not operand)
    return _Open(token, lists, empty_allowed=lists)


def _step(token: Token, before: Token, operand: bool, open_: list[_Open], names: list[str]) -> bool:
    if token.kind in VALUES and token.text != "in":
        if operand:
            raise LanguageError(f"{shown(token)} follows a value without an operator")
        names += [token.text] if token.kind == "name" else []
        return True
    if token.text in PAIRS.values():
        _close(token, before, operand, open_)
        return True
    if not operand and token.text not in PREFIXES:
        raise LanguageError(f"{shown(token)} stands where a value belongs")
    if operand and token.text == "!":
        raise LanguageError(f"{shown(token)} follows a value without an operator")
    _separate(token, open_[-1])
    return False


def _close(token: Token, before: Token, operand: bool, open_: list[_Open]) -> None:
    inner = open_[-1]
    if inner.token is None or PAIRS[inner.token.text] != token.text:
        raise LanguageError(f"{shown(token)} closes what was not opened")
    ends_list = before.text == "," and token.text != ")"
    if not operand and not ends_list and not (before is inner.token and inner.empty_allowed):
        raise LanguageError(f"{shown(token)} stands where a value belongs")
    if operand:
        _decided(inner, shown(token))
    open_.pop()


def _separate(token: Token, inner: _Open) -> None:
    """Take account of an operator that belongs to a bracket: a comma, or one of the two of a choice."""
    if token.text == "?":
        inner.choices += 1
    elif token.text == ":" and inner.choices:
        inner.choices -= 1
    elif token.text == ":":
        if inner.token is None or inner.token.text != "{" or inner.keyed:
            raise LanguageError(f"{shown(token)} belongs to no question mark and to no key")
        inner.keyed = True
    elif token.text == ",":
        if not inner.lists:
            raise LanguageError(f"{shown(token)} separates nothing here")
        _decided(inner, shown(token))
        inner.keyed = False


def _decided(inner: _Open, where: str) -> None:
    if inner.choices:
        raise LanguageError(f"a question mark has no colon before {where}")
    if inner.token is not None and inner.token.text == "{" and not inner.keyed:
        raise LanguageError(f"a key has no value before {where}")
