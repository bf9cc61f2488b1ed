"""Strings as security rules see them: UTF-16 code units, Java's number formats, URL-decoded path segments."""

import re
from math import copysign, inf, isinf, isnan, nan
from urllib.parse import unquote_to_bytes

_FLOAT = re.compile(r"([+-]?)(NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=[dDfF]?$))[dDfF]?")
_INT = re.compile(r"[+-]?[0-9]+")
_SPACES = "".join(chr(code) for code in range(33))


def size(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, first: int, last: int) -> str:
    """The code units from `first` up to `last`; half a surrogate pair becomes U+FFFD."""
    if text.isascii():
        return text[first:last]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * first : 2 * last].decode("utf-16-le", "replace")


def order(text: str) -> str | bytes:
    """What to compare strings by: UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def trimmed(text: str) -> str:
    """Without the spaces and control characters at both ends."""
    return text.strip(_SPACES)


def float_text(number: float) -> str:
    """A float as `string()` writes it: `1.0`, `0.001`, `1.0E7`, `NaN` (Java's Double.toString)."""
    if isnan(number) or isinf(number):
        return "NaN" if isnan(number) else "Infinity" if number > 0 else "-Infinity"
    sign = "-" if copysign(1, number) < 0 else ""
    mantissa, exponent = f"{abs(number)!r}", 0
    if "e" in mantissa:
        mantissa, power = mantissa.split("e")
        exponent = int(power)
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0").rstrip("0") or "0"
    point = len(whole) + exponent - (len(whole + fraction) - len((whole + fraction).lstrip("0")))
    if number == 0:
        return sign + "0.0"
    if 1e-3 <= abs(number) < 1e7:
        return sign + _plain(digits, point)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    return digits[:point].ljust(point, "0") + "." + (digits[point:] or "0")


def read_float(text: str) -> float | None:
    """A float from text, as `float()` reads it; None where it is not one."""
    found = _FLOAT.fullmatch(text.strip(_SPACES))
    if found is None:
        return None
    sign, body = found.groups()
    value = {"NaN": nan, "Infinity": inf}.get(body)
    value = float(body) if value is None else value
    return -value if sign == "-" else value


def read_int(text: str) -> int | None:
    """A 64-bit int from text, as `int()` reads it; None where it is not one."""
    if len(text) > 64 or not text.isascii() or not _INT.fullmatch(text):
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None


def decoded(segment: str) -> str:
    """A segment of a path literal, with `+` and `%20` as spaces."""
    if "%" not in segment and "+" not in segment:
        return segment
    return unquote_to_bytes(segment.replace("+", " ")).decode("utf-8", "replace")
