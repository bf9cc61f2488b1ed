"""`./launch env`: what a shell needs to use plain `pulumi` on a stack, and other tools on the local one."""

from __future__ import annotations

import os
import shlex

import typer

from blueprint import spec
from blueprint.spec import Spec
from cli.options import Json, Stack, home_of
from cli.reachability import ports_of, runs
from cli.terminal import Terminal
from engine import environment, locate, quota_project, state_backend
from engine.errors import LaunchError
from engine.home import LOCAL, Home
from engine.locate import Engine
from localcloud.base.supervisor import attach


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog='Example: eval "$(./launch env)" && pulumi preview --stack local')(env)


def env(stack: Stack = LOCAL, json: Json = False) -> None:
    """Print shell exports for plain pulumi and, on the running local stack, for client libraries."""
    show, home = Terminal(json), home_of(stack)
    wanted, engine = spec.load(home.project / f"Pulumi.{home.stack}.yaml"), locate.find(os.environ)
    if not engine:
        raise LaunchError("The Pulumi engine is not there any more.", cure="Run ./launch up: it sets it up again.")
    values = _of_rehearsal(home, engine, wanted, show) if home.is_local else _of_real_clouds(home, engine, wanted, show)
    if json:
        show.result("", **values)
    else:
        for name, value in values.items():
            show.raw(f"export {name}={shlex.quote(value)}")


def _of_real_clouds(home: Home, engine: Engine, wanted: Spec, show: Terminal) -> dict[str, str]:
    keeper = state_backend.of(wanted, home.stack)
    if keeper is None:
        show.note(f"Pulumi.{home.stack}.yaml names no place for the state: `pulumi login` decides where it is.")
    show.note("Log-ins are yours: gcloud auth application-default login, and CLOUDFLARE_API_TOKEN.")
    path = f"{engine.folder}:{os.environ.get('PATH', '')}"
    named = quota_project.of_engine(os.environ, wanted)
    counted = {name: value for name, value in named.items() if name == quota_project.VARIABLE}
    return {"PATH": path, **(keeper.environ if keeper else {}), **counted}


def _of_rehearsal(home: Home, engine: Engine, wanted: Spec, show: Terminal) -> dict[str, str]:
    ports = ports_of(home)
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
    return values
