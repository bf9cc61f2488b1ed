"""Threads in which doors may block."""

from __future__ import annotations

import asyncio
import threading

import pytest

from handlers.doors.threads import Threads


def test_as_many_run_at_once_as_there_may_be_threads_and_the_rest_waits():
    threads, open_, running, most = Threads(3), threading.Event(), [], []

    def door(number):
        running.append(number)
        most.append(len(running))
        open_.wait(10)
        running.remove(number)
        return number

    async def ask():
        answers = [threads.run(door, number) for number in range(5)]
        while len(running) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        open_.set()
        return await asyncio.gather(*answers)

    assert asyncio.run(ask()) == [0, 1, 2, 3, 4]
    assert max(most) == 3


def test_calls_one_after_the_other_take_one_thread():
    threads = Threads(40)

    async def ask():
        return {await threads.run(threading.get_ident) for _ in range(50)}

    seen = asyncio.run(ask())
    assert len(seen) == 1
    assert threading.get_ident() not in seen


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_what_is_raised_comes_to_the_caller_and_the_thread_goes_on(error):
    threads = Threads(1)

    def broken():
        raise error

    async def ask():
        caught = (await asyncio.gather(threads.run(broken), return_exceptions=True))[0]
        return caught, await threads.run(int, "7")

    assert asyncio.run(ask()) == (error, 7)


def test_a_caller_that_has_gone_harms_nobody():
    threads, open_ = Threads(1), threading.Event()

    async def leave():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        gone = threads.run(open_.wait, 10)
        gone.cancel()
        open_.set()
        return await threads.run(int, "7")

    problems = []
    assert asyncio.run(leave()) == 7
    assert not problems


def test_an_answer_after_the_end_of_the_loop_harms_nobody():
    threads, open_ = Threads(1), threading.Event()

    async def begin():
        threads.run(open_.wait, 10)

    async def ask():
        return await threads.run(int, "7")

    asyncio.run(begin())
    open_.set()
    assert asyncio.run(ask()) == 7
