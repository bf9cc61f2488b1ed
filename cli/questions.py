"""What `./launch init` asks: each question, those that follow from an answer, and what another stack has answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from blueprint.mail_providers import MAILBOXES, OTHER, PROVIDERS, selectors_of
from blueprint.spec import Spec, SpecError, load, parse
from cli import plan_answers
from cli.prepared_stack import EXAMPLES
from cli.terminal import Terminal
from engine.home import LOCAL


@dataclass(frozen=True)
class Question:
    """One thing to ask: its place in the spec (dotted), the words, and what is taken when nothing is typed.

    A default may name answers before it, as str.format does; with the default "" the answer may be left out. `read`
    makes of the answer what the spec has there, and `shown` a line of that. One with `when` is asked only where that
    place was answered like that.
    """

    path: str
    words: str
    default: str | None = None
    read: Callable[[str], Any] = lambda said: said or None
    shown: Callable[[Any], str] = str
    when: tuple[str, str] | None = None

    def belongs(self, spec: Mapping[str, Any]) -> bool:
        """Return whether the answers so far ask for it."""
        return self.when is None or _at(spec, self.when[0]) == self.when[1]

    def is_meant_by(self, problem: str) -> bool:
        """Return whether a mistake in the spec is about its answer."""
        parent, _, last = self.path.rpartition(".")
        return f"spec.{self.path}" in problem or problem.startswith((f"spec: {self.path}", f"spec.{parent}: {last} "))


def _parts(said: str) -> list[str]:
    return [part.strip() for part in said.split(",") if part.strip()]


REHEARSAL = f"Pulumi.{LOCAL}.yaml"
OWN = ("domain", "google.project", "google.mode", "web.host", "state.project", "state.bucket")
"""What two stacks can never share: staging has its own accounts, domain and data."""
SENDERS = sorted(PROVIDERS.keys() - {*MAILBOXES})
SERVERS = "Its mail servers with their priorities, such as 10 mx1.example.com, 20 mx2.example.com"
INCLUDES = "What stands behind include: in its SPF record, such as spf.example.com"
KEEPER = "Project that is there already, for Pulumi's state (gcloud projects create NAME)"
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
    Question("mail.provider", f"Mailbox provider: {', '.join(MAILBOXES)}"),
    Question("mail.mx", SERVERS, None, _parts, ", ".join, when=("mail.provider", OTHER)),
    Question("mail.spf_includes", INCLUDES, None, _parts, ", ".join, when=("mail.provider", OTHER)),
    Question("mail.senders", f"Who else sends mail as the domain: {', '.join(SENDERS)}", "resend", _parts, ", ".join),
    Question("mail.dmarc.report", "Address for DMARC reports"),
    Question("support.sender", "Address that support mail comes from"),
    Question("support.receiver", "Address that support requests go to"),
    Question("support.helpdesk", "Where tickets are worked on: email (the receiver's mailbox) or zendesk", "email"),
    Question("support.zendesk", "Zendesk subdomain", when=("support.helpdesk", "zendesk")),
    Question("support.mailer", "What sends the mail: resend or smtp", "resend"),
    Question("support.smtp.server", "SMTP server, such as smtp.acme.com:587", when=("support.mailer", "smtp")),
    Question("support.smtp.user", "User who logs in there", when=("support.mailer", "smtp")),
    Question("support.drafts", "Model that proposes replies, such as gemini-3.5-flash, or off", "off"),
    Question("payments.plans", plan_answers.WORDS, "", plan_answers.read, plan_answers.shown),
    Question("alerts.email", "Address for alerts"),
    Question("state.project", KEEPER, when=("google.mode", "create")),
    Question("state.bucket", "Bucket for Pulumi's state, made at the end", "{google[project]}-state"),
)


def is_the_example(file: Path) -> bool:
    """Whether the file is the one that ships, which holds nothing of the user's."""
    spec = _loaded(file)
    return spec is not None and spec.domain in EXAMPLES


