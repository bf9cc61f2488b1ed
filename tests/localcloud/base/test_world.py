import threading
from concurrent.futures import ThreadPoolExecutor

from localcloud.base.world import World

SERVERS = 8
ROUNDS = 40  # without patience, more than one in twenty went wrong


def test_servers_that_begin_at_once_all_find_the_new_world(tmp_path):
    barrier = threading.Barrier(SERVERS)

    def begin(number):
        barrier.wait()
        world = World(tmp_path / str(number) / "world.db")
        version = world.version
        world.close()
        return version

    with ThreadPoolExecutor(SERVERS) as pool:
        for number in range(ROUNDS):
            assert len(set(pool.map(begin, [number] * SERVERS))) == 1
