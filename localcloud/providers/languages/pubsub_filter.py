"""Reads filters of Pub/Sub subscriptions: https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax."""

from __future__ import annotations

from localcloud.providers.languages.scanning import END, LanguageError, Tokens, shown

KINDS = (
    ("skip", r"\s+"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("name", r"[A-Za-z_][A-Za-z0-9_-]*"),
    ("sign", r"!=|[=().,:]"),
)


def read(text: str) -> None:
    """Return when Pub/Sub would take the filter; raises LanguageError with the reason when it would not."""
    tokens = Tokens(text, KINDS)
    _joined(tokens)
    if tokens.next.kind != END:
        raise LanguageError(f"{shown(tokens.next)} is too much: write AND or OR between two conditions")


def _joined(tokens: Tokens) -> None:
    _condition(tokens)
    word = tokens.next.text if tokens.next.text in ("AND", "OR") else ""
    while word and tokens.next.kind == "name" and tokens.next.text in ("AND", "OR"):
        if tokens.take().text != word:
            raise LanguageError("AND and OR are mixed without brackets")
        _condition(tokens)


def _condition(tokens: Tokens) -> None:
    if tokens.next.text == "NOT":
        tokens.take()
    if tokens.accept("("):
        _joined(tokens)
        tokens.expect(")", "to close a bracket")
    elif tokens.accept("hasprefix"):
        tokens.expect("(", "after hasPrefix")
        _attribute(tokens)
        tokens.expect(",", "after the attribute")
        _text(tokens)
        tokens.expect(")", "after the beginning of the value")
    else:
        _comparison(tokens)


def _comparison(tokens: Tokens) -> None:
    tokens.expect("attributes", "at the beginning of a condition")
    if tokens.accept(":"):
        _key(tokens)
        return
    tokens.expect(".", "after attributes")
    _key(tokens)
    if not tokens.accept("=", "!="):
        raise LanguageError(f"{shown(tokens.next)} stands where = or != belongs")
    _text(tokens)


def _attribute(tokens: Tokens) -> None:
    tokens.expect("attributes", "in hasPrefix")
    tokens.expect(".", "after attributes")
    _key(tokens)


def _key(tokens: Tokens) -> None:
    if tokens.next.kind not in ("name", "string"):
        raise LanguageError(f"{shown(tokens.next)} stands where an attribute's name belongs")
    tokens.take()


def _text(tokens: Tokens) -> None:
    if tokens.next.kind != "string":
        raise LanguageError(f"{shown(tokens.next)} stands where a value in double quotes belongs")
    tokens.take()
