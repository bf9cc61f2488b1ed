"""What a provisioned stack tells the rest of the toolkit: `pulumi stack output --json`, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from blueprint.field_types import has_path, keeps_query
from blueprint.mail_authentication import txt_text
from blueprint.mail_providers import OTHER, title_of
from blueprint.records import DnsRecord
from blueprint.spec import Plan


class OutputsError(ValueError):
    """The stack's outputs are not what the program exports; it was not brought up, or by an older version."""


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RedirectPromise(_Output):
    """A request for any path of `source` answers `status` with the same path below `target`, or with that one page."""

    source: str
    target: str
    status: int

    @property
    def is_to_one_page(self) -> bool:
        """Whether the target has a path, to which every path leads."""
        return has_path(self.target)

    def location(self, path: str) -> str:
        """Return where a request for a path with a query is sent."""
        if not self.is_to_one_page:
            return f"{self.target}{path}"
        _, mark, query = path.partition("?")
        return f"{self.target}{mark}{query}" if keeps_query(self.target) else self.target


class MovedPagePromise(_Output):
    """A request for the page `source`, host and path, answers `status` with `target`."""

    source: str
    target: str
    status: int

    def location(self, query: str) -> str:
        """Return where a request with a query is sent: with it, but for a page that a fragment names."""
        return f"{self.target}?{query}" if keeps_query(self.target) else self.target


class ServiceOutput(_Output):
    """One Cloud Run service. `url` is its default run.app address; `public` ones are reached by the load balancer.

    `env` are the environment variables that the spec gave it.
    """

    name: str
    url: str
    service_account: str
    public: bool
    env: Mapping[str, str] = Field(default_factory=dict)


class MailPromise(_Output):
    """What the mail records of the domain promise; `tls_rpt` and `bimi` are empty where the spec leaves them out."""

    providers: tuple[str, ...]
    selectors: tuple[str, ...]
    dmarc_policy: str
    dmarc_report: str
    mta_sts: str = "none"
    tls_rpt: str = ""
    bimi: str = ""


class EdgeRule(_Output):
    """A rule at the edge: in which `phase` it stands, what it is called, what it does, and to what, in words."""

    phase: str
    title: str
    action: str
    what: str


class EdgePromise(_Output):
    """What the edge promises: `hsts_max_age` in seconds, the paths below which answers come from the cache, headers.

    `settings` are the zone's, by their id at Cloudflare.
    """

    plan: Plan
    hsts_max_age: int
    min_tls_version: str
    cached_prefixes: tuple[str, ...]
    headers: Mapping[str, str] = Field(default_factory=dict, description="on every answer, by name")
    settings: Mapping[str, str] = Field(default_factory=dict)
    rules: tuple[EdgeRule, ...] = ()


class AlertOutput(_Output):
    """An alert by its title, and its `runbook`: what to do first (Markdown)."""

    title: str
    runbook: str


class DeliveryOutput(_Output):
    """Whom GitHub's workflows act as: workload identity providers and service accounts, by what they do."""

    preview_provider: str
    previewer: str
    deploy_provider: str
    deployer: str


class OtherDomain(_Output):
    """A further domain that leads to the launch's own: what its registrar has to be told."""

    domain: str
    nameservers: tuple[str, ...]
    dnssec_ds: str


class Outputs(_Output):
    """A stack's outputs. Field names are the names of the stack outputs."""

    domain: str
    contact_name: str
    contact_email: str
    project: str
    project_number: str
    region: str
    database_location: str = Field(default="", description="where Firestore keeps the data")
    api_host: str
    web_hosts: tuple[str, ...]
    health_url: str
    zone_id: str
    nameservers: tuple[str, ...]
    dnssec_ds: str
    gateway_address: str = Field(description="the load balancer's IPv4 address, empty where a Worker is in its place")
    records: tuple[DnsRecord, ...]
    redirects: tuple[RedirectPromise, ...]
    moved_pages: tuple[MovedPagePromise, ...] = ()
    other_domains: tuple[OtherDomain, ...] = ()
    mail: MailPromise
    edge: EdgePromise
    services: tuple[ServiceOutput, ...]
    image: str
    secrets: tuple[str, ...]
    queues: tuple[str, ...]
    uptime_check: str
    alert_policies: tuple[str, ...]
    alerts: tuple[AlertOutput, ...] = ()
    delivery: DeliveryOutput | None = None
    on_call: str = Field(default="", description="address that alerts go to")
    protected: tuple[str, ...] = Field(default=(), description="titles of resources that destroy keeps")

    def mailer(self, name: str) -> str:
        """Return who handles the domain's mail by its own name; who is not listed, by the first mail server."""
        servers = [one for one in self.records if (one.name, one.type) == (self.domain, "MX")]
        if name != OTHER or not servers:
            return title_of(name)
        return min(servers, key=lambda one: one.priority or 0).content

    @property
    def dkim_keys(self) -> dict[str, str]:
        """What is published for each DKIM selector: the key, or the host name that it leads to."""
        found = {one.name: one.content for one in self.records}
        return {
            each: txt_text(content := found.get(f"{each}._domainkey.{self.domain}", "")) or content
            for each in self.mail.selectors
        }


def parse(values: Mapping[str, Any]) -> Outputs:
    """Return the typed outputs; raises OutputsError that names what is missing or wrong."""
    try:
        return Outputs.model_validate(dict(values))
    except ValidationError as error:
        wrong = ", ".join(".".join(str(step) for step in mistake["loc"]) for mistake in error.errors())
        raise OutputsError(f"the stack's outputs lack or misstate: {wrong}; run `./launch up` to renew them") from error
