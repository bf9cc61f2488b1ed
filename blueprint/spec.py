"""The launch spec: what a founder writes under `launch:spec` in Pulumi.<stack>.yaml, parsed once into frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from blueprint import spec_errors
from blueprint.delivery import Delivery
from blueprint.field_types import (
    AdoptedName,
    BillingAccount,
    CloudflareId,
    Drafter,
    Email,
    HeaderName,
    HeaderValue,
    Host,
    HttpsAddress,
    HttpsUrl,
    Label,
    Name,
    Organization,
    PackageName,
    PageAddress,
    PlanName,
    PriceName,
    ProjectId,
    Region,
    Server,
)
from blueprint.mail_spec import Dmarc, Mail
from blueprint.part import Part
from blueprint.state_backend import StateBackend
from blueprint.variables import MOST, ServiceName, VariableName, VariableValue, size

__all__ = ["Delivery", "Dmarc", "Mail"]  # parts of the spec like those below, with modules of their own
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


class Apps(Part):
    """The Firebase apps to register: Android package, Apple bundle id, and whether there is a web app."""

    android: PackageName | None = None
    apple: PackageName | None = None
    web: bool = True


class Google(Part):
    """The Google Cloud project. `mode` says whether to create it or to adopt one that exists.

    `budget` is for a month, in whole units of the billing account's currency; leave it empty for none. `audit_logs`
    are of who read secrets and identities, or of everything. `identity_platform` cannot be undone. `armor` turns
    everybody but Cloudflare away from the load balancer.
    """

    project: ProjectId
    billing_account: BillingAccount
    region: Region
    mode: Literal["create", "existing"] = "create"
    organization: Organization | None = None
    apps: Apps = Apps()
    budget: Annotated[int, Field(ge=1)] | None = 50
    audit_logs: Literal["essential", "full"] = "essential"
    identity_platform: bool = False
    armor: bool = False


class Cloudflare(Part):
    """The Cloudflare account, the zone's plan, and how the edge guards it.

    HSTS cannot be undone: raise `hsts_max_age` (seconds) in stages, then include subdomains, then ask for preloading.
    `edge_key` counts the values of the secret header between edge and API: raising it by one rotates the value.
    `rate_limit` is how many intents one address may send in ten seconds. `ddos_sensitivity` below the default lets
    more of an unusual traffic pass. `notifications` go to the address of the alerts.
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


class Web(Part):
    """Where the web app is served from: apex and the subdomains `names` are pointed at `host`, behind the edge.

    `site` is that of Firebase Hosting to make, whose host is SITE.web.app.
    `headers` are response headers to add to the security headers, or to replace one of them.
    """

    host: Host
    site: Label | None = None
    names: tuple[Label, ...] = Field(default=("app",), strict=False)
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_where_its_site_is(self) -> Self:
        if self.site and self.host != f"{self.site}.web.app":
            raise ValueError(f"the site {self.site} is served at {self.site}.web.app; set host to that, or drop site")
        return self


class Redirect(Part):
    """Every path of host `source` goes to the same path below `target`, an https address without a path."""

    source: Host
    target: HttpsAddress
    status: Literal[301, 302, 307, 308] = 301

    @property
    def target_host(self) -> str:
        """The host that visitors end at."""
        return self.target.removeprefix("https://")

    @model_validator(mode="after")
    def _does_not_loop(self) -> Self:
        if self.source == self.target_host:
            raise ValueError(f"{self.source} redirects to itself and would loop; set target to the canonical host")
        return self


