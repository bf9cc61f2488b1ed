"""`./launch init`: ask for what production needs, check it, and write the stack's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from blueprint.mail_providers import PROVIDERS
from blueprint.spec import CONFIG_KEY, SpecError, parse
from cli.options import given, new_home_of
from cli.results import write
from cli.show import Show
from engine.errors import USAGE, LaunchError

PROD = "prod"


@dataclass(frozen=True)
class Question:
    """One thing to ask: its place in the spec (dotted), the words, and what is taken when nothing is typed."""

    path: str
    words: str
    default: str | None = None


QUESTIONS: tuple[Question, ...] = (
    Question("domain", "Domain, without www"),
    Question("contact.name", "Your name"),
    Question("contact.email", "Your e-mail address"),
    Question("google.project", "Google Cloud project id (6 to 30 letters, digits, dashes)"),
    Question("google.mode", "Does that project exist already? existing or create", "existing"),
    Question("google.billing_account", "Billing account (console.cloud.google.com/billing)"),
    Question("google.region", "Region", "europe-west1"),
    Question("cloudflare.account", "Cloudflare account id (32 hex digits, on the account's overview)"),
    Question("cloudflare.plan", "Cloudflare plan: free, pro, business or enterprise", "free"),
    Question("web.host", "Host that serves the web app now (such as myapp.web.app)"),
    Question("mail.provider", f"Mailbox provider: {', '.join(sorted(n for n, p in PROVIDERS.items() if p.mx))}"),
    Question("mail.dmarc.report", "Address for DMARC reports"),
    Question("support.sender", "Address that support mail comes from"),
    Question("support.receiver", "Address that support requests go to"),
    Question("support.zendesk", "Zendesk subdomain"),
    Question("alerts.email", "Address for alerts"),
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch init --answers answers.yaml")(init)


def init(
    answers: Annotated[Path | None, typer.Option(metavar="FILE", help="A YAML file with the spec, not asking.")] = None,
    stack: Annotated[str, typer.Option("--stack", metavar="NAME", help="Which stack's file to write.")] = PROD,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Ask for what production needs, check it, and write Pulumi.prod.yaml."""
    show, home = Show(), new_home_of(stack)
    file = home.project / f"Pulumi.{stack}.yaml"
    if home.is_local:
        raise LaunchError("The rehearsal has its file already.", cure=f"Change {file.name} instead.", code=USAGE)
    if file.exists() and not force:
        raise LaunchError(f"{file.name} exists.", cure="Change it by hand, or replace it with --force.", code=USAGE)
    spec = _from_file(given(answers)) if answers else _asked(show)
    parse(spec)
    write(file, yaml.safe_dump({"config": {CONFIG_KEY: spec}}, sort_keys=False, allow_unicode=True, width=1000))
    show.note(f"✓ {file.name} is written. Next: ./launch preview --stack {stack}")


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise LaunchError(f"{path} cannot be read.", str(error), code=USAGE) from error
    if not isinstance(content, dict):
        raise LaunchError(f"{path} holds no mapping.", cure="See Pulumi.local.yaml for a spec that works.", code=USAGE)
    return content


def _asked(show: Show) -> dict[str, Any]:
    """Ask every question, then again those whose answers do not pass."""
    spec: dict[str, Any] = {}
    again = QUESTIONS
    while again:
        for question in again:
            _put(spec, question.path, typer.prompt(question.words, default=question.default, err=True))
        _ask_keys(spec)
        problems = _problems(spec)
        for problem in problems:
            show.note(f"  {problem}", style="yellow")
        again = tuple(question for question in QUESTIONS if any(f"spec.{question.path}" in p for p in problems))
    return spec


def _ask_keys(spec: dict[str, Any]) -> None:
    provider = PROVIDERS.get(spec["mail"]["provider"])
    keys = spec["mail"].setdefault("dkim", {})
    for selector in provider.selectors if provider else ():
        if selector not in keys:
            keys[selector] = typer.prompt(f"DKIM key of selector {selector} (begins with v=DKIM1;)", err=True)


def _problems(spec: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        parse(spec)
    except SpecError as error:
        return error.problems
    return ()


def _put(spec: dict[str, Any], path: str, value: str) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        spec = spec.setdefault(parent, {})
    spec[last] = value
