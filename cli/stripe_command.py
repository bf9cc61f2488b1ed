"""`./launch stripe`: what has to fit between Stripe and the stack."""

from __future__ import annotations

import typer

from cli import stripe_webhooks
from cli.options import Json, Stack, home_of
from cli.reachability import ports_of
from cli.results import read_outputs
from cli.secrets import secret_manager_of
from cli.terminal import Terminal
from engine.home import LOCAL

app = typer.Typer(help="Have Stripe deliver its events to the stack.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `connect` a subcommand, although it is the only one."""


@app.command(epilog="Example: ./launch stripe connect --stack prod")
def connect(stack: Stack = LOCAL, json: Json = False) -> None:
    """Register the webhook endpoint at Stripe and store its signing secret; safe to run again."""
    show, home = Terminal(json), home_of(stack)
    base = f"http://{ports_of(home).address('stripe')}" if home.is_local else None
    made = stripe_webhooks.connect(read_outputs(home), secret_manager_of(home), base)
    what = "is registered, and its signing secret is stored" if made.secret else "was registered already, and fits"
    show.result(f"✓ {made.url} {what} ({made.id})", "green", endpoint=made.id, url=made.url, new=bool(made.secret))