class MovedPage(Part):
    """One page of a host that serves the web app has moved: `source` is host and path, `target` an https address."""

    source: PageAddress
    target: HttpsUrl
    status: Literal[301, 302, 307, 308] = 301

    @property
    def host(self) -> str:
        """The host of the page."""
        return self.source.partition("/")[0]

    @model_validator(mode="after")
    def _does_not_loop(self) -> Self:
        if self.target == f"https://{self.source}":
            raise ValueError(f"{self.source} redirects to itself and would loop; set target to where the page is now")
        return self


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
    user: str


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
    services: Services = Services()
    payments: Payments = Payments()
    support: Support
    alerts: Alerts
    secrets: Secrets = Secrets()
    delivery: Delivery | None = None
    state: StateBackend | None = None
    protect: bool = True
    adopt: dict[AdoptedName, str] = Field(default_factory=dict)

    @property
    def api_host(self) -> str:
        """The host name of the public handlers."""
        return f"{self.api}.{self.domain}"

    @property
    def web_hosts(self) -> tuple[str, ...]:
        """Every host name that serves the web app, the apex first."""
        return (self.domain, *(f"{name}.{self.domain}" for name in self.web.names))

    @model_validator(mode="after")
    def _answers_from_a_domain_that_sends(self) -> Self:
        if not self.mail.is_used and self.support.sender.endswith(f"@{self.domain}"):
            raise ValueError(f"support.sender {self.support.sender} cannot send: mail.provider says that nobody does")
        return self

    @model_validator(mode="after")
    def _names_do_not_collide(self) -> Self:
        policy_host = [] if self.mail.mta_sts == "none" else [f"mta-sts.{self.domain}"]
        served = (*self.web_hosts, self.api_host, *policy_host)
        twice = sorted({host for host in served if served.count(host) > 1})
        if twice:
            raise ValueError(
                f"{', '.join(twice)} is named twice by api, web.names and mta_sts; give each its own subdomain"
            )
        sources = [redirect.source for redirect in self.redirects]
        for source in sources:
            if source in served:
                raise ValueError(f"{source} is served and redirected at once; drop it from redirects or from web.names")
            if source != self.domain and not source.endswith(f".{self.domain}"):
                raise ValueError(
                    f"redirect source {source} lies outside {self.domain}; only names of this zone can redirect"
                )
            if sources.count(source) > 1:
                raise ValueError(f"{source} is redirected twice; keep one entry of redirects for it")
        return self

    @model_validator(mode="after")
    def _keeps_its_state_where_something_is(self) -> Self:
        if self.state and self.google.mode == "create" and self.state.project in (None, self.google.project):
            raise ValueError(
                "state.project: the launch makes its own project, which its state has to be older than; name a project "
                "that is there, for the state alone"
            )
        return self

    @model_validator(mode="after")
    def _configures_services_that_are_there(self) -> Self:
        if "support-drafts" in self.services.env and self.support.drafts == "off":
            raise ValueError("services.env: there is no support-drafts while support.drafts is off; drop its variables")
        return self

    @model_validator(mode="after")
    def _guards_a_load_balancer_that_is_there(self) -> Self:
        if self.google.armor and self.origin == "worker":
            raise ValueError("google.armor guards the load balancer, and origin worker has none; drop one of the two")
        return self

    @model_validator(mode="after")
    def _parks_domains_of_their_own(self) -> Self:
        zones = (self.domain, *self.other_domains)
        for zone in self.other_domains:
            nested = any(zone.endswith(f".{other}") or other.endswith(f".{zone}") for other in zones)
            if nested or zones.count(zone) > 1:
                raise ValueError(f"other_domains: {zone} is a zone of this launch already, or lies in one; drop it")
        return self

    @model_validator(mode="after")
    def _moves_pages_that_it_serves(self) -> Self:
        sources = [page.source for page in self.moved_pages]
        for page in self.moved_pages:
            if page.host not in self.web_hosts:
                raise ValueError(
                    f"moved_pages: {page.host} does not serve the web app; name one of {', '.join(self.web_hosts)}"
                )
            if sources.count(page.source) > 1:
                raise ValueError(f"{page.source} has moved twice; keep one entry of moved_pages for it")
        return self


def parse(config: Mapping[str, Any]) -> Spec:
    """Return the spec of the mapping under `launch:spec`; raises SpecError with all mistakes at once."""
    try:
        return Spec.model_validate(dict(config))
    except ValidationError as error:
        raise SpecError(tuple(spec_errors.sentence(mistake) for mistake in error.errors())) from error


def load(stack_file: Path) -> Spec:
    """Return the spec of a Pulumi.<stack>.yaml; raises SpecError when it cannot be read or holds none."""
    try:
        content = yaml.safe_load(stack_file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SpecError((f"{stack_file.name} does not exist; `./launch init` writes it",)) from error
    except yaml.MarkedYAMLError as error:
        raise SpecError(
            (f"{stack_file.name}{_place(error)}: {error.problem}; mind colons, quotes, indentation",)
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SpecError((f"{stack_file.name} is not a YAML file: {error}",)) from error
    config = content.get("config") if isinstance(content, dict) else None
    spec = config.get(CONFIG_KEY) if isinstance(config, dict) else None
    if not isinstance(spec, dict):
        raise SpecError((f"{stack_file.name}: has no mapping under config, {CONFIG_KEY}; see Pulumi.local.yaml",))
    return parse(spec)


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
