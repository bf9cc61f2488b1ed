"""The server as a process: it starts, is killed, ends, and waits for others who write to the world."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest
from google.api_core import exceptions

from localcloud.base import ports, process
from localcloud.firestore.server import serve


def count_up(col, acknowledged):
    for n in range(100_000):
        col.document(str(n)).create({"n": n}, retry=None, timeout=2)
        acknowledged.append(n)


def test_what_was_acknowledged_survives_a_kill(stage):
    acknowledged: list[int] = []
    with stage.process() as server:
        col = stage.client().collection("c")
        killer = threading.Timer(0.3, server.end, [signal.SIGKILL])
        killer.start()
        with pytest.raises(exceptions.GoogleAPICallError):
            count_up(col, acknowledged)
        killer.join()
        server.wait(timeout=2)
    with stage.process():
        found = {snapshot.get("n") for snapshot in col.stream()}
        assert len(acknowledged) > 10
        assert found >= set(acknowledged)
        assert len(found) <= len(acknowledged) + 1
        first = col.document("0").get()
        assert col.document("0").set({"n": 0, "later": True}).update_time > first.update_time


def test_commit_times_grow_over_a_restart_even_when_the_clock_is_set_back(stage):
    with process.on_thread(serve(stage.home)):
        stage.client().document("c/d").set({"n": 1})
    tomorrow = int((time.time() + 86_400) * 1_000_000)
    stage.world.connection.execute("UPDATE firestore_history SET until = ?", (tomorrow,))
    with process.on_thread(serve(stage.home)):
        written = stage.client().document("c/d").set({"n": 2})
    assert written.update_time.timestamp() > tomorrow / 1_000_000 - 0.001


def test_it_ends_within_two_seconds_although_clients_listen(stage):
    with stage.process() as server:
        client = stage.client()
        target = {"target_id": 1, "documents": {"documents": [client.document("c/d")._document_path]}}
        request = {"database": client._database_string, "add_target": target}
        never = threading.Event()
        told = client._firestore_api.listen(requests(request, never), metadata=client._rpc_metadata)
        assert next(iter(told)).target_change.target_change_type.name == "ADD"
        start = time.monotonic()
        server.end(signal.SIGTERM)
        # Not CANCELLED: that would end a listener for good.
        with pytest.raises(exceptions.ServiceUnavailable, match="The server is shutting down"):
            list(told)
        assert server.wait(timeout=5) == 0
        assert time.monotonic() - start < 2
        never.set()


def requests(first, end):
    """Send one request and keep the stream open."""
    yield first
    end.wait(20)


def test_the_module_is_the_server_process(stage):
    command = [sys.executable, "-m", "localcloud.firestore", "--home", str(stage.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert stage.ports.address("firestore_api").encode() in server.stdout.readline()
        stage.client().document("c/d").set({"n": 1})
        server.terminate()
        assert server.wait(timeout=2) == 0


def test_a_transaction_does_not_survive_the_server(stage):
    with process.on_thread(serve(stage.home)):
        transaction = stage.client().transaction()
        transaction._begin()
    with process.on_thread(serve(stage.home)), pytest.raises(exceptions.InvalidArgument, match="has expired"):
        transaction._commit()


def test_writes_wait_for_another_process_while_reads_go_on(served, col):
    col.document("d").set({"n": 1})
    other = served.world.connection
    other.execute("BEGIN IMMEDIATE")
    waiting = threading.Thread(target=col.document("d").set, args=({"n": 2},))
    waiting.start()
    time.sleep(0.2)
    assert col.document("d").get(timeout=2, retry=None).get("n") == 1
    assert waiting.is_alive()
    other.execute("COMMIT")
    waiting.join(timeout=5)
    assert col.document("d").get().get("n") == 2


def test_a_port_that_is_taken_is_an_error(served):
    with pytest.raises(OSError, match=str(ports.load(served.home)["firestore"])), process.on_thread(serve(served.home)):
        pytest.fail("it listens where another server does")
