"""`./launch init`: ask for what production needs, check it, and write the stack's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from blueprint.mail_providers import PROVIDERS
from blueprint.spec import CONFIG_KEY, Spec, SpecError, load, parse
from cli.options import given, new_home_of
from cli.results import write
from cli.show import Show
from cli.stage import EXAMPLE
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL
from infra import costs

PROD = "prod"


@dataclass(frozen=True)
class Question:
    """One thing to ask: its place in the spec (dotted), the words, and what is taken when nothing is typed.

    With the default "" the answer may be left out; with `many` it is a list, separated by commas.
    """

    path: str
    words: str
    default: str | None = None
    many: bool = False


SENDERS = sorted(name for name, provider in PROVIDERS.items() if not provider.mx)
QUESTIONS: tuple[Question, ...] = (
    Question("domain", "Domain, without www"),
    Question("contact.name", "Your name"),
    Question("contact.email", "Your e-mail address"),
    Question("google.project", "Google Cloud project id (6 to 30 letters, digits, dashes)"),
    Question("google.mode", "Does that project exist already? existing or create", "existing"),
    Question("google.billing_account", "Billing account (console.cloud.google.com/billing)"),
    Question("google.region", "Region", "europe-west1"),
    Question("google.apps.android", "Android package of the app (Enter if there is none)", ""),
    Question("google.apps.apple", "Apple bundle id of the app (Enter if there is none)", ""),
    Question("cloudflare.account", "Cloudflare account id (32 hex digits, on the account's overview)"),
    Question("cloudflare.plan", "Cloudflare plan: free, pro, business or enterprise", "free"),
    Question("web.host", "Host that serves the web app now (such as myapp.web.app)"),
    Question("mail.provider", f"Mailbox provider: {', '.join(sorted(n for n, p in PROVIDERS.items() if p.mx))}"),
    Question("mail.senders", f"Who else sends mail as the domain: {', '.join(SENDERS)}", "resend", many=True),
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
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A YAML file to take the spec from, instead of asking.")
    ] = None,
    stack: Annotated[str, typer.Option("--stack", metavar="NAME", help="Which stack's file to write.")] = PROD,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Ask for what production needs, check it, and write Pulumi.prod.yaml."""
    show, home = Show(), new_home_of(stack)
    file = home.project / f"Pulumi.{stack}.yaml"
    if home.stack == LOCAL:
        raise LaunchError("The rehearsal has its file already.", cure=f"Change {file.name} instead.", code=USAGE)
    in_the_way = file.exists() and not is_the_example(file)
    if in_the_way and not force:
        raise LaunchError(f"{file.name} exists.", cure="Change it by hand, or replace it with --force.", code=USAGE)
    spec = _from_file(given(answers)) if answers else asked(show)
    wanted = parse(spec)
    if in_the_way:
        show.note(f"The former {file.name} is kept as {file.rename(file.with_suffix('.yaml.old')).name}")
    write(file, yaml.safe_dump({"config": {CONFIG_KEY: spec}}, sort_keys=False, allow_unicode=True, width=1000))
    show.note(f"✓ {file.name} is written. docs/guide.md names what else can be said in it.")
    _tell_costs(wanted, show)
    show.note(f"Next: ./launch preview --stack {stack}")


def _tell_costs(spec: Spec, show: Show) -> None:
    show.note(f"It costs about ${costs.total(spec):.0f} a month, before traffic and tax (list prices, November 2026):")
    for cost in (cost for cost in costs.monthly(spec) if cost.dollars):
        show.note(f"  ${cost.dollars:7.2f}  {cost.what} ({cost.source})")
    for choice in costs.choices(spec):
        show.note(f"  {'+' if choice.dollars > 0 else '-'}${abs(choice.dollars):6.2f}  with {choice.words}")


def is_the_example(file: Path) -> bool:
    """Whether the file is the one that ships, which holds nothing of the user's."""
    try:
        return load(file).domain == EXAMPLE
    except SpecError:
        return False


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise LaunchError(f"{path} cannot be read.", str(error), code=USAGE) from error
    if not isinstance(content, dict):
        raise LaunchError(f"{path} holds no mapping.", cure="See Pulumi.local.yaml for a spec that works.", code=USAGE)
    return content


def asked(show: Show) -> dict[str, Any]:
    """Ask every question, then again those whose answers do not pass."""
    spec: dict[str, Any] = {}
    again = QUESTIONS
    while again:
        for question in again:
            _put(spec, question.path, _answer(question))
        spec["redirects"] = [{"source": f"www.{spec['domain']}", "target": f"https://{spec['domain']}"}]
        _ask_keys(spec)
        problems = _problems(spec)
        for problem in problems:
            show.note(f"  {problem}", style="yellow")
        again = tuple(question for question in QUESTIONS if any(f"spec.{question.path}" in p for p in problems))
    return spec


def _answer(question: Question) -> str | list[str] | None:
    shown = bool(question.default)
    said = typer.prompt(question.words, default=question.default, show_default=shown, err=True).strip()
    if question.many:
        return [part.strip() for part in said.split(",") if part.strip()]
    return said or None


def _ask_keys(spec: dict[str, Any]) -> None:
    names = (spec["mail"]["provider"], *spec["mail"]["senders"])
    keys = spec["mail"].setdefault("dkim", {})
    for selector in (selector for name in names if name in PROVIDERS for selector in PROVIDERS[name].selectors):
        if selector not in keys:
            words = f"DKIM key of selector {selector} (begins with v=DKIM1;), or where its CNAME leads"
            keys[selector] = typer.prompt(words, err=True)
    _ask_bounces(spec["mail"], names)


def _ask_bounces(mail: dict[str, Any], names: Sequence[str]) -> None:
    for name in (name for name in names if name in PROVIDERS and PROVIDERS[name].bounces):
        label = typer.prompt(f"Subdomain that {name} wants for bounces, such as em1234", err=True)
        mail.setdefault("bounces", {})[label] = typer.prompt(f"Host at {name} that its CNAME leads to", err=True)


def _problems(spec: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        parse(spec)
    except SpecError as error:
        return error.problems
    return ()


def _put(spec: dict[str, Any], path: str, value: str | list[str] | None) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        spec = spec.setdefault(parent, {})
    spec[last] = value
    if value is None:
        del spec[last]
