"""The namespaces math and hashing. Source: https://firebase.google.com/docs/reference/rules/rules.math, rules.hashing.

As the reference says, `ceil`, `floor` and `round` give an int.
"""

import hashlib
import math
import zlib

import google_crc32c

from rules.library.conversions import SMALLEST, to_int
from rules.library.registry import NUMBER, function

_DATA = frozenset({bytes, str})


@function("math.abs", NUMBER)
def absolute(value: float) -> float:
    """The number without its sign. The smallest int has no positive twin and stays as it is."""
    return value if type(value) is int and value == SMALLEST else abs(value)


@function("math.ceil", NUMBER)
def ceil(value: float) -> int:
    """The next whole number upward."""
    return to_int(float(math.ceil(value))) if math.isfinite(value) and type(value) is float else to_int(value)


@function("math.floor", NUMBER)
def floor(value: float) -> int:
    """The next whole number downward."""
    return to_int(float(math.floor(value))) if math.isfinite(value) and type(value) is float else to_int(value)


@function("math.round", NUMBER)
def rounded(value: float) -> int:
    """The nearest whole number, halves upward."""
    if type(value) is int or not math.isfinite(value):
        return to_int(value)
    whole = math.floor(value)
    return to_int(float(whole + (value - whole >= 0.5)))


@function("math.sqrt", NUMBER)
def sqrt(value: float) -> float:
    """The square root; NaN of a negative number."""
    return math.sqrt(value) if value >= 0 else math.nan


@function("math.pow", NUMBER, NUMBER)
def power(base: float, exponent: float) -> float:
    """The base to the power of the exponent, as IEEE 754 has it (infinity and NaN instead of an error)."""
    base, exponent = float(base), float(exponent)
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return _outside(base, exponent)


def _outside(base: float, exponent: float) -> float:
    if base != 0:
        return math.nan
    return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


@function("math.isNaN", NUMBER)
def is_nan(value: float) -> bool:
    """Whether the number is not a number."""
    return math.isnan(value)


@function("math.isInfinite", NUMBER)
def is_infinite(value: float) -> bool:
    """Whether the number is infinite, of either sign."""
    return math.isinf(value)


def _bytes(data: bytes | str) -> bytes:
    return data.encode("utf-8", "replace") if isinstance(data, str) else data


@function("hashing.crc32", _DATA)
def crc32(data: bytes | str) -> bytes:
    """The CRC-32 checksum, 4 bytes, the lowest first."""
    return zlib.crc32(_bytes(data)).to_bytes(4, "little")


@function("hashing.crc32c", _DATA)
def crc32c(data: bytes | str) -> bytes:
    """The CRC-32C checksum, 4 bytes, the lowest first."""
    return int(google_crc32c.value(_bytes(data))).to_bytes(4, "little")


@function("hashing.md5", _DATA)
def md5(data: bytes | str) -> bytes:
    """The MD5 digest, 16 bytes."""
    return hashlib.md5(_bytes(data), usedforsecurity=False).digest()


@function("hashing.sha256", _DATA)
def sha256(data: bytes | str) -> bytes:
    """The SHA-256 digest, 32 bytes."""
    return hashlib.sha256(_bytes(data)).digest()
