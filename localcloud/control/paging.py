"""Pages of a list, as Google's APIs hand them out (https://google.aip.dev/158)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from grpc import StatusCode

from localcloud.rpc import Refused

Item = TypeVar("Item")


def page(items: Sequence[Item], size: int, token: str, most: int) -> tuple[Sequence[Item], str]:
    """Return one page and the token of the next ("" after the last).

    A `size` of 0, or one above `most`, means `most`. Raises Refused with INVALID_ARGUMENT for a size below 0 or a token
    that no page ended with.
    """
    if size < 0:
        raise Refused(StatusCode.INVALID_ARGUMENT, f"page_size is {size}; it must not be negative.")
    if token and not (token.isascii() and token.isdigit() and int(token) < len(items)):
        raise Refused(StatusCode.INVALID_ARGUMENT, "The page token is invalid.")
    start = int(token or 0)
    end = start + min(size or most, most)
    return items[start:end], str(end) if end < len(items) else ""
