"""Where each part of the local cloud listens: loopback ports, chosen free once and kept across restarts."""

from __future__ import annotations

import errno
import json
import os
import random
import socket
from collections.abc import Container, Iterable
from itertools import chain
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOOPBACK6 = "::1"
# Below what Linux (32768) and macOS (49152) give to outgoing connections: one of those would take a server's port
# between its choice and its start, or while the server is down.
CHOICE = "20000-32767"
VARIABLE = "LAUNCH_PORTS"  # FIRST-LAST: another choice, where that one is not free to use or has to be shared

# server process → the ports it listens on
SERVERS: dict[str, tuple[str, ...]] = {
    "providers": ("gcp", "cloudflare"),
    "firestore": ("firestore", "firestore_api"),
    "control": ("secretmanager", "secretmanager_api", "tasks", "tasks_api", "build", "build_api", "google"),
    "saas": ("stripe", "crm", "helpdesk", "mailer", "smtp", "site", "imap"),
    "internet": ("proxy",),
    "run": ("run", "metadata", "gateway"),
    "dns": ("dns", "dns2", "registry", "former", "resolver"),
    "edge": ("http", "https"),
}


class Ports(dict[str, int]):
    """Port numbers by name (see SERVERS)."""

    def address(self, name: str) -> str:
        """Return `HOST:PORT` of the port of that name."""
        return f"{LOOPBACK}:{self[name]}"

    def of(self, server: str) -> tuple[int, ...]:
        """Return the port numbers that a server process listens on."""
        return tuple(self[name] for name in SERVERS[server])


def load(home: Path) -> Ports:
    """Read the ports of the local cloud whose files lie in `home`; raises FileNotFoundError before `allocate`."""
    return Ports(json.loads((home / "ports.json").read_text()))


def allocate(home: Path, running: Iterable[str] = ()) -> Ports:
    """Keep every port that is still free or belongs to a `running` server, choose the others, and write them down."""
    known = load(home) if (home / "ports.json").exists() else Ports()
    kept = {name for server in running for name in SERVERS[server]}
    ports = Ports()
    for name in (name for names in SERVERS.values() for name in names):
        keep = name in known and (name in kept or _is_free(known[name]))
        ports[name] = known[name] if keep else free_port(taken={*known.values(), *ports.values()})
    _write(home / "ports.json", json.dumps(ports, indent=1))
    return ports


def free_port(taken: Container[int] = ()) -> int:
    """Return a loopback port, none of those `taken`, that nobody listens on at the moment.

    Raises OSError when there is none among those that may be chosen.
    """
    choice = choices(os.environ.get(VARIABLE, CHOICE))
    start = random.randrange(len(choice))  # noqa: S311 - two that choose at the same time shall seldom choose the same
    for port in chain(choice[start:], choice[:start]):
        if port not in taken and _is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, f"no port from {choice[0]} to {choice[-1]} is free ({VARIABLE} chooses others)")


def choices(text: str) -> range:
    """Return the ports that `FIRST-LAST` names; raises ValueError, with what is wrong, when it names none."""
    first, dash, last = text.partition("-")
    if dash and first.isdigit() and last.isdigit() and 1024 <= int(first) <= int(last) <= 65_535:
        return range(int(first), int(last) + 1)
    raise ValueError(f"{VARIABLE} must be FIRST-LAST, two ports from 1024 to 65535, such as {CHOICE}; it is {text!r}")


def has_ipv6() -> bool:
    """Return whether this machine has an IPv6 loopback address; many containers have none."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK6, 0))
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)
