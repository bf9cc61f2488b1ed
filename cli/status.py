"""`./launch status`: what runs, where it listens, and what the last run found."""

from __future__ import annotations

from collections import Counter

import typer

from blueprint.finding import verdict
from cli.options import Json, Stack, home_of
from cli.results import last_checked, read_findings, read_outputs
from cli.terminal import Terminal
from engine import servers
from engine.errors import UNREACHABLE
from engine.home import LOCAL, Home


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch status --json")(status)


def status(stack: Stack = LOCAL, json: Json = False) -> None:
    """Show what runs, where it listens, and what the last run found. Exits 3 when something is down."""
    show, home = Terminal(json), home_of(stack)
    all_up = _servers(home, show) if home.is_local else True
    found = read_findings(home)
    counts = Counter(str(finding.status) for finding in found)
    if found and home.outputs.exists():
        summary = ", ".join(f"{count} {name}" for name, count in counts.items())
        when = f", {checked:%F %H:%M}" if (checked := last_checked(home)) else ""
        show.result(f"Last run: {verdict(found)} ({summary}){when}", verdict=verdict(found), findings=dict(counts))
        show.note(f"The handover: {home.path / 'HANDOVER.html'}")
    elif found:
        words = f"Nothing is provisioned any more: ./launch up{home.flag} creates it again"
        show.result(words, verdict="unknown", findings={})
    elif home.is_local:
        show.result("Nothing has been checked yet: ./launch up", verdict="unknown", findings={})
    else:
        _from_elsewhere(home, show)
    if not all_up:
        show.note("Run ./launch up: it starts what is down and continues where it was.")
    raise typer.Exit(0 if all_up else UNREACHABLE)


def _from_elsewhere(home: Home, show: Terminal) -> None:
    """Tell of a stack in the real clouds that this machine knows by its state alone, as in a clean clone."""
    up = read_outputs(home)
    words = f"Up: https://{up.domain}, with the API at https://{up.api_host}. Never verified from this machine"
    show.result(f"{words}: ./launch verify{home.flag}", verdict="unknown", findings={})


def _servers(home: Home, show: Terminal) -> bool:
    states = servers.states(home)
    for server in states:
        listening = "  ".join(f"{name} {address}" for name, address in server.addresses.items())
        state = f"up (process {server.pid})" if server.pid else "down"
        line = f"{server.name:10} {state:20} {listening}"
        style = "" if server.pid else "red"
        show.result(line, style, server=server.name, pid=server.pid, addresses=dict(server.addresses))
    return all(server.pid for server in states)
