"""The server as the process that the engine supervises."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import pytest

from localcloud.base import ports
from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World

ROOT = Path(__file__).parents[3]


@contextmanager
def process(home: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "localcloud.dns", "--home", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            wait_until_ready(ports.load(home)["dns"])
            yield started
        finally:
            started.kill()


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)


def serial(port: int) -> int:
    answer = dns.query.udp(dns.message.make_query("acme.test", "SOA"), LOOPBACK, timeout=5, port=port)
    return int(answer.answer[0][0].serial)


def test_it_ends_within_two_seconds_of_sigterm_though_a_client_hangs_on(acme: World, home: Path) -> None:
    with process(home) as running, socket.create_connection((LOOPBACK, ports.load(home)["dns"])):
        running.terminate()
        assert running.wait(timeout=2) == 0
        assert running.stdout is not None
        assert "authoritative DNS at 127.0.0.1" in running.stdout.read()


def test_the_serial_survives_being_killed(signed: World, home: Path, add: Callable[..., str]) -> None:
    port = ports.load(home)["dns"]
    with process(home):
        before = serial(port)
    with process(home):
        assert serial(port) == before
        add(name="new.acme.test", type="A", content="203.0.113.4")
        assert serial(port) > before


def test_a_home_without_ports_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localcloud.dns", "--home", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode != 0
    assert "ports.json" in done.stderr


@pytest.mark.parametrize("count", [300])
def test_answers_stay_quick_while_the_world_is_written_to(signed: World, home: Path, count: int) -> None:
    port = ports.load(home)["dns"]
    with process(home):
        started = time.monotonic()
        for number in range(count):
            signed.record("log", "somebody", message=str(number))
            assert serial(port)
        assert (time.monotonic() - started) / count < 0.02  # seconds a query
