"""All commands of `./launch`, in the order in which `--help` lists them."""

from __future__ import annotations

import typer

from cli import (
    accept,
    checklist,
    destroy,
    doctor,
    down,
    env,
    init,
    logs,
    preview,
    prove,
    secrets,
    status,
    stripe_command,
    suite,
    tickets,
    up,
    verify,
)
from cli.guard import Guarded

HELP = """Rehearse a launch on this machine, then run the same program in production.

Exit codes: 0 all good, 1 a finding failed, 2 wrong usage or bad input, 3 could not check or reach something.
"""

app = typer.Typer(cls=Guarded, help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for module in (up, preview, down, destroy, status, logs, env, verify, accept, doctor, init, suite):
    module.register(app)
app.add_typer(checklist.app, name="checklist")
app.add_typer(prove.app, name="prove")
app.add_typer(secrets.app, name="secrets")
app.add_typer(tickets.app, name="tickets")
app.add_typer(stripe_command.app, name="stripe")
