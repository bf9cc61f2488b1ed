"""The launch spec: what a founder writes under `launch:spec` in Pulumi.<stack>.yaml, parsed once into frozen values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo

from blueprint import spec_checks, spec_errors, yaml_mappings
from blueprint.delivery import Delivery
from blueprint.field_types import (
    AdoptedId,
    AdoptedName,
    CloudflareId,
    Drafter,
    Email,
    Host,
    Label,
    Name,
    PlanName,
    PriceName,
    Server,
)
from blueprint.google_spec import Apps, Google
from blueprint.mail_spec import Dmarc, Mail
from blueprint.old_zone import OldZone
from blueprint.part import Part, raise_all
from blueprint.record_spec import Record
from blueprint.state_backend import StateBackend
from blueprint.variables import MOST, ServiceName, VariableName, VariableValue, size
from blueprint.web_spec import MovedPage, Redirect, Web

__all__ = ["Apps", "Delivery", "Dmarc", "Google", "Mail", "MovedPage", "Redirect", "Web"]
"""Parts of the spec like those below, with modules of their own."""

CONFIG_KEY = "launch:spec"

Plan = Literal["free", "pro", "business", "enterprise"]


class SpecError(ValueError):
    """The spec is not usable. `problems` names every mistake, each beginning with its path."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Contact(Part):
    """Who answers for the launch: owner of the handover's items and receiver of alerts."""

    name: Name
    email: Email


class Cloudflare(Part):
    """The Cloudflare account, the zone's plan, and how the edge guards it.

    HSTS cannot be undone: raise `hsts_max_age` (seconds) in stages, then include subdomains, then ask for preloading.
    `edge_key` counts the values of the secret header between edge and API: raising it by one rotates the value.
    `rate_limit` is how many intents one address may send in ten seconds. `ddos_sensitivity` below the default lets
    more of an unusual traffic pass. `notifications` go to the address of the alerts. `managed_robots_txt` says whether
    Cloudflare answers for robots.txt; left out, that stays as it is, and off in a new zone.
    """

    account: CloudflareId
    plan: Plan = "free"
    hsts_max_age: Annotated[int, Field(ge=300, le=63_072_000)] = 86_400
    edge_key: Annotated[int, Field(ge=1)] = 1
    hsts_subdomains: bool = False
    hsts_preload: bool = False
    rate_limit: Annotated[int, Field(ge=1, le=100_000)] = 100
    ddos_sensitivity: Literal["default", "medium", "low"] = "default"
    notifications: bool = True
    managed_robots_txt: bool | None = None


class Services(Part):
    """How the Cloud Run services scale; one minimum instance avoids cold starts and costs money around the clock.

    `env` are environment variables of a service's own, which the handover lists; they are no place for secrets.
    """

    min_instances: Annotated[int, Field(ge=0, le=100)] = 0
    max_instances: Annotated[int, Field(ge=1, le=100)] = 10
    env: dict[ServiceName, dict[VariableName, VariableValue]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances {self.min_instances} is above max_instances {self.max_instances}; lower it"
            )
        too_big = next((service for service, variables in self.env.items() if size(variables) > MOST), None)
        if too_big:
            raise ValueError(f"env.{too_big} is larger than the {MOST} bytes that Cloud Run takes; keep data elsewhere")
        return self


class Smtp(Part):
    """The SMTP server that takes our mail: `HOST:PORT`, 465 for TLS from the start, and the user who logs in there."""

    server: Server
    user: Annotated[str, Field(min_length=1)]


