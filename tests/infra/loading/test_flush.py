from __future__ import annotations

import asyncio

import pytest

from infra.loading.flush import ROUNDS, flush


async def _rounds_meanwhile() -> int:
    """How often another task had its turn while the program flushed."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await flush()
    task.cancel()
    return turns


@pytest.mark.parametrize(("asked", "rounds"), [("1", ROUNDS), ("0", 0), ("", 0)])
def test_the_program_pauses_for_the_engine_only_where_fast_loading_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: str, rounds: int
) -> None:
    monkeypatch.setenv("LAUNCH_FAST_LOADING", asked)
    with asyncio.Runner() as runner:
        assert runner.run(_rounds_meanwhile()) == rounds
