"""The methods of string and bytes.

Source: https://firebase.google.com/docs/reference/rules/rules.String and rules.Bytes.
"""

from base64 import urlsafe_b64encode
from string import ascii_lowercase, ascii_uppercase

from rules.library.registry import method
from rules.values import pattern, text

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)

method(str, "size")(text.size)
method(str, "trim")(text.trimmed)
method(str, "matches", str)(pattern.matches)
method(str, "split", str)(pattern.split)
method(str, "replace", str, str)(pattern.replace)
method(bytes, "size")(len)


@method(str, "lower")
def lower(value: str) -> str:
    """The text with the letters A to Z in lower case."""
    return value.translate(_LOWER)


@method(str, "upper")
def upper(value: str) -> str:
    """The text with the letters a to z in upper case."""
    return value.translate(_UPPER)


@method(str, "toUtf8")
def to_utf8(value: str) -> bytes:
    """The bytes of the text in UTF-8."""
    return value.encode("utf-8", "replace")


@method(bytes, "toBase64")
def to_base64(value: bytes) -> str:
    """The bytes in base64url."""
    return urlsafe_b64encode(value).decode()


@method(bytes, "toHexString")
def to_hex(value: bytes) -> str:
    """The bytes as hexadecimal digits, in upper case."""
    return value.hex().upper()
