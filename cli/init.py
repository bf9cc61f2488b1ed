"""`./launch init`: ask for what production needs, check it, write the stack's file, and make what keeps its state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from blueprint import yaml_mappings
from blueprint.spec import CONFIG_KEY, Spec, SpecError, content_of, load, parse
from checklists import costs
from cli import state_backend
from cli.options import given, new_home_of
from cli.questions import asked, is_the_example, neighbour
from cli.results import write
from cli.terminal import Terminal
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL

PROD = "prod"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch init --answers answers.yaml")(init)


def init(
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A YAML file to take the spec from, or a stack's file, instead of asking.",
        ),
    ] = None,
    stack: Annotated[str, typer.Option("--stack", metavar="NAME", help="Which stack: prod or staging.")] = PROD,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Create the place of Pulumi's state without asking.")] = False,
) -> None:
    """Ask for what production needs, check it, write Pulumi.prod.yaml, and make the place of Pulumi's state."""
    show, home = Terminal(), new_home_of(stack)
    file = home.project / f"Pulumi.{stack}.yaml"
    if home.stack == LOCAL:
        raise LaunchError("The rehearsal already has its file.", cure=f"Change {file.name} instead.", code=USAGE)
    is_written = file.exists() and not is_the_example(file)
    if is_written and answers and not force:
        raise LaunchError(f"{file.name} exists.", cure="Change it by hand, or replace it with --force.", code=USAGE)
    if is_written and not force:
        wanted = load(file)
        show.note(f"✓ {file.name} is already there; --force asks again.")
    else:
        spec = _from_file(given(answers)) if answers else _from_person(show, file)
        wanted = parse(spec)
        _keep(file, spec, show, is_written=is_written)
    _tell_costs(wanted, show)
    state_backend.ensure(home, wanted, show, yes=yes)
    show.note(f"Next: ./launch preview --stack {stack}")


def _keep(file: Path, spec: Mapping[str, Any], show: Terminal, *, is_written: bool) -> None:
    """Write the spec into the stack's file, beside what the engine keeps there, such as the key of its secrets."""
    before = _former(file) if is_written else {}
    if is_written:
        show.note(f"The former {file.name} is kept as {file.rename(file.with_suffix('.yaml.old')).name}")
    write(file, yaml_mappings.dump({**before, "config": {**(before.get("config") or {}), CONFIG_KEY: spec}}))
    show.note(f"✓ {file.name} is written. docs/guide.md lists what else it can contain.")


def _former(file: Path) -> Mapping[str, Any]:
    """Return what a stack's file holds, nothing where it is none that anybody could use."""
    try:
        content = content_of(file)
    except SpecError:
        return {}
    is_usable = isinstance(content, dict) and isinstance(content.get("config") or {}, dict)
    return content if is_usable else {}


def _tell_costs(spec: Spec, show: Terminal) -> None:
    show.note(f"It costs about ${costs.total(spec):.0f} a month, before traffic and tax (list prices, November 2026):")
    for cost in (cost for cost in costs.monthly(spec) if cost.dollars):
        show.note(f"  ${cost.dollars:7.2f}  {cost.what} ({cost.source})")
    for choice in costs.choices(spec):
        show.note(f"  {'+' if choice.dollars > 0 else '-'}${abs(choice.dollars):6.2f}  with {choice.words}")


def _from_person(show: Terminal, file: Path) -> dict[str, Any]:
    try:
        return asked(show, neighbour(file))
    except typer.Abort as error:
        raise LaunchError(
            "Not all questions were answered, so nothing was written.",
            cure="./launch init --answers FILE takes the same from a YAML file: what Pulumi.local.yaml has below "
            "launch:spec, with your values.",
            code=USAGE,
        ) from error


def _from_file(path: Path) -> dict[str, Any]:
    content = content_of(path)
    if not isinstance(content, dict):
        raise LaunchError(
            f"{path} does not contain a mapping.", cure="See Pulumi.local.yaml for a spec that works.", code=USAGE
        )
    config = content.get("config")
    of_a_stack = config.get(CONFIG_KEY) if isinstance(config, dict) else None
    return of_a_stack if isinstance(of_a_stack, dict) else content
