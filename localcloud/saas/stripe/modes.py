"""Test mode and live mode: a key sees the objects of its own mode alone (docs.stripe.com/keys)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_LIVE: ContextVar[bool | None] = ContextVar("stripe_live", default=None)  # None: Stripe itself, which sees both


@contextmanager
def acting(*, live: bool) -> Iterator[None]:
    """Have what is done in the block be done in one mode."""
    before = _LIVE.set(live)
    try:
        yield
    finally:
        _LIVE.reset(before)


def is_live() -> bool:
    """Return whether what is made now is of live mode."""
    return _LIVE.get() is True


def is_seen(thing: Mapping[str, Any]) -> bool:
    """Return whether the present mode sees an object."""
    mode = _LIVE.get()
    return mode is None or thing.get("livemode", mode) == mode


def elsewhere() -> str:
    """Return what Stripe adds to the refusal of an object that the other mode has."""
    there, here = ("test", "live") if is_live() else ("live", "test")
    return f"; a similar object exists in {there} mode, but a {here} mode key was used to make this request."