class Support(Part):
    """Support requests: who sends and receives notifications, and where tickets are worked on.

    `helpdesk` is the receiver's mailbox, or Zendesk, with its subdomain; a spec that gives a subdomain and names no
    helpdesk means Zendesk. `webhooks` opens a door for a helpdesk whose
    events follow Standard Webhooks. Mail goes out by Resend or by an SMTP server. `drafts` names the model that
    proposes replies, `rehearsal` the simulated one.
    """

    sender: Email
    receiver: Email
    helpdesk: Literal["zendesk", "email"] = "email"
    zendesk: Label | None = None
    webhooks: bool = False
    mailer: Literal["resend", "smtp"] = "resend"
    smtp: Smtp | None = None
    drafts: Drafter = "off"

    @model_validator(mode="before")
    @classmethod
    def _chosen_by_subdomain(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("zendesk") and "helpdesk" not in given:
            return {**given, "helpdesk": "zendesk"}
        return given

    @property
    def providers(self) -> tuple[str, ...]:
        """The chosen providers, as handlers/service_manifest.py names them."""
        is_model = self.drafts.startswith("gemini-")
        wanted = {"webhooks": self.webhooks, "drafts": self.drafts != "off", "vertex": is_model}
        return (self.helpdesk, self.mailer, *(name for name, is_wanted in wanted.items() if is_wanted))

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.helpdesk == "zendesk" and not self.zendesk:
            raise ValueError("helpdesk zendesk needs its subdomain under zendesk, or set helpdesk to email")
        if self.mailer == "smtp" and not self.smtp:
            raise ValueError("mailer smtp needs its server under smtp, or set mailer to resend")
        return self


class PaidPlan(Part):
    """One plan that users pay for: the `prices` of its subscriptions, and of one-time `purchases` that last for good.

    Each is the id of a price at Stripe or its lookup key.
    """

    name: PlanName
    prices: tuple[PriceName, ...] = Field(default=(), strict=False)
    purchases: tuple[PriceName, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _is_sold(self) -> Self:
        if not (self.prices or self.purchases):
            raise ValueError(f"plan {self.name} has no price; name one under prices or purchases")
        return self


class Payments(Part):
    """What users pay for, and how long a plan is kept after a failed payment, with reminders after some of the days.

    `mode` is Stripe's mode that this stack is in; events of the other are ignored. `plans` are in order, the lowest
    first. A subscription whose collection is `paused`, a payment that was `refunded` in full and a `dispute_lost` each
    keep the plan or end it.
    """

    mode: Literal["live", "test"] = "live"
    plans: tuple[PaidPlan, ...] = Field(default=(), strict=False)
    paused: Literal["keep", "end"] = "keep"
    refunded: Literal["keep", "end"] = "end"
    dispute_lost: Literal["keep", "end"] = "end"

    grace_days: Annotated[int, Field(ge=0, le=90)] = 14
    reminder_days: tuple[Annotated[int, Field(ge=0, le=90)], ...] = Field(default=(1, 7, 12), strict=False)

    @model_validator(mode="after")
    def _reminds_in_time(self) -> Self:
        names = [plan.name for plan in self.plans]
        sold = [price for plan in self.plans for price in (*plan.prices, *plan.purchases)]
        twice = next((each for some in (names, sold) for each in some if some.count(each) > 1), None)
        if twice:
            raise ValueError(f"plans has {twice} twice; every plan and every price has one place in it")
        late = [day for day in self.reminder_days if day >= self.grace_days]
        if late and self.grace_days:
            raise ValueError(f"reminder_days has {late[0]}, but the plan ends after {self.grace_days} days; lower it")
        return self


class Alerts(Part):
    """When to call: more than `error_percent` of requests failed over `window_minutes`; held for `hold_minutes`.

    The essential set is what wakes somebody: the site down, function errors, failed deliveries, dead letters, a stuck
    queue, a missed sweep. To `watch` in full adds all others, an objective over four weeks, and a dashboard.
    """

    email: Email
    error_percent: Annotated[float, Field(gt=0, le=100, strict=False)] = 2.0
    window_minutes: Annotated[int, Field(ge=5, le=1_440)] = 15
    hold_minutes: Annotated[int, Field(ge=0, le=1_440)] = 30
    min_failures: Annotated[int, Field(ge=1)] = 5
    watch: Literal["essential", "full"] = "essential"


class Secrets(Part):
    """How secrets are kept: after `rotation_days` somebody is told that one is old, 0 for never.

    A destroyed version can be had back for `destroy_delay_days`.
    """

    rotation_days: Annotated[int, Field(ge=0, le=3_650)] = 90
    destroy_delay_days: Annotated[int, Field(ge=1, le=1_000)] = 7


class Spec(Part):
    """One launch. `protect` guards data and zone against deletion; the rehearsal switches it off.

    `origin` is the way to the API: Google's load balancer, or a Worker, which saves its price and leaves the edge's
    secret header alone to keep strangers out.
    `other_domains` are further ones of the founder's, which lead to `domain` and send no mail.
    `records` are further ones of the zone, above all those that it has where it is served now.
    `old_zone` is the zone before the launch: what of it is not taken along.
    `certificate_authorities` may issue certificates for the domain's names, besides those that the launch itself uses.
    `state` is where Pulumi keeps what it knows of the stack; left out, that is where `pulumi login` leads.
    `adopt` names what exists already: resource of the program (TYPE/NAME) and its id in the cloud.
    """

    domain: Host
    contact: Contact
    google: Google
    cloudflare: Cloudflare
    web: Web
    api: Label = "api"
    origin: Literal["load-balancer", "worker"] = "load-balancer"
    redirects: tuple[Redirect, ...] = Field(default=(), strict=False)
    moved_pages: tuple[MovedPage, ...] = Field(default=(), strict=False)
    other_domains: tuple[Host, ...] = Field(default=(), strict=False)
    mail: Mail
    records: tuple[Record, ...] = Field(default=(), strict=False)
    old_zone: OldZone = OldZone()
    certificate_authorities: tuple[Host, ...] = Field(default=(), strict=False)
    services: Services = Services()
    payments: Payments = Payments()
    support: Support
    alerts: Alerts
    secrets: Secrets = Secrets()
    delivery: Delivery | None = None
    state: StateBackend | None = None
    protect: bool = True
    adopt: dict[AdoptedName, AdoptedId] = Field(default_factory=dict)

    @property
    def api_host(self) -> str:
        """The host name of the public handlers."""
        return f"{self.api}.{self.domain}"

    @property
    def web_hosts(self) -> tuple[str, ...]:
        """Every host name that serves the web app, the apex first."""
        return (self.domain, *(f"{name}.{self.domain}" for name in self.web.names))

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        raise_all(spec_checks.problems(self))
        return self


def parse(config: Mapping[str, Any]) -> Spec:
    """Return the spec of the mapping under `launch:spec`; raises SpecError with all mistakes at once."""
    try:
        return Spec.model_validate(dict(config))
    except ValidationError as error:
        found = error.errors()
        told = [text for mistake in found for text in spec_errors.sentences(mistake, _keys_at(mistake["loc"][:-1]))]
        more = _contradictions(config, {mistake["loc"][0] for mistake in found if mistake["loc"]})
        raise SpecError((*told, *more)) from error


def _contradictions(config: Mapping[str, Any], wrong: Collection[int | str]) -> list[str]:
    """Return what contradicts itself among the parts that are right in themselves, when others are not."""
    if not wrong:
        return []  # all parts are right, and the contradictions are what was told
    fields = {name: info for name, info in Spec.model_fields.items() if name not in wrong}
    read = {name: _adapter(info).validate_python(config[name]) for name, info in fields.items() if name in config}
    partial = Spec.model_construct(**read)
    return [spec_errors.told(spec_errors.ROOT, each) for each in spec_checks.problems(partial, frozenset(fields))]


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    whole: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    return TypeAdapter(whole)


def _keys_at(steps: Sequence[int | str]) -> Collection[str]:
    """Return the keys that a place of the spec knows, none where it is a list or takes any."""
    model: Any = Spec
    for step in steps:
        info = getattr(model, "model_fields", {}).get(step)
        model = _part_of(info.annotation) if info else model if isinstance(step, int) else None
    return getattr(model, "model_fields", {})


def _part_of(annotation: Any) -> Any:
    """Return the part that a field holds, one of a list's or of an optional one; the annotation where it is neither."""
    parts = [each for each in get_args(annotation) if isinstance(each, type) and issubclass(each, Part)]
    return parts[0] if parts else annotation


def load(stack_file: Path) -> Spec:
    """Return the spec of a Pulumi.<stack>.yaml; raises SpecError when it cannot be read or holds none."""
    if not stack_file.exists():
        raise SpecError((f"{stack_file.name} does not exist; `./launch init` writes it",))
    return _spec_in(stack_file.name, _text_of(stack_file))


@lru_cache(maxsize=2)  # a command asks for it several times, which takes 7 ms each
def _spec_in(file: str, text: str) -> Spec:
    content = _content(file, text)
    config = content.get("config") if isinstance(content, dict) else None
    spec = config.get(CONFIG_KEY) if isinstance(config, dict) else None
    if not isinstance(spec, dict):
        raise SpecError((f"{file}: has no mapping under config, {CONFIG_KEY}; see Pulumi.local.yaml",))
    return parse(spec)


def content_of(file: Path) -> Any:
    """Return what a YAML file holds; raises SpecError, with the line, for one that cannot be read or is ambiguous."""
    return _content(file.name, _text_of(file))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError((f"{file.name} cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise SpecError((f"{file.name} is not in UTF-8 ({error.reason}); save it as UTF-8",)) from error


def _content(file: str, text: str) -> Any:
    try:
        return yaml_mappings.load(text)
    except yaml.MarkedYAMLError as error:
        raise SpecError((f"{file}{_place(error)}: {_reason(error)}",)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"the control character U+{error.character:04X}, which editors do not show"
        raise SpecError((f"{file}, line {line}: there is {what}; delete it",)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SpecError((f"{file} is not a YAML file: {error}",)) from error


def _reason(error: yaml.MarkedYAMLError) -> str:
    match error:
        case yaml_mappings.RepeatedKeyError():
            return f"{error.problem}; keep one of the two"
        case yaml_mappings.AmbiguousError():
            return str(error.problem)
        case yaml.composer.ComposerError() if "another document" in str(error.problem):
            return "another document begins with ---, and the file has to be one; drop that line"
        case yaml.composer.ComposerError():
            return f"{error.problem}; mind * and &"
        case yaml.scanner.ScannerError() if "'\\t'" in str(error.problem):
            return "a tab stands where only blanks may; write blanks"
        case yaml.scanner.ScannerError() if "unknown escape" in str(error.problem):
            return (
                f"{error.problem}; between double quotes a backslash changes what follows: leave it out, or keep it by "
                "single quotes"
            )
        case _:
            return f"{error.problem}; mind colons, quotes, indentation"


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
