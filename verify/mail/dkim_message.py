"""A message as DKIM signs it: its header fields and its body, canonicalized (RFC 6376 sections 3.4 and 3.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SPACE = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_OWN_VALUE = re.compile(rb"((?:\A|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
SIGNATURE = b"dkim-signature"


class MessageError(ValueError):
    """The bytes are no message; the text names the line."""


@dataclass(frozen=True)
class Field:
    """One header field as it is in the message: its name, and what follows the colon without the last line break."""

    name: bytes
    value: bytes

    @property
    def key(self) -> bytes:
        """The name by which signatures mean the field."""
        return self.name.strip(b" \t").lower()

    def canonical(self, relaxed: bool) -> bytes:
        """Return the field without a line break at its end (sections 3.4.1 and 3.4.2)."""
        if not relaxed:
            return self.name + b":" + self.value
        return self.key + b":" + _SPACE.sub(b" ", _FOLD.sub(b"", self.value)).strip(b" \t")


@dataclass(frozen=True)
class Message:
    """A message: its header fields from the top, and its body with CRLF at the end of each line."""

    fields: tuple[Field, ...]
    body: bytes

    @property
    def signatures(self) -> tuple[Field, ...]:
        """The DKIM-Signature fields, from the top."""
        return tuple(field for field in self.fields if field.key == SIGNATURE)

    def canonical_body(self, relaxed: bool) -> bytes:
        """Return the body as it is hashed (sections 3.4.3 and 3.4.4)."""
        lines = self.body.split(b"\r\n")
        if relaxed:
            lines = [_SPACE.sub(b" ", line).rstrip(b" ") for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        if not lines:
            return b"" if relaxed else b"\r\n"
        return b"\r\n".join([*lines, b""])

    def signed_data(self, names: Sequence[str], signature: Field, relaxed: bool) -> bytes:
        """Return what a signature signs: the named fields, the last of a name first, and itself (section 3.7)."""
        left: dict[bytes, list[Field]] = {}
        for field in self.fields:
            if field is signature:
                continue  # it may sign others of its kind, and itself only at the end
            left.setdefault(field.key, []).append(field)
        chosen = [found.pop() for name in names if (found := left.get(name.lower().encode()))]
        own = Field(signature.name, _OWN_VALUE.sub(rb"\1", signature.value, count=1))
        return b"".join(field.canonical(relaxed) + b"\r\n" for field in chosen) + own.canonical(relaxed)


def read(raw: bytes) -> Message:
    """Return a message from its bytes, with LF or CRLF; raises MessageError for a line that is no header field."""
    text = re.sub(rb"\r?\n", b"\r\n", raw)
    header, _, body = (b"\r\n" + text).partition(b"\r\n\r\n")
    lines = _FOLD.sub(b"\n", header[2:])  # a folded field is one line for now
    fields = []
    for line in lines.split(b"\r\n") if lines else ():
        name, colon, value = line.replace(b"\n", b"\r\n").partition(b":")
        if not colon or not re.fullmatch(rb"[\x21-\x7e]+[ \t]*", name):
            raise MessageError(f"{line[:40]!r} is no header field (RFC 5322 section 2.2)")
        fields.append(Field(name, value))
    return Message(tuple(fields), body)
