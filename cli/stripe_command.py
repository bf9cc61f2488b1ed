"""`./launch stripe`: what has to fit between Stripe and the stack."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from blueprint import spec
from cli import stripe_webhooks, workflow
from cli.options import Json, Stack, home_of
from cli.piped import piped
from cli.reachability import ports_of
from cli.results import read_outputs
from cli.secrets import secret_manager_of
from cli.terminal import Terminal
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL
from handlers.billing.stripe_mode import of_key

app = typer.Typer(help="Have Stripe deliver its events to the stack.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `connect` a subcommand, although it is the only one."""


@app.command(epilog="Example: ./launch stripe connect --stack prod")
def connect(
    remove_other: Annotated[
        bool, typer.Option("--remove-other", help="Remove the endpoint of the other mode; its key is read from stdin.")
    ] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Register the webhook endpoint at Stripe and store its signing secret; safe to run again."""
    show, home = Terminal(json), home_of(stack)
    base = f"http://{ports_of(home).address('stripe')}" if home.is_local else None
    outputs, mode = read_outputs(home), spec.load(home.project / f"Pulumi.{home.stack}.yaml").payments.mode
    if remove_other:
        _remove_other(show, stripe_webhooks.url_of(outputs), mode, base)
        return
    made = stripe_webhooks.connect(outputs, secret_manager_of(home), lambda: workflow.of(home).acceptor, mode, base)
    show.result(
        f"✓ {made.url} {_what_was_done(made)} ({made.id})",
        "green",
        endpoint=made.id,
        url=made.url,
        new=bool(made.secret),
        enabled=made.was_off,
    )
    show.note(stripe_webhooks.about_other(made.url, mode, home.flag))


def _what_was_done(made: stripe_webhooks.Endpoint) -> str:
    if made.secret:
        return "is registered, and its signing secret is stored"
    if made.was_off:
        return "was disabled at Stripe and delivers again; the next hourly sweep takes in what was missed"
    return "was registered already, and fits"


def _remove_other(show: Terminal, url: str, mode: str, base: str | None) -> None:
    wrong = stripe_webhooks.other(mode)
    asked = f"API key of Stripe's {wrong} mode"
    key = str(typer.prompt(asked, hide_input=True) if sys.stdin.isatty() else piped(asked)).strip()
    if of_key(key) != wrong:
        raise LaunchError(
            f"This is not a key of {wrong} mode.", cure=f"One begins with sk_{wrong}_ or rk_{wrong}_.", code=USAGE
        )
    gone = stripe_webhooks.remove_other(url, key, base)
    words = f"removed {', '.join(gone)}" if gone else "there is none"
    show.result(f"✓ Endpoints of {wrong} mode for {url}: {words}", "green", removed=list(gone), url=url)
