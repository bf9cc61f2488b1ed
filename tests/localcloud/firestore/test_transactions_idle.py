"""Transactions that nobody finishes."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.firestore.locks import Locks
from localcloud.firestore.messages import TransactionOptions
from localcloud.firestore.moments import Moments
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Store
from localcloud.firestore.times import Clock
from localcloud.firestore.transactions import Transactions
from localcloud.rpc import Refused

DATABASE = "projects/p/databases/(default)"
PLACE = Location(DATABASE, ("c", "d"))


def play(stage, story, **lifetimes):
    async def run() -> None:
        locks = Locks(patience=1)
        store = Store(stage.world)
        transactions = Transactions(store, locks, Moments(stage.world, store, Clock(0)), **lifetimes)
        await story(transactions, locks)
        transactions.close()

    asyncio.run(run())


def test_an_idle_transaction_expires_and_frees_its_locks(stage):
    async def story(transactions, locks):
        begun = transactions.begin(DATABASE, TransactionOptions())
        await transactions.lock(begun, [PLACE])
        await locks.acquire("other", [PLACE])
        with pytest.raises(Refused, match="has expired"):
            transactions.find(begun.id, DATABASE)

    play(stage, story, idle=0.05)


def test_activity_keeps_a_transaction_only_for_its_life(stage):
    async def story(transactions, _locks):
        begun = transactions.begin(DATABASE, TransactionOptions())
        for _ in range(5):
            await asyncio.sleep(0.02)
            transactions.find(begun.id, DATABASE)
        await asyncio.sleep(0.15)
        with pytest.raises(Refused, match="has expired"):
            transactions.find(begun.id, DATABASE)

    play(stage, story, idle=0.08, life=0.2)


def test_locks_that_arrive_after_the_end_are_given_back(stage):
    async def story(transactions, locks):
        await locks.acquire("other", [PLACE])
        begun = transactions.begin(DATABASE, TransactionOptions())
        waiting = asyncio.create_task(transactions.lock(begun, [PLACE]))
        await asyncio.sleep(0)
        transactions.end(begun)
        locks.release("other")
        with pytest.raises(Refused, match="has expired"):
            await waiting
        await locks.acquire("third", [PLACE])

    play(stage, story)


def test_a_transaction_is_committed_by_one_and_stays_in_its_database(stage):
    async def story(transactions, _locks):
        begun = transactions.begin(DATABASE, TransactionOptions())
        with pytest.raises(Refused, match="another database"):
            transactions.find(begun.id, "projects/p/databases/x")
        transactions.claim(begun.id, DATABASE)
        with pytest.raises(Refused, match="has expired"):
            transactions.claim(begun.id, DATABASE)

    play(stage, story)


def test_optimistic_transactions_are_refused_in_a_sentence(stage):
    async def story(transactions, _locks):
        options = TransactionOptions()
        options.read_write.concurrency_mode = TransactionOptions.OPTIMISTIC
        with pytest.raises(Refused, match="The rehearsal's Firestore does not do this"):
            transactions.begin(DATABASE, options)

    play(stage, story)
