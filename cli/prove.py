"""`./launch prove`: the long proofs on the running rehearsal, each ending in one line with its verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.options import Json, home_of
from cli.prepared_stack import at_work
from cli.reachability import require_running
from cli.results import read_outputs, write
from cli.terminal import Terminal
from engine.errors import FAILED
from engine.home import LOCAL, Home

app = typer.Typer(
    help="Kill services, take vendors down or send heavy traffic, and count what was lost or doubled.",
    no_args_is_help=True,
)


@app.command(epilog="Example: ./launch prove crash --kills 30")
def crash(
    kills: Annotated[int, typer.Option(min=1, help="How often a service process is killed.")] = 300, json: Json = False
) -> None:
    """Kill services at named points under load: nothing may be lost or doubled."""
    from flows.proofs import crash as proof  # takes half a second, which every other command would pay

    _prove("crash", json, lambda rehearsed, tell: proof.prove(rehearsed, kills, tell))


@app.command(epilog="Example: ./launch prove faults --runs 10")
def faults(
    runs: Annotated[int, typer.Option(min=1, help="How many users act while each fault is on.")] = 100,
    kind: Annotated[str, typer.Option(help="Only faults of this kind, such as late.", show_default="all")] = "",
    json: Json = False,
) -> None:
    """Make every stand-in fail in every way while users act; after recovery each thing has happened exactly once."""
    from flows.proofs import faults as proof

    cells = [cell for cell in proof.CELLS if kind in ("", cell[1])]
    if not cells:
        raise typer.BadParameter(f"it is one of {', '.join(proof.KINDS)}", param_hint="--kind")
    _prove("faults", json, lambda rehearsed, tell: proof.prove(rehearsed, runs, tell, cells))


@app.command(epilog="Example: ./launch prove load --minutes 1")
def load(
    minutes: Annotated[float, typer.Option(min=0.1, max=60, help="For how long.")] = 10,
    rate: Annotated[float, typer.Option(min=1, max=200, help="Requests a second.")] = 50,
    json: Json = False,
) -> None:
    """Send webhooks and intents at an even rate, three in ten repeated: fast enough, nothing lost, nothing twice."""
    from flows.proofs import load as proof

    _prove("load", json, lambda rehearsed, tell: proof.prove(rehearsed, minutes, rate, tell))


def _prove(name: str, json: bool, proof: Callable[[Any, Callable[[str], None]], Any]) -> None:
    show, home = Terminal(json), home_of(LOCAL)
    read_outputs(home)
    require_running(home)
    with _rehearsal(home, name) as rehearsed, show.step(f"Proof: {name}"):
        result = proof(rehearsed, show.tell)
    record = _record(home, name, str(result), result.is_well)
    show.result(
        str(result),
        "green" if result.is_well else "bold red",
        proof=name,
        well=result.is_well,
        verdict=str(result),
        record=record,
    )
    raise typer.Exit(0 if result.is_well else FAILED)


@contextmanager
def _rehearsal(home: Home, name: str) -> Iterator[Any]:
    from flows.proofs import rehearsed

    with at_work(home, f"prove {name}"), rehearsed.opened(home.path) as found:
        yield found


def _record(home: Home, name: str, verdict: str, is_well: bool) -> str:
    now = datetime.now(UTC)
    path = home.evidence / f"{name}-{now:%Y%m%dT%H%M%SZ}.json"
    write(path, json.dumps({"proof": name, "at": now.isoformat(), "well": is_well, "verdict": verdict}))
    return str(path)
