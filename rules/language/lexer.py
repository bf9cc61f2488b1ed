"""Rules text to tokens.

A path segment (`/users`) is one token, so `4/2` is a number followed by a path, as for Google's compiler: a division
needs a space after its slash.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rules.language.source import Source

_SEGMENT = r"(?:[A-Za-z0-9\-._~&'*+:@]|%[0-9A-Fa-f]{2})+"
_ESCAPE = r"\\(?:[nrtbf\\'\"]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-3][0-7]{2})"
_SINGLE = rf"'(?:[^'\\\n\r\x08\x0c]|{_ESCAPE})*'"
_DOUBLE = rf'"(?:[^"\\\n\r\x08\x0c]|{_ESCAPE})*"'

_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n\f]+|//[^\n]*|/\*[\s\S]*?\*/)
  | (?P<segment>/(?:{_SEGMENT}|\({_SEGMENT}\)))
  | (?P<slash>/)
  | (?P<float>[0-9]+\.[0-9]*|\.[0-9]+)
  | (?P<int>[0-9]+)
  | (?P<bytes>[bB](?:{_SINGLE}|{_DOUBLE}))
  | (?P<name>[A-Za-z_][A-Za-z0-9_$]*|\$[A-Za-z0-9_$]+)
  | (?P<string>{_SINGLE}|{_DOUBLE})
  | (?P<symbol>&&|\|\||==|!=|<=|>=|--|\+\+|[@:,$.=>{{\[(<\-%!+?\}}\])\x3b*])
    """,
    re.VERBOSE,
)

KEYWORDS = frozenset(
    [
        "rules_version",
        "service",
        "match",
        "allow",
        "if",
        "function",
        "return",
        "let",
        "true",
        "false",
        "null",
        "in",
        "is",
        "import",
        "break",
        "continue",
        "else",
        "for",
        "package",
        "var",
        "while",
    ]
)


class Token(NamedTuple):
    """A token.

    `kind` is `name`, `keyword`, `symbol`, `segment`, `slash`, `string`, `bytes`, `int`, `float` or `end`.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


def tokens(source: Source) -> Iterator[Token]:
    """Every token of a text as it is asked for, the last of kind `end`.

    Raises RulesError at the first character that starts no token.
    """
    text, at = source.text, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(source, at)
        kind, word = match.lastgroup or "", match.group()
        if kind != "space":
            yield Token("keyword" if kind == "name" and word in KEYWORDS else kind, word, at)
        at = match.end()
    yield Token("end", "", at)


def _unreadable(source: Source, at: int) -> Exception:
    char = source.text[at]
    if char in "'\"":
        return source.refuse(
            at,
            f"The string that starts here has no closing {char}, or holds a line break or an unknown escape; "
            r"write \\ for a backslash.",
        )
    return source.refuse(at, f"The character {char!r} has no meaning in security rules; remove it.")


_SIMPLE = {"n": 10, "r": 13, "t": 9, "b": 8, "f": 12, "\\": 92, "'": 39, '"': 34}
_ESCAPED = re.compile(_ESCAPE)


def _code(escape: str) -> int:
    if escape[1] in _SIMPLE:
        return _SIMPLE[escape[1]]
    return int("0x" + escape[2:], 16) if escape[1] in "xu" else int(escape[1:], 8)


def string_value(literal: str) -> str:
    """The value of a string literal, given with its quotes. Half a surrogate pair becomes U+FFFD."""
    text = _ESCAPED.sub(lambda found: chr(_code(found.group())), literal[1:-1])
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def bytes_value(literal: str) -> bytes:
    """The value of a bytes literal (`b'\\xff'`), given with its prefix and quotes."""
    body, out, at = literal[2:-1], bytearray(), 0
    for found in _ESCAPED.finditer(body):
        out += body[at : found.start()].encode() + bytes([_code(found.group()) & 0xFF])
        at = found.end()
    return bytes(out + body[at:].encode())
