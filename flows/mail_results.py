"""Reads what a receiving server found of a mail's sender: Authentication-Results (RFC 8601 section 2.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_RESULT = re.compile(r"\s*(dmarc|dkim|spf)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)")
_PART = re.compile(r'\\.|"(?:\\.|[^"\\])*(?:"|$)|.', re.DOTALL)
_PART_OF_COMMENT = re.compile(r"\\.|.", re.DOTALL)  # where quotes mean nothing


def of_header(header: str) -> dict[str, str]:
    """Return the result of DMARC, DKIM and SPF by the method's name: `dkim` → `pass`.

    Of several signatures one that holds is enough. Comments tell what others found (`arc=pass (i=1 spf=pass)`), and
    like quoted texts they are not results. Some servers leave out the name of theirs that comes first.
    """
    said: dict[str, list[str]] = {}
    for statement in "".join(_bare(header.lower())).split(";"):
        if found := _RESULT.match(statement):
            said.setdefault(found[1], []).append(found[2])
    return {method: "pass" if "pass" in values else values[0] for method, values in said.items()}


def _bare(header: str) -> Iterator[str]:
    """Yield the parts outside of comments, which nest, and of quoted texts (RFC 5322 section 3.2)."""
    at = depth = 0
    while found := (_PART_OF_COMMENT if depth else _PART).match(header, at):
        part, at = found[0], found.end()
        if part == "(":
            depth += 1
        elif part == ")" and depth:
            depth -= 1
        elif not depth and not part.startswith('"'):
            yield part
