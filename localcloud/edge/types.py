"""The data types of Cloudflare's Rules language and its plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from localcloud.edge.syntax import Address

PLANS = ("free", "pro", "business", "enterprise")
"""From the smallest; a plan has what the smaller ones have."""


class Type(StrEnum):
    """A data type, as the documentation names it."""

    BOOLEAN = "Boolean"
    STRING = "String"
    INTEGER = "Integer"
    IP = "IP address"
    BOOLEANS = "Array<Boolean>"
    STRINGS = "Array<String>"
    INTEGERS = "Array<Integer>"
    ADDRESSES = "Array<IP address>"
    MAP = "Map<Array<String>>"


ELEMENT: Mapping[Type, Type] = {
    Type.BOOLEANS: Type.BOOLEAN,
    Type.STRINGS: Type.STRING,
    Type.INTEGERS: Type.INTEGER,
    Type.ADDRESSES: Type.IP,
    Type.MAP: Type.STRINGS,
}
ARRAY: Mapping[Type, Type] = {element: array for array, element in ELEMENT.items() if array is not Type.MAP}

Scalar = bool | int | str | Address
Value = Scalar | Sequence[Scalar | None] | Mapping[str, Sequence[str]] | None
"""What an expression can come to; None is the language's missing value. Strings hold one byte in each character."""


class Each(NamedTuple):
    """The elements of an array that `[*]` was applied to: whatever encloses them works on each."""

    elements: tuple[Scalar | None, ...]


def includes(plan: str, wanted: str) -> bool:
    """Tell whether a plan has what starts with the plan `wanted`; raises ValueError for a name that is not a plan."""
    return PLANS.index(plan) >= PLANS.index(wanted)
