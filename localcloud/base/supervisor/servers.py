"""Supervises the servers of the local cloud: starts what is missing, restarts what was edited, ends all of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from localcloud.base import ports as listening
from localcloud.base.ports import LOOPBACK, SERVERS, Ports
from localcloud.base.supervisor import processes, starting
from localcloud.base.supervisor.errors import ServerEndedError, StartError
from localcloud.base.supervisor.home import Home
from localcloud.base.supervisor.orphan_processes import strays
from localcloud.base.supervisor.server_code import ServerCode

START_TIMEOUT = 120.0  # seconds until all ports of all servers accept connections
POLL = 0.05  # seconds between two looks
TAIL = 15  # lines of a dead server's log that are shown

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ServerState:
    """One server as `status` shows it: its process id (None when it is down) and the addresses it listens on."""

    name: str
    pid: int | None
    addresses: Mapping[str, str]


def ensure(home: Home, environ: Mapping[str, str], tell: Tell, code: ServerCode) -> Ports:
    """Have every server of the local cloud running with the present `code`, and return where they listen.

    Raises StartError, with the end of its log, when a server does not come up.
    """
    up = alive(home)
    current = {name for name in up if _code(home, name) == code.fingerprint}
    processes.end(up[name] for name in up if name not in current)
    before = _known_ports(home)
    ports = listening.allocate(home.path, current)
    if current and ports != before:  # the others were told ports that are taken now
        processes.end(up[name] for name in current)
        current = set()
    missing = [name for name in SERVERS if name not in current]
    if missing:
        tell(f"Starting {', '.join(missing)}")
    starting.start(home, missing, environ, code)
    try:
        _await(home, ports, SERVERS)
    except ServerEndedError as ended:
        if ended.name in missing:
            raise
        return ensure(home, environ, tell, code)  # it was about to end when we took it for a running one
    return ports


def down(home: Home) -> list[str]:
    """End every process of this stack and return the names of the servers that were running."""
    up = alive(home)
    processes.end(up.values())
    processes.end(strays(home))
    for name in SERVERS:
        processes.forget(home, name)
    return list(up)


def alive(home: Home) -> dict[str, psutil.Process]:
    """Return the servers that run, whatever code they run."""
    found = {name: processes.running(processes.recorded(home, name)) for name in SERVERS}
    return {name: process for name, process in found.items() if process}


def states(home: Home) -> list[ServerState]:
    """Return how each server is doing."""
    ports, up = _known_ports(home), alive(home)
    return [
        ServerState(
            name,
            up[name].pid if name in up else None,
            {port: ports.address(port) for port in SERVERS[name] if port in ports},
        )
        for name in SERVERS
    ]


def tail(log: Path, lines: int = TAIL) -> str:
    """Return the last lines of a log file, or a sentence when it is empty or missing."""
    text = log.read_text(errors="replace").strip() if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:]) or "(it logged nothing)"


def _code(home: Home, name: str) -> str:
    record = processes.recorded(home, name)
    return record.code if record else ""


def _known_ports(home: Home) -> Ports:
    try:
        return listening.load(home.path)
    except FileNotFoundError:
        return Ports()


def _await(home: Home, ports: Ports, names: Iterable[str]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    silent = {(name, port) for name in names for port in ports.of(name)}
    while silent:
        silent = {(name, port) for name, port in silent if not _accepts(port)}
        for name in sorted({name for name, _ in silent}):
            _require_running(home, name)
        if silent and time.monotonic() > deadline:
            name, port = min(silent)
            why = f"it does not listen on port {port} after {START_TIMEOUT:.0f} seconds"
            raise StartError(_not_up(name, why), _last_words(home, name))
        time.sleep(POLL if silent else 0)
    for name in names:
        _require_running(home, name)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _require_running(home: Home, name: str) -> None:
    if processes.running(processes.recorded(home, name)) is None:
        raise ServerEndedError(name, _not_up(name, "it ended right after its start"), _last_words(home, name))


def _not_up(name: str, why: str) -> str:
    return f"The local {name} server did not come up: {why}."


def _last_words(home: Home, name: str) -> str:
    log = home.logs / f"{name}.log"
    return f"The end of {log}:\n{tail(log)}"
