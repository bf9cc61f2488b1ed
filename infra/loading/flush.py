"""Lets the engine begin with what the program has declared while the program goes on.

Pulumi's SDK sends nothing before the program has come to its end, unless it waits for something. Loading the SDKs of
the clouds takes as long as registering a third of the resources, on another processor: so the program pauses between
its parts. It pauses at its end too: the SDK looks there at which registrations are under way before its event loop has
gone around once, finds none, and waits for all outputs instead, anew after each one that comes, a time that grows with
the square of their number (`wait_for_rpcs` in pulumi/runtime/stack.py).
"""

from __future__ import annotations

import asyncio

ROUNDS = 12  # of the event loop, after which a resource that waits for no other has been sent


async def flush() -> None:
    """Return when what was declared has been sent to the engine, as far as it waits for no answer."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
