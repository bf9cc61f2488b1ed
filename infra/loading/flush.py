"""Lets the engine begin with what the program has declared while the program goes on.

Pulumi's SDK sends nothing before the program ends, unless the program waits for something. Loading the clouds' SDKs
takes as long as registering a third of the resources, on another processor: so the program pauses between its parts.
It pauses at its end too: the SDK checks which registrations are under way before its event loop has gone around once,
finds none, and waits for all outputs instead, again after each one that arrives, a time that grows with the square of
their number (`wait_for_rpcs` in pulumi/runtime/stack.py).
"""

from __future__ import annotations

import asyncio
import os

from infra.loading.switch import is_on

ROUNDS = 12  # of the event loop, after which a resource that waits for no other has been sent


async def flush() -> None:
    """Return when what was declared has been sent to the engine, as far as it waits for no answer.

    Without LAUNCH_FAST_LOADING=1 it returns at once, and Pulumi's SDK sends the same registrations in its own time.
    """
    for _ in range(ROUNDS if is_on(os.environ) else 0):
        await asyncio.sleep(0)