def neighbour(file: Path) -> dict[str, Any]:
    """Return what was answered for another stack in the real clouds, as far as `file`'s stack can share it."""
    others = (other for other in sorted(file.parent.glob("Pulumi.*.yaml")) if other.name not in (file.name, REHEARSAL))
    filled = next((spec for other in others if (spec := _loaded(other)) and spec.domain not in EXAMPLES), None)
    answers = filled.model_dump() if filled else {}
    known: dict[str, Any] = {}
    for path in (question.path for question in QUESTIONS if question.path not in OWN):
        _put(known, path, _at(answers, path))
    return known


def _loaded(file: Path) -> Spec | None:
    try:
        return load(file)
    except SpecError:
        return None


def asked(show: Terminal, known: Mapping[str, Any]) -> dict[str, Any]:
    """Ask every question, then again those whose answers do not pass; `known` answers are proposed."""
    spec: dict[str, Any] = {}
    again, is_keyless = QUESTIONS, False
    while again or is_keyless:
        for question in (question for question in again if question.belongs(spec)):
            _put(spec, question.path, _answer(question, spec, _at(known, question.path)))
        spec["redirects"] = [{"source": f"www.{spec['domain']}", "target": f"https://{spec['domain']}"}]
        _ask_keys(spec)
        problems = _problems(spec)
        for problem in problems:
            show.note(f"  {problem}", style="yellow")
        again = tuple(question for question in QUESTIONS if any(question.is_meant_by(p) for p in problems))
        is_keyless = _forget_wrong_keys(spec["mail"], problems)
    return spec


def _answer(question: Question, spec: Mapping[str, Any], known: Any) -> Any:
    default = question.default.format(**spec) if question.default else question.default
    if known is not None:
        default = question.shown(known)
    return question.read(typer.prompt(question.words, default=default, show_default=bool(default), err=True).strip())


def _ask_keys(spec: dict[str, Any]) -> None:
    names = (spec["mail"]["provider"], *spec["mail"]["senders"])
    keys = spec["mail"].setdefault("dkim", {})
    for provider in (PROVIDERS[name] for name in names if name in PROVIDERS):
        for selector in provider.lacks(keys):
            own = selector
            if provider.selector_form:
                words = f"DKIM selector that {provider.title} shows, such as {selector}"
                own = typer.prompt(words, err=True).strip().partition("._domainkey")[0]
            words = f"DKIM key of selector {own} (p=…, as the console shows it), or where its CNAME leads"
            keys[own] = typer.prompt(words, err=True)
    is_unsigned = spec["mail"].pop("unsigned", False)
    is_keyless = OTHER in names and not selectors_of([each for each in names if each in PROVIDERS], keys)[OTHER]
    if is_keyless and (is_unsigned or not _ask_other_keys(keys)):
        spec["mail"]["unsigned"] = True
    _ask_bounces(spec["mail"], names)


def _ask_other_keys(keys: dict[str, str]) -> bool:
    """Ask for selectors and keys of a mailbox provider that is not listed; return whether it has any."""
    words = "DKIM selector that the mailbox provider shows, such as key1 (Enter if it shows none, as one that forwards)"
    before = len(keys)
    while said := typer.prompt(words, default="", show_default=False, err=True).strip():
        selector = said.partition("._domainkey")[0]
        keys[selector] = typer.prompt(f"DKIM key of selector {selector}, or where its CNAME leads", err=True)
        words = "The next selector (Enter after the last one)"
    return len(keys) > before


def _forget_wrong_keys(mail: dict[str, Any], problems: Sequence[str]) -> bool:
    """Drop the keys that did not pass, so that they are asked for again; return whether there were any."""
    keys = mail.get("dkim", {})
    wrong = [name for name in keys if any(problem.startswith(f"spec.mail.dkim.{name}") for problem in problems)]
    for name in wrong:
        del keys[name]
    return bool(wrong)


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


def _at(spec: Mapping[str, Any], path: str) -> Any:
    value: Any = spec
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _put(spec: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        spec = spec.setdefault(parent, {})
    spec[last] = value
    if value is None:
        del spec[last]
