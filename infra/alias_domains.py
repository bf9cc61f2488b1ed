"""A further domain of the founder's that only leads to the launch's own, and sends no mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.records import DnsRecord, alias_domain_records, apex_and_www
from blueprint.spec import Redirect, Spec
from infra.dns import publish
from infra.edge import Hsts, settings
from infra.loading.sdk import cloudflare
from infra.redirects import redirect_rule


@dataclass(frozen=True)
class AliasDomainConfig:
    """The zone of `domain`, led to `target` (an https address without a path), and its records."""

    domain: str
    account: str
    target: str
    hsts: Hsts
    records: tuple[DnsRecord, ...]
    protect: bool = True

    def __post_init__(self) -> None:
        if not any(record.type == "MX" and record.content == "." for record in self.records):
            raise ValueError(f"{self.domain} has no null MX; anybody could send mail in its name")

    @classmethod
    def all_of(cls, spec: Spec) -> tuple[Self, ...]:
        """Return the spec's further domains, each with what it needs."""
        wanted = spec.cloudflare
        return tuple(
            cls(
                domain=domain,
                account=wanted.account,
                target=f"https://{spec.domain}",
                hsts=Hsts(wanted.hsts_max_age),
                records=alias_domain_records(domain, spec.mail.dmarc.report),
                protect=spec.protect,
            )
            for domain in spec.other_domains
        )


class AliasDomain(pulumi.ComponentResource):
    """Makes a zone on the free plan, signs it, redirects apex and www, and refuses all mail in its name.

    An unguarded domain is what mail is forged from. Signing is `pending` until the DS record is at the registrar, which
    is no change to make: as for the launch's own zone, `verify` judges it. Names of resources hold the domain, because
    several of these components live in one stack.
    """

    nameservers: pulumi.Output[list[str]]
    ds: pulumi.Output[str]

    def __init__(self, name: str, config: AliasDomainConfig, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("launch:infra:Parked", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        zone = cloudflare.Zone(
            config.domain,
            account={"id": config.account},
            name=config.domain,
            type="full",
            opts=pulumi.ResourceOptions(parent=self, protect=config.protect),
        )
        dnssec = cloudflare.ZoneDnssec(
            f"dnssec-{config.domain}",
            zone_id=zone.id,
            status="active",
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["status"]),
        )
        self.nameservers, self.ds = zone.name_servers, dnssec.ds
        for record in config.records:
            publish(record, zone.id, self)
        for setting, value in settings(config.hsts).items():
            cloudflare.ZoneSetting(
                f"{setting}-{config.domain}", zone_id=zone.id, setting_id=setting, value=value, opts=inside
            )
        self._redirect(config, zone.id)
        self.register_outputs({})

    def _redirect(self, config: AliasDomainConfig, zone_id: pulumi.Input[str]) -> None:
        rules = [redirect_rule(Redirect(source=host, target=config.target)) for host in apex_and_www(config.domain)]
        cloudflare.Ruleset(
            f"redirects-{config.domain}",
            zone_id=zone_id,
            name="redirects",
            description="Kept by Launch Ready",
            kind="zone",
            phase="http_request_dynamic_redirect",
            rules=rules,
            opts=pulumi.ResourceOptions(parent=self),
        )
