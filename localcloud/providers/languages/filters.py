"""Reads the filters of Cloud Logging and Cloud Monitoring: comparisons joined by AND, OR and NOT.

Sources: https://cloud.google.com/logging/docs/view/logging-query-language,
https://cloud.google.com/monitoring/api/v3/filters.
"""

from __future__ import annotations

from localcloud.providers.languages.regular_expressions import problem
from localcloud.providers.languages.scanning import END, LanguageError, Token, Tokens, shown

KINDS = (
    ("skip", r"\s+|--[^\n]*"),
    ("string", r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''),
    ("operator", r"!=|>=|<=|=~|!~|=|>|<|:"),
    ("sign", r"[(),-](?!\w)|[(),]|-(?=[\w\"(])"),
    ("word", r"[A-Za-z0-9_$@*/\\](?:[^\s\"'()=!<>:~,]|(?<=\.)\"(?:[^\"\\]|\\.)*\")*"),
)


def read(text: str) -> list[str]:
    """Return the fields that a filter compares; raises LanguageError when Google would not take it."""
    tokens = Tokens(text, KINDS)
    fields: list[str] = []
    if tokens.next.kind != END:
        _either(tokens, fields)
    if tokens.next.kind != END:
        raise LanguageError(f"{shown(tokens.next)} stands where AND, OR or the end belongs")
    return fields


def _either(tokens: Tokens, fields: list[str]) -> None:
    _all(tokens, fields)
    while tokens.accept("or"):
        _all(tokens, fields)


def _all(tokens: Tokens, fields: list[str]) -> None:
    _term(tokens, fields)
    while tokens.accept("and") or _begins_term(tokens):
        _term(tokens, fields)


def _begins_term(tokens: Tokens) -> bool:
    token = tokens.next
    if token.kind == "word":
        return token.text.lower() not in ("and", "or")
    return token.kind == "string" or token.text in ("(", "-")


def _term(tokens: Tokens, fields: list[str]) -> None:
    tokens.accept("not", "-")
    if tokens.accept("("):
        _either(tokens, fields)
        tokens.expect(")", "to close a bracket")
        return
    token = tokens.take()
    if token.kind not in ("word", "string") or token.text in ("AND", "OR"):
        raise LanguageError(f"{shown(token)} stands where a comparison such as severity>=ERROR belongs")
    if token.kind == "word" and tokens.next.text == "(":
        _arguments(tokens, fields)
    if tokens.next.kind == "operator":
        fields.append(token.text)
        operator = tokens.take()
        if "~" in operator.text and tokens.next.kind == "string":
            _expression(tokens.next)
        _value(tokens, fields)


def _expression(value: Token) -> None:
    """Raise LanguageError for a regular expression that RE2 does not compile, as it is written or unescaped."""
    text = value.text[1:-1]
    if problem(text) and problem(text.replace("\\\\", "\\")):
        raise LanguageError(f"{shown(value)} is not a regular expression that RE2 takes")


def _value(tokens: Tokens, fields: list[str]) -> None:
    if tokens.accept("("):
        _either(tokens, fields)
        tokens.expect(")", "to close a bracket")
        return
    tokens.accept("-")
    token = tokens.take()
    if token.kind not in ("word", "string") or token.text.lower() in ("and", "or", "not"):
        raise LanguageError(f"{shown(token)} stands where a value belongs")
    if token.kind == "word" and tokens.next.text == "(":
        _arguments(tokens, fields)


def _arguments(tokens: Tokens, fields: list[str]) -> None:
    tokens.expect("(", "before arguments")
    while tokens.next.text != ")":
        _value(tokens, fields)
        if not tokens.accept(","):
            break
    tokens.expect(")", "after arguments")
