"""`./launch rollback`: send requests to the revisions that served before the last change, in seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from blueprint import spec
from cli import cloud_run, former_revisions
from cli.cloud_run import CloudRun
from cli.former_revisions import Revision, RunningService
from cli.options import Json, Stack, home_of
from cli.prepared_stack import at_work
from cli.reachability import ports_of, require_running
from cli.terminal import Terminal
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL, Home

KEPT = "Not taken back: data, security rules, secrets, DNS, the edge, queues and schedules."
SHOWN = 5  # revisions that a refusal names


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch rollback --stack prod --yes")(rollback)


def rollback(
    stack: Stack = LOCAL,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before moving requests of the real clouds.")] = False,
    to: Annotated[
        str, typer.Option("--to", metavar="REVISION", help="Go to the image of this revision, for all services.")
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Send requests to the newest revisions again.")] = False,
) -> None:
    """Send all requests to the revisions that served before the last change. Takes seconds, and nothing is built.

    Running it twice changes nothing more. Then revert the change in the program, and run up --refresh.
    """
    show, home = Terminal(json), home_of(stack)
    if to and undo:
        raise LaunchError("--to and --undo contradict each other.", cure="Leave one of them out.", code=USAGE)
    wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    require_running(home)
    with at_work(home, "rollback"):
        api = cloud_run.of(home, wanted, ports_of(home), os.environ, f"./launch rollback{home.flag}")
        with show.step("Revisions"):
            services = api.services()
        targets = _newest(services) if undo else _chosen(services, to, home)
        moves = _moves(services, targets, undo=undo)
        _tell_plan(services, targets, moves, show)
        if moves:
            _agree(home, show, yes=yes)
            _move(api, moves, show)
    _tell_what_follows(home, show, undo=undo)


def _chosen(services: Sequence[RunningService], to: str, home: Home) -> Mapping[str, Revision]:
    """Return the revision that each service goes to; raises LaunchError when there is none to go to."""
    if not services:
        raise LaunchError(
            f"Stack {home.stack} has no services, so there is nothing to roll back.",
            cure=f"Make them: ./launch up{home.flag}",
            code=USAGE,
        )
    if to:
        return former_revisions.with_image(services, _image_of(services, to))
    found = former_revisions.former(services)
    if not found:
        raise LaunchError(
            "No service has a former revision: the one that serves is the only one that ever became ready.",
            "A rollback sends requests to a revision that served before; after the first launch there is none.",
            f"Correct the program and run ./launch up{home.flag}.",
            USAGE,
        )
    return found


def _newest(services: Sequence[RunningService]) -> Mapping[str, Revision]:
    return {service.name: service.newest for service in services if service.revisions}


def _image_of(services: Sequence[RunningService], name: str) -> str:
    known = [revision for service in services for revision in service.revisions]
    for revision in known:
        if revision.name == name:
            return revision.image
    recent = sorted(known, key=lambda revision: revision.created, reverse=True)[:SHOWN]
    cure = f"The newest ones are {', '.join(revision.name for revision in recent)}." if recent else ""
    raise LaunchError(f"No service has a revision {name} that became ready.", cure=cure, code=USAGE)


def _moves(
    services: Sequence[RunningService], targets: Mapping[str, Revision], *, undo: bool
) -> list[tuple[RunningService, str]]:
    """Return the services whose requests have to be moved, each with the revision's name, empty for the newest."""
    if undo:
        return [(service, "") for service in services if service.serving]
    wanted = [(service, targets[service.name]) for service in services if service.name in targets]
    return [(service, revision.name) for service, revision in wanted if not _is_there(service, revision)]


def _is_there(service: RunningService, revision: Revision) -> bool:
    return service.is_at(revision) or (not service.serving and service.newest == revision)


def _tell_plan(
    services: Sequence[RunningService],
    targets: Mapping[str, Revision],
    moves: Sequence[tuple[RunningService, str]],
    show: Terminal,
) -> None:
    moving = {service.name for service, _ in moves}
    for service in services:
        target = targets.get(service.name)
        if target is None:
            line, op = f"  {service.name}: stays at {_now(service)}, the last change left it alone", "stays"
        elif service.name not in moving:
            line, op = f"✓ {service.name}: requests go to {target.name} already", "already"
        else:
            line, op = f"~ {service.name}: {_now(service)} → {target.name}, made {target.created:%F %H:%M} UTC", "moves"
        show.result(line, service=service.name, op=op, revision=target.name if target else None)


def _now(service: RunningService) -> str:
    if not service.serving:
        return service.newest.name if service.revisions else "its newest revision"
    return ", ".join(f"{name} ({percent:g} %)" for name, percent in sorted(service.serving.items()))


def _agree(home: Home, show: Terminal, *, yes: bool) -> None:
    if yes or home.is_local:
        return
    if not show.progress.is_terminal:
        cure = f"Confirm with ./launch rollback{home.flag} --yes."
        raise LaunchError("This would move the requests of your users.", cure=cure, code=USAGE)
    typer.confirm("Move the requests like this?", abort=True, err=True)


def _move(api: CloudRun, moves: Sequence[tuple[RunningService, str]], show: Terminal) -> None:
    with show.step(f"Requests of {', '.join(service.name for service, _ in moves)}"):
        api.send({service.name: revision for service, revision in moves})


def _tell_what_follows(home: Home, show: Terminal, *, undo: bool) -> None:
    if undo:
        show.note("✓ The newest revisions serve, as the program says.")
        return
    show.note(KEPT)
    show.note("Now revert the change in the program (git revert), then run")
    show.note(f"  ./launch up{home.flag} --refresh")
    show.note("which makes new revisions and sends requests to them. Until then the newest revisions stay as they are;")
    show.note(f"to send requests to those again as they are: ./launch rollback{home.flag} --undo")
