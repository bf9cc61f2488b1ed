import asyncio
import shutil
import sqlite3

from localcloud.base.world import Resource, World
from localcloud.firestore import checkpoints


def in_the_file(world, copy):
    """How many resources the world's file has without the log beside it."""
    shutil.copy(world.path, copy)
    with sqlite3.connect(copy) as connection:
        (count,) = connection.execute("SELECT count(*) FROM resources").fetchone()
    connection.close()
    return count


async def kept_until(world, is_done):
    work = asyncio.create_task(checkpoints.keep(world, pause=0.001))
    async with asyncio.timeout(20):
        await asyncio.sleep(0)
        world.put(Resource("t", "two", "urn"))
        while not is_done():
            await asyncio.sleep(0.01)
    work.cancel()


def test_what_was_committed_reaches_the_file_beside_the_event_loop(tmp_path):
    world = World(tmp_path / "world.db")
    world.put(Resource("t", "one", "urn"))
    world.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert in_the_file(world, tmp_path / "copy.db") == 1
    asyncio.run(kept_until(world, lambda: in_the_file(world, tmp_path / "copy.db") == 2))
    world.close()
