"""`./launch env`: what a shell needs to use plain `pulumi`, the client libraries and other tools on the local stack."""

from __future__ import annotations

import os
import shlex

import typer

from blueprint import spec
from cli.options import Json, Stack, home_of
from cli.reachability import ports_of, runs
from cli.terminal import Terminal
from engine import environment, locate
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL
from localcloud.base.supervisor import attach


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog='Example: eval "$(./launch env)" && pulumi preview --stack local')(env)


def env(stack: Stack = LOCAL, json: Json = False) -> None:
    """Print shell exports for the running local stack."""
    show, home = Terminal(json), home_of(stack)
    if not home.is_local:
        raise LaunchError(f"Stack {stack} is in the real clouds.", cure="Use your own credentials there.", code=USAGE)
    wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    ports, engine = ports_of(home), locate.find(os.environ)
    if not engine:
        raise LaunchError("The Pulumi engine is not there any more.", cure="Run ./launch up: it sets it up again.")
    values = {
        **environment.of_engine(home, engine, ports, os.environ.get("PATH", "")),
        **environment.of_loading(home, os.environ),
        **environment.of_weather(home),
        **environment.of_clients(ports, wanted.google.project),
        **environment.of_listeners(ports, wanted.domain, home.path),
        **attach.past_proxies(os.environ, wanted.domain),
    }
    if not runs(home):
        show.note("The local cloud is down. These addresses work again after ./launch up.")
    if json:
        show.result("", **values)
    else:
        for name, value in values.items():
            show.raw(f"export {name}={shlex.quote(value)}")
