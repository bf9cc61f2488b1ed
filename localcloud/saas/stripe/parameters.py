"""The parameters that Stripe's own calls have, so that one that is not rehearsed is told from one that does not exist.

`parameters.txt` has a line for each call: method, path, names. The facts are those of the types of the official client
(stripe 16.1.0 for Python); a test compares the two.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def table() -> dict[tuple[str, str], frozenset[str]]:
    """Return the names of the parameters by method and path, which has `{id}` for whatever is filled in."""
    lines = (files("localcloud.saas.stripe") / "parameters.txt").read_text().splitlines()
    rows = (line.split() for line in lines)
    return {(method, path): frozenset(names) for method, path, *names in rows}


def of(method: str, path: str) -> frozenset[str]:
    """Return the parameters of a call of Stripe's, none for one that is the rehearsal's own."""
    return table().get((method, path), frozenset())
