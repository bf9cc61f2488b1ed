"""Locks on documents: one owner each, in turn, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.firestore.locks import Locks
from localcloud.firestore.paths import Location
from localcloud.rpc import Refused

A, B = (Location("projects/p/databases/(default)", ("c", id_)) for id_ in "ab")


def test_those_who_wait_get_the_lock_in_the_order_they_came():
    async def run() -> list[str]:
        locks, order = Locks(), []
        await locks.acquire("first", [A])

        async def wait(owner: str) -> None:
            await locks.acquire(owner, [A])
            order.append(owner)
            locks.release(owner)

        waiting = [asyncio.create_task(wait(f"w{n}")) for n in range(5)]
        await asyncio.sleep(0)
        locks.release("first")
        await asyncio.gather(*waiting)
        return order

    assert asyncio.run(run()) == [f"w{n}" for n in range(5)]


def test_an_owner_may_lock_again_what_it_holds():
    async def run() -> None:
        locks = Locks(patience=0.05)
        await locks.acquire("one", [A])
        await locks.acquire("one", [A, B])
        with pytest.raises(Refused, match="Too much contention"):
            await locks.acquire("two", [B])
        locks.release("one")
        await locks.acquire("two", [A, B])

    asyncio.run(run())


def test_two_owners_that_wait_for_each_other_end():
    async def cross(locks: Locks, owner: str, first: Location, second: Location) -> str:
        await locks.acquire(owner, [first])
        await asyncio.sleep(0.01)
        try:
            await locks.acquire(owner, [second])
        except Refused:
            return "aborted"
        finally:
            locks.release(owner)
        return "locked"

    async def run() -> list[str]:
        locks = Locks(patience=0.1)
        return await asyncio.gather(cross(locks, "one", A, B), cross(locks, "two", B, A))

    assert "aborted" in asyncio.run(run())


def test_whoever_gives_up_waiting_is_passed_over():
    async def run() -> None:
        locks = Locks(patience=5)
        await locks.acquire("one", [A])
        gone, stays = (asyncio.create_task(locks.acquire(owner, [A])) for owner in ("gone", "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        locks.release("one")
        await asyncio.wait_for(stays, 1)
        assert gone.cancelled()

    asyncio.run(run())
