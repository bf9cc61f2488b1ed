"""`./launch secrets`: values of secrets go to Secret Manager here."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cli.doors import ports_of, require_running
from cli.options import Json, Stack, home_of
from cli.results import read_outputs
from cli.show import Show
from cli.vault import Vault
from engine import environment
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL, Home
from handlers.roles import EDGE_KEY

app = typer.Typer(help="Push values of secrets to Secret Manager, or list how they stand.", no_args_is_help=True)


@app.command(epilog="Example: ./launch secrets push stripe-api-key --stack prod < key.txt")
def push(
    name: Annotated[str, typer.Argument(help="The secret's id, as `./launch secrets list` shows it.")],
    stack: Stack = LOCAL,
) -> None:
    """Add a version with a value typed without echo, or read from stdin."""
    show, home = Show(), home_of(stack)
    known = read_outputs(home).secrets
    if name not in known:
        raise LaunchError(f"{name} is none of this stack's secrets.", cure=f"They are {', '.join(known)}.", code=USAGE)
    if name == EDGE_KEY:
        raise LaunchError(
            f"{name} is made by the program, which has the edge send it; a value of yours would close the API.",
            cure="To rotate it, raise cloudflare.edge_key in the stack's file by one and run ./launch up.",
            code=USAGE,
        )
    value = _value(name)
    vault_of(home).push(name, value.encode())
    show.note(f"✓ {name} has a new version. The services read it within minutes.")


@app.command("list", epilog="Example: ./launch secrets list --stack prod")
def list_(stack: Stack = LOCAL, json: Json = False) -> None:
    """Show how the secrets stand, without values. Exits 1 when one has no value."""
    show, home = Show(json), home_of(stack)
    vault, empty = vault_of(home), False
    for name in read_outputs(home).secrets:
        secret = vault.secret(name)
        since = secret.newest.isoformat(timespec="seconds") if secret.newest else None
        line = f"{name:24} {secret.enabled} enabled, newest {since}" if since else f"{name:24} has no value"
        show.result(line, "" if since else "red", secret=name, enabled=secret.enabled, newest=since)
        empty |= not since
    if empty:
        show.note("Give the others a value: ./launch secrets push NAME")
    raise typer.Exit(FAILED if empty else 0)


def vault_of(home: Home) -> Vault:
    """Return the stack's vault; raises LaunchError before the first `up`, and while the local cloud is down."""
    outputs = read_outputs(home)
    require_running(home)
    local = environment.of_clients(ports_of(home), outputs.project) if home.is_local else {}
    return Vault(outputs.project, {**os.environ, **local})


def _value(name: str) -> str:
    typed = typer.prompt(f"Value of {name}", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
    value: str = typed.strip()
    if not value:
        raise LaunchError("The value is empty.", cure="Type it, or pipe it in: … < file", code=USAGE)
    return value
