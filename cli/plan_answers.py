"""The plans that a founder sells, as one line: `basic=basic_monthly+basic_yearly, pro=pro_monthly+once:pro_for_good`.

The lowest plan comes first. Prices are ids or lookup keys of Stripe's; `once:` marks what is paid for one time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

WORDS = "Plans you sell, the lowest first, as NAME=PRICE+PRICE, …; once:PRICE is paid one time (Enter for none yet)"
ONCE = "once:"


def read(text: str) -> list[dict[str, Any]] | None:
    """Return what the spec has below `payments.plans`, None for an empty answer; what is wrong in it the spec says."""
    plans = [_plan(part) for part in text.split(",") if part.strip()]
    return plans or None


def shown(plans: Iterable[Mapping[str, Any]]) -> str:
    """Return plans of a spec as one line, from which `read` makes the same."""
    return ", ".join(
        f"{each['name']}={'+'.join((*each.get('prices', ()), *(ONCE + once for once in each.get('purchases', ()))))}"
        for each in plans
    )


def _plan(part: str) -> dict[str, Any]:
    name, _, listed = part.partition("=")
    prices = [each.strip() for each in listed.split("+") if each.strip()]
    return {
        "name": name.strip(),
        "prices": [each for each in prices if not each.startswith(ONCE)],
        "purchases": [each.removeprefix(ONCE).strip() for each in prices if each.startswith(ONCE)],
    }
