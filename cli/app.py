"""All commands of `./launch`, in the order in which `--help` lists them; one that is named loads only its module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

import typer

from cli.exit_codes import FailureHandlingGroup

HELP = """Rehearse a launch on this machine, then run the same program in production.

Exit codes: 0 all good, 1 a finding failed, 2 wrong usage or bad input, 3 something could not be checked or reached.
"""

# command → module of this package, whose `register` adds it
COMMANDS: Mapping[str, str] = {
    "up": "up",
    "preview": "preview",
    "down": "down",
    "rollback": "rollback",
    "destroy": "destroy",
    "status": "status",
    "logs": "logs",
    "open": "open",
    "env": "env",
    "verify": "verify",
    "accept": "accept",
    "doctor": "doctor",
    "init": "init",
    "reconcile": "reconcile",
    "triage": "triage",
    "review": "review",
    "test": "test_suite",
}
# command that has subcommands → the module whose `app` holds them
GROUPS: Mapping[str, str] = {
    "checklist": "checklist",
    "monitors": "monitors",
    "prove": "prove",
    "events": "events",
    "rules": "rules",
    "secrets": "secrets",
    "tickets": "tickets",
    "users": "users",
    "stripe": "stripe_command",
}


def create(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application for a command line: with the one command that it names, else with all of them."""
    app = typer.Typer(
        cls=FailureHandlingGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback(help=HELP)(_nothing)  # with a callback, one command alone still has to be named
    named = next((word for word in arguments if not word.startswith("-")), "")
    for name, module in COMMANDS.items():
        if _is_wanted(name, named):
            import_module(f"cli.{module}").register(app)
    for name, module in GROUPS.items():
        if _is_wanted(name, named):
            app.add_typer(import_module(f"cli.{module}").app, name=name)
    return app


def _is_wanted(name: str, named: str) -> bool:
    return name == named or named not in {**COMMANDS, **GROUPS}


def _nothing() -> None:
    """Stand before every command and do nothing."""
